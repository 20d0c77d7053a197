# Everything a developer or a CI runs. All of it happens in a virtual
# environment inside the checkout; PYTHON names the interpreter to make it from.
PYTHON ?= python3
VENV   ?= .venv

PY        := $(VENV)/bin/python
INSTALLED := $(VENV)/installed-$(subst /,_,$(PYTHON))
BUILT     := $(VENV)/built
C_SOURCES := $(shell find csrc -name '*.[ch]')
C_TESTS   := $(wildcard tests/base/*.c tests/codec/*.c)
# What runs on several threads; the pipelines take an argument, how many rounds.
THREADED  := tests/base/test_parallel_read.c tests/base/test_place.c tests/base/test_threads.c
PIPELINE  := tests/codec/test_pipeline.c
# A test that encodes for minutes under a sanitizer, on data that others cover.
LONG      := tests/codec/test_deflate.c
# What feeds hostile bytes to our own parsers, and random objects to all of them:
# `make test` runs these sanitized too, but for methods that other libraries decode.
# test-asan runs everything so.
HOSTILE   := $(patsubst %,tests/faults/test_%.py,block_tables bombs compressed_damage flipped_bytes forged_blocks \
	huge_claims inspect_damage not_a_pickle old_files seal_damage truncation wrong_old_files) \
	tests/property/test_graphs.py tests/unit/test_opcodes.py
OURS      := not (zstd or xz or lzma or bz2)
PYTEST    := $(PY) -m pytest -q --numprocesses=auto --dist=worksteal
ASAN      := DISABLE=none tools/test-codecs.sh address,undefined
TSAN      := DISABLE=none tools/test-codecs.sh thread
FUZZ_SEED  ?= 1
FUZZ_COUNT ?= 2000000
# Cases of `make fuzz-load`; some thousands a second.
RUNS ?= 200000
# Percent of the lines of csrc/ that the tests run.
COVERAGE_FLOOR ?= 96

# `make check` runs this much: files that are quick, some of every folder of
# tests/ (tests/test_source.py sees to that).
CHECK_C  := tests/base/test_no_memory.c tests/codec/test_deflate_fallback.c tests/codec/test_xxh32.c
CHECK_PY := tests/test_source.py tests/attacks/test_attacks.py::test_each_is_flagged_and_leaves_no_marker \
	tests/conformance/test_files.py tests/conformance/test_objects.py tests/docs/test_pages.py tests/fuzz/test_kept_files.py \
	tests/faults/test_truncation.py tests/integration/ecosystem/test_ecosystem.py::test_a_difference_is_found \
	tests/integration/mlflow/test_without.py \
	tests/integration/onnx/test_different.py::test_forests_round_to_float32_themselves \
	tests/integration/notebooks/test_notebooks.py::test_they_are_kept_without_outputs \
	tests/integration/safe/test_policies.py tests/integration/test_cloudpickle_dill.py \
	tests/large/test_sparse.py::test_maps tests/leaks/test_mmap_leaks.py tests/matrix/test_describe.py \
	tests/property/test_graphs.py tests/threads/test_ticking.py tests/typing/test_typing.py \
	tests/integration/stores/test_away.py tests/unit/test_api.py tests/unit/test_errors.py tests/unit/test_files.py tests/unit/test_opcodes.py

.DEFAULT_GOAL := help
.PHONY: help demo check test test-all test-matrix test-joblib test-sklearn test-safe test-ecosystem test-mlflow test-stores \
	test-faults test-heavy test-asan test-tsan test-codecs cross-check fuzz fuzz-load types docs coverage lint lint-c \
	format bench build wheel clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: build ## save and load real scikit-learn models with pickle, joblib and fastjoblib
	@$(PY) examples/demo.py

check: lint ## before each commit, under a minute: lint, and some tests of each kind
	@$(ASAN) $(CHECK_C)
	@$(TSAN) tests/base/test_place.c
	@$(ASAN) tests/fuzz/fuzz_codecs.c -- 1 2000
	@$(PYTEST) $(CHECK_PY)

test: build ## the fast tests, under six minutes (warnings are errors)
	@$(ASAN) $(filter-out $(PIPELINE) $(LONG),$(C_TESTS))
	@$(TSAN) $(PIPELINE) $(THREADED) -- 3
	@$(ASAN) tests/fuzz/fuzz_codecs.c -- 1 50000
	@tools/test-asan.sh $(PY) -k '$(OURS)' $(HOSTILE)
	@$(PYTEST)

test-all: build ## all tests, the slow ones too, but for the matrix
	@$(PYTEST) -m "not matrix"

test-matrix: build ## files of joblib 1.0 to 1.6, NumPy 1 and 2, each Python at hand, and ours, read by each
	@$(PY) -m pytest -q -s -m matrix tests/matrix

test-joblib: build ## all of joblib's own tests, with fastjoblib in joblib's place as without
	@tools/own-environment.sh $(PY) suites -m pytest -q -s -m "" -p no:asyncio tests/conformance/test_joblib_suite.py

test-sklearn: build ## scikit-learn's tests that persist, clone, cache or run in parallel, patched as without
	@$(PY) -m pytest -q -s -m "" tests/conformance/test_sklearn_suite.py

test-safe: build ## restricted loading of every estimator, by itself and in all that holds others
	@$(PYTEST) -m "" tests/integration/safe

# One thread for each library: several OpenMP run-times share the cores.
test-ecosystem: build ## objects of every package that people save, with joblib and with ours, into docs/ecosystem.md
	@OMP_NUM_THREADS=1 FASTJOBLIB_ECOSYSTEM=write tools/own-environment.sh $(PY) ecosystem \
		-m pytest -q -m "" tests/integration/ecosystem

test-mlflow: build ## the flavor of MLflow, with its stores and its server, in an environment of its own
	@tools/own-environment.sh $(PY) mlflow -m pytest -q tests/integration/mlflow

test-stores: build ## models in S3, as moto's server has it, in an environment of its own
	@tools/own-environment.sh $(PY) stores-test -m pytest -q tests/integration/stores

test-faults: build ## the long sweeps over damaged files, failing system calls, kills and random graphs too
	@$(PYTEST) -m "" tests/faults tests/property

test-heavy: build ## what needs gigabytes of memory and disk, one at a time
	@$(PY) -m pytest -q -m "slow and not matrix" tests/large

test-asan: build ## the tests under AddressSanitizer and UBSan
	@tools/test-asan.sh $(PY)

test-tsan: ## what runs on several threads, in C, under ThreadSanitizer
	@tools/test-codecs.sh thread $(PIPELINE)
	@$(TSAN) $(THREADED)

test-codecs: build ## the codecs' C tests, sanitized, and all tests of compression, with each set of libraries
	@tools/test-codecs.sh address,undefined $(C_TESTS)
	@tools/test-disabled.sh $(PY)

cross-check: build ## compile for musl, ARM, macOS and Windows, and run the C tests by Wine and QEMU where these are
	@tools/cross-check.sh $(PY)

fuzz: ## a million and more damaged streams and blocks of all formats; FUZZ_SEED, FUZZ_COUNT
	@$(ASAN) tests/fuzz/fuzz_codecs.c -- $(FUZZ_SEED) $(FUZZ_COUNT)

fuzz-load: build ## load, inspect and safe_load under libFuzzer with ASan and UBSan; RUNS, FUZZ_ENTRY
	@tools/fuzz-load.sh $(PY) libfuzzer $(RUNS)

types: build ## pyright on the examples, on what users write and on what is public, in an environment of its own
	@tools/own-environment.sh $(PY) types -m pytest -q tests/typing/test_pyright.py

docs: build ## the documentation as a site, in build/docs/html; warnings and links to nowhere are errors
	@$(PY) docs/pictures/make.py --check
	@tools/own-environment.sh $(PY) docs -m sphinx -q -W --keep-going -c docs -d build/docs/doctrees . build/docs/html
	@$(PY) tools/check-site-links.py build/docs/html
	@$(PY) -m pytest -q tests/docs

coverage: build ## the lines of C that the tests run, by file; fails below COVERAGE_FLOOR percent
	@tools/coverage.sh $(PY) $(COVERAGE_FLOOR)

lint: build ## ruff, mypy, the stubs against the extension, the examples in docstrings, and lint-c where it can
	@$(PY) -m ruff check
	@$(PY) -m mypy
	@$(PY) -m mypy examples/demo.py examples/demo_models.py
	@$(PY) -m mypy.stubtest fastjoblib._core
	@$(PY) -m pytest -q --doctest-modules --ignore=python/fastjoblib/mlflow python/fastjoblib
	@tools/lint-c.sh if-available

lint-c: ## clang-format and cppcheck on the C files
	@tools/lint-c.sh

format: ## clang-format on the C files, ruff's fixes on the Python files
	@tools/lint-c.sh format
	@$(PY) -m ruff check --fix

bench: build ## measure against joblib and pickle, into benchmarks/*.md
	$(PY) benchmarks/report.py
	$(PY) benchmarks/bench_pickle.py
	$(PY) benchmarks/bench_save.py
	$(PY) benchmarks/bench_seal.py
	$(PY) benchmarks/bench_safe.py
	$(PY) benchmarks/bench_compress.py
	$(PY) benchmarks/bench_mmap.py
	$(PY) benchmarks/bench_arrays.py --cold
	$(PY) benchmarks/memory_arrays.py
	$(PY) benchmarks/bench_gil.py
	$(PY) benchmarks/bench_hash.py
	$(PY) benchmarks/bench_memory.py
	$(PY) benchmarks/bench_import.py

build: $(BUILT) ## install what is missing and compile the extension in place

$(INSTALLED): pyproject.toml tools/bootstrap.sh
	@tools/bootstrap.sh $(PYTHON) $(VENV)
	@touch $@

# The interpreter may have changed under the same .venv, hence the dependency
# on $(INSTALLED): setup.py then finds no library of that name and compiles one.
$(BUILT): $(INSTALLED) setup.py $(C_SOURCES)
	@$(PY) setup.py --quiet build_ext --inplace
	@touch $@

wheel: build ## a source archive, and from it a wheel for this machine with the libraries inside, tried; ARCHIVES
	@tools/wheel.sh $(PYTHON) $(ARCHIVES)

clean: ## remove what was built, and the virtual environment
	rm -rf build dist $(VENV) python/*.egg-info python/fastjoblib/*.so
	find . -name __pycache__ -prune -exec rm -rf {} +
