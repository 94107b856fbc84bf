# SPDX-License-Identifier: BSD-2-Clause
#
# Sources are found folder by folder, so a new file needs no line here. What a
# flavour of the build (SAN=1, COV=1, FUZZ=1) makes lies in a tree of its own.

VERSION = 0.1.0
SOVERSION = 0

prefix ?= /usr/local
bindir ?= $(prefix)/bin
libdir ?= $(prefix)/lib
includedir ?= $(prefix)/include
datadir ?= $(prefix)/share

ifeq ($(origin CC),default)
CC = gcc
endif
ifeq ($(origin CXX),default)
CXX = g++
endif
PYTHON ?= python3

# ---- flavours

ifdef SAN
BUILD ?= build-san
INSTRUMENT = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else ifdef COV
BUILD ?= build-cov
INSTRUMENT = --coverage -O0
else ifdef FUZZ
BUILD ?= build-fuzz
CC = clang
INSTRUMENT = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
endif
BUILD ?= build
CFLAGS ?= -O2 -g

# What scripts called from here, and a make called from them, must agree on.
export SAN COV FUZZ BUILD CC CXX PYTHON CFLAGS INSTRUMENT VERSION

# ---- flags

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
ALL_CPPFLAGS = -Iinclude -Isrc -D_GNU_SOURCE= $(CPPFLAGS)
# One set of objects serves both libraries, hence PIC; a call between two
# functions of the library is never meant to be interposed.
ALL_CFLAGS = -std=gnu11 -fPIC -fno-semantic-interposition $(WARNINGS) $(CFLAGS) $(INSTRUMENT)
ALL_LDFLAGS = -Wl,--as-needed $(LDFLAGS) $(INSTRUMENT)
# base and ept also run where there is no C library.
FREE_CFLAGS = -ffreestanding -fno-stack-protector

# Asked when first needed: `make help` and `make clean` work without them.
LIB_PKGS = libelf jansson libarchive nettle libseccomp zlib liblzma libzstd liblz4 libxxhash
# bzip2 and Zydis have no pkg-config file in Debian 12.
PLAIN_LIBS = -lbz2 -lZydis -lm
LIB_CFLAGS = $(eval LIB_CFLAGS := $$(shell pkg-config --cflags $(LIB_PKGS)))$(LIB_CFLAGS)
LIB_LIBS = $(eval LIB_LIBS := $$(shell pkg-config --libs $(LIB_PKGS)) $(PLAIN_LIBS))$(LIB_LIBS)
CHECK_CFLAGS = $(eval CHECK_CFLAGS := $$(shell pkg-config --cflags check))$(CHECK_CFLAGS)
CHECK_LIBS = $(eval CHECK_LIBS := $$(shell pkg-config --libs check))$(CHECK_LIBS)

# ---- sources

B = $(BUILD)
# $(call objects,SOURCES)
objects = $(patsubst %.c,$(B)/obj/%.o,$(1))

FREE_SRCS := $(wildcard src/base/*.c src/ept/*.c)
CLI_SRCS := $(wildcard src/cli/*.c)
# src/vmx is a bare-metal program of its own, src/runner one that the grader starts.
LIB_SRCS := $(filter-out src/cli/% src/vmx/% src/runner/%,$(wildcard src/*/*.c))
TEST_SRCS := $(wildcard tests/test_*.c tests/*/test_*.c)
TEST_SUPPORT := $(wildcard tests/support/*.c)
FUZZ_SRCS := $(wildcard tests/fuzz/fuzz_*.c)
BENCH_SRCS := $(wildcard bench/bench_*.c)

LIB_OBJS := $(call objects,$(LIB_SRCS))
# What the freestanding check links: as built, but never instrumented, since
# the sanitizers' run time is a hosted library.
ifeq ($(INSTRUMENT),)
FREE_OBJS := $(call objects,$(FREE_SRCS))
else
FREE_OBJS := $(patsubst %.c,$(B)/free/%.o,$(FREE_SRCS))
endif
export FREE_OBJS

TESTS := $(patsubst %.c,$(B)/tests/%,$(notdir $(TEST_SRCS)))
FUZZERS := $(patsubst %.c,$(B)/fuzz/%,$(notdir $(FUZZ_SRCS)))
BENCHES := $(patsubst %.c,$(B)/bench/%,$(notdir $(BENCH_SRCS)))

ifneq ($(words $(sort $(TESTS))),$(words $(TEST_SRCS)))
$(error two test suites have the same file name: $(sort $(TEST_SRCS)))
endif

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.PHONY: all tests check mutants soak demo bench coverage fuzz fuzz-long fuzzers format tidy
.PHONY: install help clean vmx check-vmx soak-vmx FORCE

# ---- build

# One short line a step; V=1 shows the commands, -s nothing.
ifneq ($(V)$(findstring s,$(firstword -$(MAKEFLAGS))),)
step =
else
step = @printf '  %-4s %s\n' $(1) $@;
endif

all: $(B)/eptsim $(B)/libeptsim.a $(B)/libeptsim.so $(B)/eptsim.pc ## build the program and both libraries (the default)

# Rewritten only when the flags differ from those of the last build. -Werror is
# left out on purpose: it changes no object.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIB_PKGS) $(PLAIN_LIBS) $(VERSION)' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

COMPILE = $(call step,CC) $(CC) $(ALL_CPPFLAGS) $(LIB_CFLAGS) $(ALL_CFLAGS) $(if $(WERROR),-Werror) -MMD -MP -c -o $@ $<

$(B)/obj/src/base/%.o $(B)/obj/src/ept/%.o: private ALL_CFLAGS += $(FREE_CFLAGS)
$(B)/obj/src/cli/%.o: private ALL_CPPFLAGS += -DEPTSIM_VERSION='"$(VERSION)"'
$(B)/obj/bench/%.o: private ALL_CPPFLAGS += -Itests
# It carries the presets in itself.
$(B)/obj/src/cli/presets.o: $(wildcard presets/*.ini)
$(B)/obj/tests/%.o: private ALL_CPPFLAGS += -Itests $(CHECK_CFLAGS)

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(COMPILE)

$(B)/free/%.o: private INSTRUMENT =
$(B)/free/%.o: private ALL_CFLAGS += $(FREE_CFLAGS)
$(B)/free/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(COMPILE)

# The program that runs submissions is part of the library as data. It is never
# instrumented: a sanitizer's run time asks for more than a submission may have.
RUNNER_SRCS := $(wildcard src/runner/*.c)
$(B)/grade-runner: private INSTRUMENT =
$(B)/grade-runner: $(RUNNER_SRCS) $(wildcard src/runner/*.h) include/eptsim/submission.h $(B)/flags
	@mkdir -p $(@D)
	$(call step,CC) $(CC) $(ALL_CPPFLAGS) -std=gnu11 $(WARNINGS) $(if $(WERROR),-Werror) -O2 -o $@ $(RUNNER_SRCS)

$(B)/obj/src/grade/images.o: private ALL_CPPFLAGS += -DIMAGE_RUNNER='"$(B)/grade-runner"'
$(B)/obj/src/grade/images.o: $(B)/grade-runner include/eptsim/submission.h $(wildcard src/grade/handout/*)

# Made anew: ar would keep the object of a deleted source.
$(B)/libeptsim.a: $(LIB_OBJS)
	@mkdir -p $(@D)
	@rm -f $@
	$(call step,AR) $(AR) rcsD $@ $(LIB_OBJS)

$(B)/libeptsim.so: $(LIB_OBJS)
	@mkdir -p $(@D)
	$(call step,LINK) $(CC) -shared -Wl,-soname,libeptsim.so.$(SOVERSION) $(ALL_LDFLAGS) -o $@ $(LIB_OBJS) $(LIB_LIBS)
	@ln -sf libeptsim.so $@.$(SOVERSION)

$(B)/eptsim: $(call objects,$(CLI_SRCS)) $(B)/libeptsim.a
	$(call step,LINK) $(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS)

$(B)/eptsim.pc: eptsim.pc.in FORCE
	@mkdir -p $(@D)
	@sed -e 's|@prefix@|$(prefix)|' -e 's|@libdir@|$(libdir)|' -e 's|@includedir@|$(includedir)|' \
	    -e 's|@version@|$(VERSION)|' -e 's|@packages@|$(LIB_PKGS)|' -e 's|@libs@|$(PLAIN_LIBS)|' $< >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# The bare-metal image: src/vmx and, as every other build has them, src/base and
# src/ept. The compiler is kept from SSE there, since xmm0 is the guest's.
VMX_OBJS := $(patsubst src/vmx/%,$(B)/obj/src/vmx/%.o,$(wildcard src/vmx/*.c src/vmx/*.S))
VMX_CFLAGS = $(FREE_CFLAGS) -fno-pic -mno-red-zone -mgeneral-regs-only

vmx: $(B)/vmx/eptsim-vmx.elf ## build the bare-metal image that runs scenarios on real VMX

$(B)/obj/src/vmx/%.c.o: src/vmx/%.c $(B)/flags
	@mkdir -p $(@D)
	$(call step,CC) $(CC) -Iinclude -Isrc -std=gnu11 $(WARNINGS) -O2 -g $(VMX_CFLAGS) $(if $(WERROR),-Werror) -MMD -MP -c -o $@ $<

$(B)/obj/src/vmx/%.S.o: src/vmx/%.S $(B)/flags
	@mkdir -p $(@D)
	$(call step,AS) $(CC) -Iinclude -Isrc -g -MMD -MP -c -o $@ $<

# Boot loaders want a 32-bit file; the code in it is 64-bit all the same.
$(B)/vmx/eptsim-vmx.elf: $(VMX_OBJS) $(FREE_OBJS) src/vmx/link.ld
	@mkdir -p $(@D)
	$(call step,LINK) $(CC) -nostdlib -static -no-pie -Wl,-T,src/vmx/link.ld,--build-id=none,-z,noexecstack,-z,max-page-size=4096 -o $@.64 $(VMX_OBJS) $(FREE_OBJS)
	@objcopy -O elf32-i386 $@.64 $@

# A list that shrank or grew relinks what is made of it.
$(B)/libeptsim.a $(B)/libeptsim.so: $(B)/sources
$(B)/sources: FORCE
	@mkdir -p $(@D)
	@echo '$(LIB_SRCS)' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# One program a suite, named after its source.
define test_rule
$(B)/tests/$(notdir $(1:.c=)): $(call objects,$(1) $(TEST_SUPPORT)) $(B)/libeptsim.a
	@mkdir -p $$(@D)
	$$(call step,LINK) $$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $$(LIB_LIBS) $$(CHECK_LIBS)
endef
$(foreach s,$(TEST_SRCS),$(eval $(call test_rule,$(s))))

$(B)/bench/%: $(B)/obj/bench/%.o $(B)/libeptsim.a
	@mkdir -p $(@D)
	$(call step,LINK) $(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS)

# With FUZZ=1 libFuzzer drives a target, otherwise driver.c feeds it files.
FUZZ_DRIVER = $(if $(FUZZ),,$(B)/obj/tests/fuzz/driver.o)
$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(FUZZ_DRIVER) $(B)/libeptsim.a
	@mkdir -p $(@D)
	$(call step,LINK) $(CC) $(ALL_LDFLAGS) $(if $(FUZZ),-fsanitize=fuzzer) -o $@ $^ $(LIB_LIBS)

# The image is code for x86-64, whatever else builds here.
VMX_HERE = $(if $(filter x86_64-%,$(shell $(CC) -dumpmachine)),vmx)

tests: all $(VMX_HERE) $(TESTS) $(FUZZERS) $(FREE_OBJS) ## build everything that `make check` runs

fuzzers: $(FUZZERS)
	$(if $(FUZZERS),,$(error no fuzz target tests/fuzz/fuzz_*.c))

# ---- run

demo: $(B)/eptsim ## replay a real program's trace, with and without EPT
	@scripts/demo

check: tests ## run every test (SAN=1: under ASan and UBSan; ONLY="units cli": these groups)
	+@tests/run $(ONLY)

mutants: ## prove the tests: each one-line bug of tests/mutants.txt must be caught
	+@scripts/mutants

soak: all $(B)/tests/test_cpu_native ## a 10 GB trace; a million random scenarios against the oracle; each instruction against the host
	@scripts/soak

check-vmx: all vmx ## compare 20000 random scenarios with VMX as bochs emulates it
	@$(PYTHON) tests/vmx/check-vmx --build $(B) --count 20000 --seed $(or $(SEED),1)

soak-vmx: all vmx ## the same with as many as asked (N=100000, SEED=)
	@$(PYTHON) tests/vmx/check-vmx --build $(B) --count $(or $(N),100000) --seed $(or $(SEED),$(shell date +%s))

bench: all $(BENCHES) ## run the benchmarks, pinned to one core
	@scripts/bench

coverage: ## line and branch coverage of the tests, a row a folder
	@command -v lcov >/dev/null || { echo 'coverage: needs lcov: scripts/deps dev' >&2; exit 1; }
	+@$(MAKE) --no-print-directory COV=1 BUILD=build-cov tests
	@find build-cov -name '*.gcda' -delete
	+@$(MAKE) --no-print-directory COV=1 BUILD=build-cov COUNT=5000 check ONLY="units cli fuzz scenarios oracle exhaustive"
	@scripts/coverage

FUZZ_SECONDS ?= 20
export FUZZ_SECONDS

fuzz: ## fuzz each parser for FUZZ_SECONDS (20) seconds; needs clang
	@command -v clang >/dev/null || { echo 'fuzz: needs clang: scripts/deps dev' >&2; exit 1; }
	+@$(MAKE) --no-print-directory FUZZ=1 BUILD=build-fuzz fuzzers
	@scripts/fuzz

fuzz-long: ## the same, ten minutes each
	+@$(MAKE) --no-print-directory FUZZ_SECONDS=600 fuzz

# ---- keep

format: ## lay out the C sources by .clang-format
	git ls-files -co --exclude-standard '*.c' '*.h' | xargs -r clang-format -i

tidy: ## look for suspicious code with clang-tidy
	git ls-files 'src/*.c' | xargs -r -P2 -I{} clang-tidy --quiet --warnings-as-errors='*' {} -- \
		-std=gnu11 $(ALL_CPPFLAGS) -DEPTSIM_VERSION='"$(VERSION)"'

install: all ## install below prefix (/usr/local), under DESTDIR
	install -d $(addprefix $(DESTDIR),$(bindir) $(libdir)/pkgconfig $(includedir)/eptsim)
	install -m 755 $(B)/eptsim $(DESTDIR)$(bindir)/
	install -m 644 $(B)/libeptsim.a $(DESTDIR)$(libdir)/
	install -m 755 $(B)/libeptsim.so $(DESTDIR)$(libdir)/libeptsim.so.$(VERSION)
	ln -sf libeptsim.so.$(VERSION) $(DESTDIR)$(libdir)/libeptsim.so.$(SOVERSION)
	ln -sf libeptsim.so.$(SOVERSION) $(DESTDIR)$(libdir)/libeptsim.so
	install -m 644 include/eptsim/*.h $(DESTDIR)$(includedir)/eptsim/
	install -m 644 $(B)/eptsim.pc $(DESTDIR)$(libdir)/pkgconfig/

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | \
		while IFS='	' read -r target text; do printf '  %-10s %s\n' "$$target" "$$text"; done

clean: ## remove every build tree
	rm -rf build build-san build-cov build-fuzz

FORCE:

-include $(shell find $(B)/obj $(B)/free -name '*.d' 2>/dev/null)
