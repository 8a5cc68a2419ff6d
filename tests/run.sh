#!/usr/bin/env bash
# Runs every test program named as an argument, then every shell test of tests/ and tests/system/, and ends with
# `N passed, N failed`. Test programs are cmocka's; shell tests print `ok - …` or `not ok - …` lines.
# Each gets 300 seconds; its output is kept in build/log/.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
mkdir -p build/log
passed=0 failed=0
export ASAN_OPTIONS=${ASAN_OPTIONS:-abort_on_error=0:detect_leaks=1} UBSAN_OPTIONS=print_stacktrace=1

tell() { # name, passed, failed, seconds, log
	printf '%-52s %4d passed %3d failed %4ds\n' "$1" "$2" "$3" "$4"
	passed=$((passed + $2)) failed=$((failed + $3))
	[ "$3" -eq 0 ] || tail -n 30 "$5" | sed 's/^/    /'
}

run_program() {
	local name=${1#build/t/tests/} log start good bad code=0
	log=build/log/${name//\//_}.log
	start=$SECONDS
	timeout 300 "$1" >"$log" 2>&1 || code=$?
	good=$(grep -ac '^\[       OK \]' "$log")
	bad=$(grep -acE '^\[  (FAILED|ERROR ) *\] [a-z_0-9]+$' "$log")
	[ "$bad" -gt 0 ] && bad=$((bad / 2 > 0 ? bad / 2 : 1)) # cmocka names each failure twice
	[ "$code" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1            # a crash or a leak
	[ "$good" -eq 0 ] && [ "$bad" -eq 0 ] && bad=1            # nothing was run
	tell "$name" "$good" "$bad" $((SECONDS - start)) "$log"
}

run_script() {
	local name=${1#tests/} log start good bad code=0
	log=build/log/${name//\//_}.log
	start=$SECONDS
	timeout 300 "$1" >"$log" 2>&1 || code=$?
	good=$(grep -ac '^ok - ' "$log")
	bad=$(grep -ac '^not ok - ' "$log")
	[ "$code" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
	[ "$good" -eq 0 ] && [ "$bad" -eq 0 ] && bad=1
	tell "$name" "$good" "$bad" $((SECONDS - start)) "$log"
}

for program in "$@"; do run_program "$program"; done
for script in tests/rooms.sh tests/docs.sh tests/units.sh tests/system/test_*.sh; do run_script "$script"; done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
