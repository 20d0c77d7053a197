# Everything a developer or a CI runs. All of it happens in a virtual
# environment inside the checkout; PYTHON names the interpreter to make it from.
PYTHON ?= python3
VENV   ?= .venv

PY        := $(VENV)/bin/python
INSTALLED := $(VENV)/installed-$(subst /,_,$(PYTHON))
BUILT     := $(VENV)/built
C_SOURCES := $(shell find csrc -name '*.[ch]')
C_TESTS   := $(wildcard tests/base/*.c tests/codec/*.c)
THREADED  := tests/base/test_parallel_read.c tests/base/test_place.c
FUZZ_SEED  ?= 1
FUZZ_COUNT ?= 2000000

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-matrix test-asan test-tsan test-codecs fuzz lint bench build clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

demo: build ## save and load real scikit-learn models with pickle, joblib and fastjoblib
	@$(PY) examples/demo.py

test: build ## the fast tests (a few minutes; warnings are errors)
	@for program in $(filter-out %_pipeline.c %_deflate.c,$(C_TESTS)); do \
		DISABLE=none tools/test-codecs.sh address,undefined $$program || exit 1; done
	@DISABLE=none tools/test-codecs.sh thread tests/codec/test_pipeline.c 3
	@for program in $(THREADED); do DISABLE=none tools/test-codecs.sh thread $$program || exit 1; done
	@DISABLE=none tools/test-codecs.sh address,undefined tests/fuzz/fuzz_codecs.c 1 50000
	@tools/test-asan.sh $(PY) tests/faults tests/property tests/unit/test_opcodes.py
	@$(PY) -m pytest -q --numprocesses=auto

test-all: build ## all tests, the slow ones too, but for the matrix
	@$(PY) -m pytest -q --numprocesses=auto -m "not matrix"

test-matrix: build ## files of joblib 1.0 to 1.6, NumPy 1 and 2, each Python at hand, and ours, read by each
	@$(PY) -m pytest -q -s -m matrix tests/matrix

test-asan: build ## the tests under AddressSanitizer and UBSan
	@tools/test-asan.sh $(PY)

test-tsan: ## what runs on several threads, in C, under ThreadSanitizer
	@tools/test-codecs.sh thread tests/codec/test_pipeline.c
	@for program in $(THREADED); do DISABLE=none tools/test-codecs.sh thread $$program || exit 1; done

test-codecs: build ## the codecs' C tests, sanitized, and all tests of compression, with each set of libraries
	@for program in $(C_TESTS); do tools/test-codecs.sh address,undefined $$program || exit 1; done
	@tools/test-disabled.sh $(PY)

fuzz: ## a million and more damaged streams and blocks of all formats; FUZZ_SEED, FUZZ_COUNT
	@DISABLE=none tools/test-codecs.sh address,undefined tests/fuzz/fuzz_codecs.c $(FUZZ_SEED) $(FUZZ_COUNT)

lint: build ## ruff and mypy
	$(PY) -m ruff check
	$(PY) -m mypy

bench: build ## measure against joblib and pickle, into benchmarks/*.md
	$(PY) benchmarks/report.py
	$(PY) benchmarks/bench_pickle.py
	$(PY) benchmarks/bench_save.py
	$(PY) benchmarks/bench_compress.py
	$(PY) benchmarks/bench_mmap.py
	$(PY) benchmarks/bench_arrays.py --cold
	$(PY) benchmarks/memory_arrays.py
	$(PY) benchmarks/bench_gil.py

build: $(BUILT) ## install what is missing and compile the extension in place

$(INSTALLED): pyproject.toml tools/bootstrap.sh
	@tools/bootstrap.sh $(PYTHON) $(VENV)
	@touch $@

# The interpreter may have changed under the same .venv, hence the dependency
# on $(INSTALLED): setup.py then finds no library of that name and compiles one.
$(BUILT): $(INSTALLED) setup.py $(C_SOURCES)
	@$(PY) setup.py --quiet build_ext --inplace
	@touch $@

clean: ## remove what was built, and the virtual environment
	rm -rf build dist $(VENV) python/*.egg-info python/fastjoblib/*.so
	find . -name __pycache__ -prune -exec rm -rf {} +
