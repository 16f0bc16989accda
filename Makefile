# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A thin front to CMake's presets. `make help` lists what there is.

JOBS ?= $(shell nproc 2>/dev/null || echo 2)
FUZZ_SECONDS ?= 60
FUZZ_CORPUS ?= build/fuzz-corpus
FUZZ ?=
FORMAT = build/venv/bin/python tools/check_format.py

# Set up, configure once (CMake itself configures again when something changed), build.
define build_preset
	@test -f build/$(1)/build.ninja || cmake --preset $(1)
	@cmake --build build/$(1) -j $(JOBS) $(2)
endef

.PHONY: all run check long bench clean distclean format pages abi fuzz setup help release asan dist dist-check

all: release ## Set up, build build/weir and build/libweir.a (the default)

setup:
	@tools/setup.sh

release: setup
	$(call build_preset,release)
	@ln -sfn release/libweir.a build/libweir.a
	@test ! -x build/release/weir || ln -sfn release/weir build/weir

run: release ## Build, then run the example guest: a first look
	@printf '%s\n' '$$ build/weir run examples/guests/hello.wasm'
	@build/weir run examples/guests/hello.wasm

check: ## All tests under ASan and UBSan, layers, format, headers: what CI runs
	@tools/setup.sh --check
	$(call build_preset,asan,-- -k 0)
	@ctest --test-dir build/asan --output-on-failure -j $(JOBS)
	@$(MAKE) --no-print-directory dist-check

long: check release dist ## The same and what takes minutes: the specification's tests under 200 schedules, 400 kills, 20,000 compositions, aarch64
	@python3 tests/spec/run.py --weir build/release/weir --seeds 200
	@WEIR_LONG=1 python3 tests/behaviour/test_record_kill.py --weir build/release/weir
	@WEIR_LONG=1 python3 tests/behaviour/test_serve_soak.py --weir build/release/weir
	@python3 tests/fuse/compare.py --weir build/release/weir --cases 20000
	@tools/setup.sh --cross
	@python3 tools/cross_check.py || test $$? = 77

dist: setup ## Packages in dist/: tarball, .deb, wheel, OCI layout, bill of materials; each is installed and used
	$(call build_preset,dist,--target weir libweir-shared libweir)
	@python3 packaging/dist.py --build build/dist --out dist
	@python3 packaging/check_dist.py --dist dist

# The same without link-time optimisation, which takes minutes: for `make check`.
dist-check: setup
	@test -f build/dist-check/build.ninja || cmake --preset dist -B build/dist-check -DWEIR_LTO=OFF
	@cmake --build build/dist-check -j $(JOBS) --target weir libweir-shared libweir
	@python3 packaging/dist.py --build build/dist-check --out build/dist-check/packages
	@python3 packaging/check_dist.py --dist build/dist-check/packages

bench: release ## Benchmarks against the release build
	@python3 bench/run.py

fuzz: ## Explore each property of tests/fuzz, or those in FUZZ, with libFuzzer for FUZZ_SECONDS (60)
	@tools/setup.sh --fuzz
	$(call build_preset,fuzz,--target fuzzers)
	@tools/run_fuzz.sh build/fuzz/fuzz tests/fuzz/corpus $(FUZZ_CORPUS) build/fuzz/found $(FUZZ_SECONDS) $(FUZZ)

format: ## Format all C sources in place
	@tools/setup.sh --check
	@$(FORMAT) --fix

pages: release ## Write the manual page and the tables of docs/cli.md anew
	@tools/check_pages.py --weir build/weir --fix

abi: ## Write the list of the shared library's functions, structs and enumerators anew
	@tools/abi.py renew

clean: ## Remove what was built; the engine library and what fuzzing has learned stay
	@rm -rf build/release build/dev build/asan build/tsan build/fuzz build/dist build/dist-check dist build/weir build/libweir.a

distclean: ## Remove everything that was built, the engine library too
	@rm -rf build dist

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile
