# oneplan: one flat Makefile. `make deps all demo up down status check lint format docs install clean`.
SHELL := /bin/bash
MAKEFLAGS += --no-builtin-rules
V ?= debug

CC := gcc
PKGS := libzmq msgpack lmdb libevent jansson libsodium inih
PKG_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PKGS) 2>/dev/null))
LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null)

WARN := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2 \
	-Wimplicit-fallthrough -Wswitch-enum -Wnull-dereference -Wduplicated-cond -Wlogical-op
BASE := -std=c17 -D_GNU_SOURCE -I. $(PKG_CFLAGS) -MMD -MP -g
RELEASE := -O2 -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE
ASAN := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

COMMON := $(wildcard common/*.c)
PROTO := $(wildcard proto/*.c)
TESTS := $(shell find tests/unit tests/golden tests/sim -name 'test_*.c' | sort)

# Two flavours of every object: build/r (release) and build/a (with sanitizers, for the tests).
obj = $(patsubst %.c,build/$(1)/%.o,$(2))

build/r/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(WARN) $(RELEASE) -c $< -o $@
build/a/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(WARN) $(ASAN) -c $< -o $@

# A test of services/X links that service without its main; every test links common and proto.
service_of = $(patsubst tests/unit/services/%/,%,$(filter tests/unit/services/%,$(dir $(1))))
test_sources = $(filter-out $(1),$(wildcard $(filter-out tests/unit/%,$(dir $(1)))*_service.c)) $(if $(call service_of,$(1)),$(filter-out %/main.c,$(wildcard services/$(call service_of,$(1))/*.c)))
define test_rule
build/t/$(basename $(1)): $(call obj,a,$(1) $(COMMON) $(PROTO) $(call test_sources,$(1)))
	@mkdir -p $$(@D)
	$(CC) $(ASAN) $$^ $(LIBS) -lcmocka -o $$@
endef
$(foreach t,$(TESTS),$(eval $(call test_rule,$(t))))

.SECONDARY:
-include $(shell find build -name '*.d' 2>/dev/null)
