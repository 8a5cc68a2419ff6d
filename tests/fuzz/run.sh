#!/usr/bin/env bash
# Fuzzes the decoders named as arguments, two at a time, FUZZ_SECONDS each (60), and prints a row for each: runs a second,
# runs, edges covered, inputs kept in this run, findings. Exits 1 on any finding: crash, leak, timeout, too much memory. What
# was found lies in build/fuzz/NAME/found; to be mended, and kept in tests/fuzz/corpus/NAME. KEEP=1 adds what reached new
# edges to that corpus, the smallest inputs only.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
seconds=${FUZZ_SECONDS:-60}
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
limits=(-rss_limit_mb=512 -timeout=5 -max_len=4096)

fuzz() { # name
	local dir=build/fuzz/$1 log=build/fuzz/$1/log found runs
	rm -rf "$dir/found"
	mkdir -p "$dir/found" "$dir/corpus" "tests/fuzz/corpus/$1"
	"build/f/bin/fuzz-$1" "${limits[@]}" -max_total_time="$seconds" -print_final_stats=1 -artifact_prefix="$dir/found/" \
		"$dir/corpus" "tests/fuzz/corpus/$1" >"$log" 2>&1 </dev/null
	code=$?
	found=$(find "$dir/found" -type f | wc -l)
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	[ "$code" -eq 0 ] || [ "$found" -gt 0 ] || found=1
	printf '%-10s %9d runs %7d /s %6d edges %5d inputs %3d found\n' "$1" "${runs:-0}" "$((${runs:-0} / seconds))" \
		"$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)" "$(find "$dir/corpus" -type f | wc -l)" "$found"
	if [ "$found" -gt 0 ]; then
		grep -aE -A12 'must hold|ERROR: |runtime error|SUMMARY' "$log" | head -n 40 | sed 's/^/    /'
	fi
	[ "$found" -eq 0 ] || touch build/fuzz/failed
}

keep() { # name: at most 6 inputs, 4 KB
	local all=build/fuzz/$1/all file bytes=0
	rm -rf "$all" && mkdir -p "$all"
	"build/f/bin/fuzz-$1" "${limits[@]}" -merge=1 "$all" "tests/fuzz/corpus/$1" "build/fuzz/$1/corpus" >/dev/null 2>&1
	find "$all" -type f -printf '%s %p\n' | sort -n | awk '{a[NR] = $0} END {step = NR > 6 ? NR / 6 : 1; for (i = 1; i <= NR; i += step) print a[int(i)]}' |
		while read -r size file; do
			bytes=$((bytes + size))
			[ "$bytes" -gt 4000 ] || cp -n "$file" "tests/fuzz/corpus/$1/"
		done
}

rm -f build/fuzz/failed
mkdir -p build/fuzz
for name in "$@"; do
	while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
	fuzz "$name" &
done
wait
if [ -n "${KEEP:-}" ]; then for name in "$@"; do keep "$name"; done; fi
[ ! -e build/fuzz/failed ]
