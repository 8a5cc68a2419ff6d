# oneplan: one flat Makefile.
#   make deps     installs what is missing (Debian packages by name)
#   make all      the programs, in build/
#   make demo     a year of an entrance through real daemons in run/ (TOWN= another place)
#   make demo-today        people turn to the entrance of that town now
#   make demo-family       a family in three departments, and how they come to one plan
#   make up|down|status    starts, stops, shows that town
#   make check    everything that proves it; last line: N passed, N failed
#   make sim SEEDS=N       simulated towns, each from a seed, under every fault; make sim-replay SEED=X plays one, step by step
#   make sim-mutants       the simulator finds every one of tests/sim/mutants: programs with one rule broken
#   make campaign-NAME     real daemons under fire (SEED= COUNT=); make campaign: all of them, make campaign-full: for hours
#   make fuzz     every decoder under libFuzzer, a minute each; make fuzz-NAME SECONDS=N: one
#   make handbook-check    every procedure of deploy/HANDBOOK.md, carried out
#   make upgrade-check     this version and a next one in one town, forth and back
#   make bench    how fast, and what disk, LMDB and ZeroMQ could do at most, in five minutes; make bench-growth
#   make man      manual pages and bash completion, in build/
#   make deb      Debian packages, one a daemon, in build/deb/; make deb-check installs, runs and upgrades them
#   make lint | format | docs | golden | install | clean
SHELL := /bin/bash
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := all

TOWN ?= run
SEED ?= 1
COUNT ?=
SEEDS ?= 500
FROM ?= 1
STEPS ?= 5000
SECONDS := 60
PREFIX ?= /usr/local
DESTDIR ?=

CC := gcc
PKGS := libzmq msgpack lmdb libevent jansson libsodium inih libcurl libsystemd
PKG_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PKGS) 2>/dev/null))
LIBS := -Wl,--as-needed $(shell pkg-config --libs $(PKGS) ncursesw 2>/dev/null) -pthread

DEBIAN := build-essential pkg-config libzmq3-dev libmsgpack-dev liblmdb-dev libevent-dev \
	libjansson-dev libsodium-dev libinih-dev libcurl4-openssl-dev libsystemd-dev libcmocka-dev jq gawk \
	openssl procps iproute2 python3-aiosmtpd curl
DEBIAN += mandoc tmux libncurses-dev systemd
# Where node and npm come from elsewhere, Debian's packages of them would not go beside.
DEBIAN += chromium $(shell command -v npm >/dev/null || echo nodejs npm)
DEBIAN_FUZZ := clang
DEBIAN_DEB := debhelper dpkg-dev lintian
DEBIAN_BENCH := linux-perf
DEBIAN_LINT := clang clang-format clang-tidy cppcheck shellcheck

WARN := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2 \
	-Wimplicit-fallthrough -Wswitch-enum -Wnull-dereference
WARN_GCC := -Wduplicated-cond -Wlogical-op
BASE := -std=c17 -D_GNU_SOURCE -I. $(PKG_CFLAGS) -g
RELEASE := -O2 -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE
RELEASE_LINK := -pie -Wl,-z,relro,-z,now
ASAN := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

COMMON := $(wildcard common/*.c)
PROTO := $(wildcard proto/*.c)
PROGRAMS := oneplan-intake oneplan-planning oneplan-notification oneplan-reporting oneplan-archive oneplan-portal oneplanctl oneplan-demo oneplan-docs oneplan-man
CAMPAIGN_PROGRAMS := oneplan-history oneplan-switch oneplan-attack oneplan-followers
sources_oneplan-intake := $(wildcard services/intake/*.c)
sources_oneplan-planning := $(wildcard services/planning/*.c)
sources_oneplan-notification := $(wildcard services/notification/*.c)
sources_oneplan-reporting := $(wildcard services/reporting/*.c)
sources_oneplan-archive := $(wildcard services/archive/*.c)
sources_oneplan-portal := $(wildcard services/portal/*.c)
sources_oneplanctl := $(wildcard services/oneplanctl/*.c)
sources_oneplan-demo := $(wildcard deploy/demo/*.c)
sources_oneplan-docs := $(wildcard deploy/docs/*.c)
sources_oneplan-man := $(wildcard deploy/man/*.c) $(filter-out %/main.c,\
	$(foreach s,intake planning notification reporting archive oneplanctl,$(wildcard services/$(s)/*.c))) services/portal/settings.c
sources_oneplan-history := $(wildcard tests/campaign/history*.c)
sources_oneplan-followers := tests/campaign/followers.c
sources_oneplan-switch := tests/campaign/switch.c
sources_oneplan-attack := tests/campaign/attack.c
BENCH_PROGRAMS := oneplan-bench-growth oneplan-bench-town oneplan-bench-raw
bench_entrance := $(addprefix tests/bench/,cost.c entrance.c inquiry.c) $(filter-out %/main.c,$(wildcard services/intake/*.c))
sources_oneplan-bench-growth := tests/bench/growth.c $(bench_entrance)
sources_oneplan-bench-town := $(addprefix tests/bench/,town.c cost.c load.c inquiry.c)
sources_oneplan-bench-raw := $(addprefix tests/bench/,raw.c load.c) $(bench_entrance)
TESTS := $(shell find tests/unit tests/golden tests/sim tests/fuzz -name 'test_*.c' | sort)
TEST_PROGRAMS := $(patsubst %.c,build/t/%,$(TESTS))
ALL_C := $(shell find common proto services deploy tests -name '*.c')
ALL_H := $(shell find common proto services deploy tests -name '*.h')

# Two flavours of every object: build/r (release) and build/a (with sanitizers, for the tests).
obj = $(patsubst %.c,build/$(1)/%.o,$(2))

.PHONY: all man upgrade-check fuzz deps-fuzz sim sim-replay campaign campaign-full campaign-programs deps deps-lint deps-deb deps-bench deb deb-check demo demo-today demo-family up down status check lint format docs golden bench bench-programs bench-growth install clean programs checked-programs
.SECONDARY:

all: programs
programs: $(addprefix build/,$(PROGRAMS)) build/portal/css/dkfds.css
checked-programs: $(addprefix build/a/bin/,$(PROGRAMS)) build/a/sim/town

build/r/%.o: %.c
	@mkdir -p $(@D)
	@echo "CC $<"
	@$(CC) $(BASE) -MMD -MP $(WARN) $(WARN_GCC) $(RELEASE) -c $< -o $@
build/a/%.o: %.c
	@mkdir -p $(@D)
	@echo "CC $< (checked)"
	@$(CC) $(BASE) -MMD -MP $(WARN) $(WARN_GCC) $(ASAN) -c $< -o $@

define program_rule
build/$(1): $(call obj,r,$(COMMON) $(PROTO) $(sources_$(1)))
	@mkdir -p $$(@D)
	@echo "LD $$@"
	@$(CC) $(RELEASE_LINK) $$^ $(LIBS) -o $$@
build/a/bin/$(1): $(call obj,a,$(COMMON) $(PROTO) $(sources_$(1)))
	@mkdir -p $$(@D)
	@echo "LD $$@"
	@$(CC) $(ASAN) $$^ $(LIBS) -o $$@
endef
$(foreach p,$(PROGRAMS) $(CAMPAIGN_PROGRAMS) $(BENCH_PROGRAMS),$(eval $(call program_rule,$(p))))

# Daemons with a decoder to which some records are poison, for tests of the quarantine.
comma := ,
define poisoned_rule
$(1)/oneplan-$(2): $(call obj,r,$(COMMON) $(PROTO) $(wildcard services/$(2)/*.c) $(3))
	@mkdir -p $$(@D)
	@echo "LD $$@"
	@$(CC) $(RELEASE_LINK) $(4) $$^ $(LIBS) -o $$@
endef
POISONED := $(addprefix build/poisoned/oneplan-,reporting planning)
CAMPAIGN_POISONED := $(addprefix build/campaign/oneplan-,reporting notification)
$(foreach p,reporting planning,$(eval $(call poisoned_rule,build/poisoned,$(p),tests/system/bad_decode.c,-Wl$(comma)--wrap=schema_decode)))
$(foreach p,reporting notification,$(eval $(call poisoned_rule,build/campaign,$(p),tests/campaign/poison.c,-Wl$(comma)--wrap=schema_decode$(comma)--wrap=mdb_put$(comma)--wrap=mdb_cursor_put)))

# What npm brings, by lock file: the design system for the portal's pages, and what tests them in a browser.
define npm_rule
build/npm/$(1)/.stamp: $(2)/package.json $(2)/package-lock.json
	@mkdir -p $$(@D)
	@echo "NPM $(2)"
	@cp $$^ $$(@D)
	@cd $$(@D) && npm ci --ignore-scripts --no-audit --no-fund --silent </dev/null
	@touch $$@
endef
$(eval $(call npm_rule,web,services/portal/web))
$(eval $(call npm_rule,browser,tests/browser))
build/portal/css/dkfds.css: build/npm/web/.stamp $(wildcard services/portal/web/*.sh services/portal/web/*/*)
	@echo "WEB build/portal"
	@services/portal/web/build.sh build/npm/web/node_modules build/portal

# The simulated town: the services and daemons as they are, with sockets, a loop, a log and channels of its own.
sim_sources := $(filter-out tests/sim/town/test_%.c tests/sim/town/bare.c,$(wildcard tests/sim/town/*.c)) \
	$(filter-out common/daemon.c common/daemon_files.c common/http.c common/http_request.c common/http_values.c common/daemon_http.c common/daemon_metrics.c common/loop.c common/log.c common/bus_wire.c common/bus_socket.c common/bus_door.c common/bus_zap.c \
	common/daemon_check.c common/daemon_backup.c common/daemon_restore.c common/daemon_rebuild.c common/daemon_replay.c common/daemon_supervise.c common/supervisor.c \
	common/bus_self_test.c common/bus_client.c common/bus_client_session.c common/store_lmdb%.c,$(COMMON)) $(PROTO) \
	$(filter-out %/main.c services/notification/sender_curl.c services/notification/spool.c services/notification/smtp_talk.c,\
	$(foreach s,intake planning notification reporting archive,$(wildcard services/$(s)/*.c))) services/oneplanctl/town_files.c
build/sim/town: $(call obj,r,$(sim_sources))
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) $(RELEASE_LINK) $^ $(LIBS) -o $@
build/a/sim/town: $(call obj,a,$(sim_sources))
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) $(ASAN) $^ $(LIBS) -o $@

# A test links common and proto; beside tests/x/test_y.c every tests/x/*_service.c; a test of services/X
# links that service, and those that it is played with, without their main.
also_planning := intake
town_sources := $(wildcard tests/sim/town/workload*.c tests/sim/town/check_*.c) \
	$(addprefix tests/sim/town/,bare.c check.c news.c) \
	$(filter-out %/main.c,$(foreach s,intake planning notification reporting archive,$(wildcard services/$(s)/*.c)))
service_of = $(patsubst tests/unit/services/%/,%,$(filter tests/unit/services/%,$(dir $(1))))
services_of_tests/golden/test_rights.c := intake planning notification reporting archive
test_sources = $(filter-out %/main.c,$(foreach s,$(services_of_$(1)),$(wildcard services/$(s)/*.c))) \
	$(filter-out $(1),$(wildcard $(filter-out tests/unit/%,$(dir $(1)))*_service.c)) \
	$(if $(filter tests/sim/town/%,$(1)),$(town_sources)) \
	$(if $(call service_of,$(1)),$(filter-out %/main.c,$(foreach s,$(call service_of,$(1)) \
	$(also_$(patsubst %/,%,$(call service_of,$(1)))),$(wildcard services/$(s)/*.c))))

# Fuzzing targets: common, proto and the services whose decoders they feed. `bus` has sockets that lead nowhere.
FUZZ := $(shell sed -n 's/^TARGET(\(.*\))/\1/p' tests/fuzz/targets.def) bus
fuzz_services := $(filter-out %/main.c,$(wildcard services/intake/*.c services/notification/*.c services/oneplanctl/*.c))
fuzz_bus_common := $(filter-out common/daemon.c common/bus_wire.c common/bus_socket.c common/bus_zap.c,$(COMMON))
also_tests/fuzz/test_replay.c := $(fuzz_services) $(filter-out tests/fuzz/fuzz_bus.c,$(wildcard tests/fuzz/fuzz_*.c))
also_tests/fuzz/test_replay_bus.c := $(fuzz_services) tests/fuzz/fuzz_bus.c tests/fuzz/fake_bus.c
test_common = $(if $(filter tests/fuzz/test_replay_bus.c,$(1)),$(fuzz_bus_common),$(COMMON))
define test_rule
build/t/$(basename $(1)): $(call obj,a,$(1) $(call test_common,$(1)) $(PROTO) $(call test_sources,$(1)) $(also_$(1)))
	@mkdir -p $$(@D)
	@echo "LD $$@"
	@$(CC) $(ASAN) $$^ $(LIBS) -lcmocka -o $$@
endef
$(foreach t,$(TESTS),$(eval $(call test_rule,$(t))))

FUZZ_FLAGS := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -DFUZZ_ALONE
build/f/%.o: %.c
	@mkdir -p $(@D)
	@echo "CC $< (fuzzing)"
	@clang $(BASE) -MMD -MP $(FUZZ_FLAGS) -c $< -o $@
define fuzz_rule
build/f/bin/fuzz-$(1): $(call obj,f,tests/fuzz/fuzz_$(1).c $(if $(filter bus,$(1)),tests/fuzz/fake_bus.c $(fuzz_bus_common),$(COMMON)) $(PROTO) $(fuzz_services))
	@mkdir -p $$(@D)
	@echo "LD $$@"
	@clang -fsanitize=fuzzer,address,undefined $$^ $(LIBS) -o $$@
endef
$(foreach f,$(FUZZ),$(eval $(call fuzz_rule,$(f))))

-include $(shell find build -path build/deb -prune -o -type f -name '*.d' -print 2>/dev/null)

# ---- what a fresh machine needs ----------------------------------------------------------------
deps:
	@deploy/deps.sh $(DEBIAN)
deps-promtool: deps
	@deploy/promtool.sh build/tools/promtool
deps-fuzz: deps
	@deploy/deps.sh $(DEBIAN_FUZZ)
deps-deb: deps
	@deploy/deps.sh $(DEBIAN_DEB)
deps-bench: deps
	@deploy/deps.sh $(DEBIAN_BENCH)
deps-lint:
	@deploy/deps.sh $(DEBIAN_LINT)

# ---- a town on this machine --------------------------------------------------------------------
demo: deps
	@$(MAKE) --no-print-directory programs
	@deploy/demo.sh $(TOWN)
demo-today: programs
	@deploy/demo-today.sh $(TOWN)
demo-family: deps
	@$(MAKE) --no-print-directory programs
	@deploy/demo-family.sh
up: programs
	@deploy/town.sh up $(TOWN)
down:
	@deploy/town.sh down $(TOWN)
status:
	@deploy/town.sh status $(TOWN)

# ---- proof ---------------------------------------------------------------------------------------
check: deps deps-promtool
	@$(MAKE) --no-print-directory -j$$(nproc) programs checked-programs build/npm/browser/.stamp $(POISONED) bench-programs campaign-programs man $(TEST_PROGRAMS) </dev/null
	@tests/run.sh $(TEST_PROGRAMS)

# Each procedure on a town made for it; NAMES= only these.
handbook-check: deps
	@$(MAKE) --no-print-directory -j$$(nproc) programs $(POISONED) </dev/null
	@tests/handbook/check.sh $(NAMES)
# This version and the next one, which is made of it with a patch.
upgrade-check: deps
	@$(MAKE) --no-print-directory -j$$(nproc) programs </dev/null
	@tests/upgrade/check.sh

# ---- fuzzing: SECONDS= each, KEEP=1 keeps what reached further ------------------------------------
fuzz: deps-fuzz
	@$(MAKE) --no-print-directory -j$$(nproc) $(addprefix build/f/bin/fuzz-,$(FUZZ)) </dev/null
	@FUZZ_SECONDS=$(SECONDS) tests/fuzz/run.sh $(FUZZ)
fuzz-%: deps-fuzz
	@$(MAKE) --no-print-directory -j$$(nproc) build/f/bin/$@ </dev/null
	@FUZZ_SECONDS=$(SECONDS) tests/fuzz/run.sh $*

# ---- simulated towns ------------------------------------------------------------------------------
sim: deps
	@$(MAKE) --no-print-directory -j$$(nproc) build/sim/town </dev/null
	@build/sim/town --seeds $(SEEDS) --from $(FROM) --steps $(STEPS)
# Each mutant breaks one rule, and must be found.
sim-mutants: deps
	@$(MAKE) --no-print-directory -j$$(nproc) build/sim/town build/t/tests/sim/test_engine build/t/tests/sim/test_room </dev/null
	@tests/sim/mutants.sh
sim-replay: build/sim/town
	@build/sim/town --seed $(SEED) --steps $(STEPS) --trace --keep

# ---- under fire ------------------------------------------------------------------------------------
CAMPAIGNS := crash io disk flip clock kill partition auth restore followers poison
# Checkers of a node's files are a service's main without the daemon; recorders and the like are preloaded.
CHECKED_NODES := intake planning reporting
check_sources := $(filter-out common/daemon.c common/daemon_%.c,$(COMMON)) $(addprefix common/daemon_,config.c files.c) $(PROTO) \
	$(addprefix services/oneplanctl/,import_line.c actor.c catalogue.c) tests/campaign/check_node.c tests/campaign/crash_log.c
marked_sources := tests/campaign/import_marked.c $(COMMON) $(PROTO) \
	$(filter-out services/oneplanctl/main.c,$(wildcard services/oneplanctl/*.c))
define check_rule
build/campaign/check-$(2)-$(1): $(call obj,r,tests/campaign/check_$(2).c $(check_sources) $(wildcard services/$(1)/*.c))
	@mkdir -p $$(@D)
	@echo "LD $$@"
	@$(CC) $(RELEASE_LINK) $$^ $(LIBS) -o $$@
endef
$(foreach c,crash flip,$(foreach n,$(CHECKED_NODES),$(eval $(call check_rule,$(n),$(c)))))
build/campaign/import_marked: $(call obj,r,$(marked_sources))
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) $(RELEASE_LINK) $^ $(LIBS) -o $@
build/campaign/%.so: tests/campaign/%.c tests/campaign/io_log.h
	@mkdir -p $(@D)
	@echo "CC $@"
	@$(CC) $(BASE) -Wall -Wextra -Werror -O2 -shared -fPIC $< -ldl -o $@
campaign-programs: programs $(addprefix build/,$(CAMPAIGN_PROGRAMS)) \
	$(foreach n,$(CHECKED_NODES),build/campaign/check-crash-$(n) build/campaign/check-flip-$(n)) build/campaign/import_marked $(CAMPAIGN_POISONED) \
	$(patsubst tests/campaign/%.c,build/campaign/%.so,$(wildcard tests/campaign/*_io.c tests/campaign/shift_clock.c))
campaign-%: deps
	@$(MAKE) --no-print-directory -j$$(nproc) campaign-programs </dev/null
	@SEED=$(SEED) COUNT=$(COUNT) tests/campaign/run.sh $*
campaign: deps
	@$(MAKE) --no-print-directory -j$$(nproc) campaign-programs </dev/null
	@SEED=$(SEED) tests/campaign/run.sh $(CAMPAIGNS)
campaign-full: deps
	@$(MAKE) --no-print-directory -j$$(nproc) campaign-programs </dev/null
	@FULL=1 SEED=$(SEED) tests/campaign/run.sh $(CAMPAIGNS)


golden: build/t/tests/golden/test_golden build/t/tests/golden/test_rights
	@GOLDEN_WRITE=1 build/t/tests/golden/test_golden >/dev/null && echo "tests/golden/messages.txt written"
	@GOLDEN_WRITE=1 build/t/tests/golden/test_rights >/dev/null && echo "tests/golden/rights.txt written"

docs: build/oneplan-docs
	@build/oneplan-docs > proto/MESSAGES.md && echo "proto/MESSAGES.md written"

# Manual pages and completion: of templates and the programs' own tables.
MAN_PAGES := $(patsubst deploy/man/%.in,build/man/%,$(wildcard deploy/man/*.[158].in))
man: $(MAN_PAGES) build/completion/oneplanctl
build/man/%: deploy/man/%.in deploy/man/daemon.in build/oneplan-man
	@mkdir -p $(@D)
	@build/oneplan-man deploy/man $* >$@.new && mv $@.new $@
build/completion/oneplanctl: build/oneplanctl
	@mkdir -p $(@D)
	@build/oneplanctl completion bash >$@.new && mv $@.new $@

# The speed of it, in five minutes: EACH= seconds a figure.
bench-programs: $(addprefix build/,$(BENCH_PROGRAMS)) build/bench/slow_flush.so
build/bench/slow_flush.so: tests/bench/slow_flush.c
	@mkdir -p $(@D)
	@echo "CC $@"
	@$(CC) $(BASE) -Wall -Wextra -Werror -O2 -shared -fPIC $< -ldl -o $@
bench: deps-bench
	@$(MAKE) --no-print-directory -j$$(nproc) programs bench-programs </dev/null
	@tests/bench/bench.sh
bench-growth: build/oneplan-bench-growth
	@tests/bench/growth.sh

# ---- packages ---------------------------------------------------------------------------------------
deb: deps-deb
	@$(MAKE) --no-print-directory build/portal/css/dkfds.css </dev/null
	@deploy/deb.sh
	@lintian --fail-on error,warning --tag-display-limit 0 build/deb/*_0.1.$$(git rev-list --count HEAD)_*.deb && echo "lintian: no errors, no warnings"
# In a fresh root with systemd of its own: install, a town, an inquiry, upgrade, backup, drill, remove (as root).
deb-check: deb
	@deploy/deb.sh 0.1.$$(git rev-list --count HEAD).1 >/dev/null
	@tests/deb/check.sh

lint: deps-lint
	@clang-format --dry-run --Werror $(ALL_C) $(ALL_H)
	@for f in $(ALL_C); do clang $(BASE) $(WARN) -fsyntax-only $$f || exit 1; done
	@cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr -I. --error-exitcode=1 \
		--suppress=*:*/msgpack* --suppress=uninitvar --suppress=ctuuninitvar --suppress=internalAstError common proto services
	@shellcheck -x deploy/*.sh deploy/backup/*.sh tests/*.sh tests/*/*.sh
	@tests/rooms.sh

format: deps-lint
	@clang-format -i $(ALL_C) $(ALL_H)

install: programs man
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin $(addprefix $(DESTDIR)$(PREFIX)/share/,man/man1 man/man5 man/man8 \
		bash-completion/completions)
	for s in 1 5 8; do install -m 644 build/man/*.$$s $(DESTDIR)$(PREFIX)/share/man/man$$s; done
	install -m 644 build/completion/oneplanctl $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 755 build/oneplanctl $(DESTDIR)$(PREFIX)/bin
	install -m 755 build/oneplan-intake build/oneplan-planning build/oneplan-notification build/oneplan-reporting \
		build/oneplan-archive build/oneplan-portal $(DESTDIR)$(PREFIX)/sbin
	install -d $(DESTDIR)$(PREFIX)/share/oneplan
	cp -r build/portal $(DESTDIR)$(PREFIX)/share/oneplan/

clean:
	rm -rf build
