# SPDX-License-Identifier: BSD-3-Clause
# How the programs of tests/base, tests/codec and tests/fuzz are built, each from
# its one file and a library of the plain C of csrc, and run, for tools/test-codecs.sh,
# which gives BUILD (a folder for one set of flags), FLAGS and LIBRARIES, and to run
# them ARGUMENTS and, for what is printed, WHAT. For tools/cross-check.sh, which
# compiles for other systems: `objects`, of all of csrc; what to run programs with
# (RUN), and how their names end (EXE).
SOURCES := $(wildcard csrc/base/*.c csrc/deflate/*.c csrc/codec/*.c)
LIBRARY := $(BUILD)/libplain.a

# The last line of what it prints, or all where it fails.
run/%: $(BUILD)/bin/%$(EXE)
	@if $(RUN) $< $(ARGUMENTS) >$<.log 2>&1; then \
		echo "$*.c, $(WHAT): $$(tail -n 1 $<.log)"; \
	else \
		cat $<.log; echo "$*.c, $(WHAT): FAILED"; exit 1; \
	fi

objects: $(patsubst %.c,$(BUILD)/%.o,$(wildcard csrc/*/*.c))

$(BUILD)/bin/%$(EXE): $(BUILD)/%.o $(LIBRARY)
	@mkdir -p $(@D)
	@$(CC) $(FLAGS) $^ $(LIBRARIES) -o $@

$(LIBRARY): $(SOURCES:%.c=$(BUILD)/%.o)
	@rm -f $@
	@$(AR) rcs $@ $^

# Other flags (a library was installed) make all objects stale.
$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@$(CC) $(FLAGS) -Icsrc -Itests/codec -MMD -MP -c $< -o $@

$(BUILD)/flags: always
	@mkdir -p $(@D)
	@echo '$(CC) $(FLAGS)' | cmp -s - $@ || echo '$(CC) $(FLAGS)' >$@

.PHONY: always objects
.PRECIOUS: $(BUILD)/%.o $(BUILD)/bin/%$(EXE)
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
