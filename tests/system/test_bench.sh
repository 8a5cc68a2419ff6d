#!/usr/bin/env bash
# The benches still run, and find a figure for every row: `make bench` with hardly any time for each. What the figures are is
# not looked at.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/oneplan-test.XXXXXX")
trap 'rm -rf "$work"' EXIT

if OUT=$work EACH=0.05 QUICK=1 tests/bench/bench.sh >"$work/said" 2>&1; then echo "ok - the bench runs to its end"; else
	echo "not ok - the bench runs to its end"
	tail -n 5 "$work/said"
fi
rows=$(awk -F, 'NR > 1 {n++} END {print n + 0}' "$work/results.csv")
empty=$(awk -F, 'NR > 1 && $4 !~ /^[0-9.]+$/ && $4 != "-"' "$work/results.csv")
if [ "$rows" -ge 50 ] && [ -z "$empty" ]; then echo "ok - $rows rows have figures"; else
	echo "not ok - every row has a figure, of $rows"
	echo "$empty"
fi
if build/oneplan-bench-growth "$work" 100 200 1000 >"$work/growth" && grep -q 'is [0-9.]* times that' "$work/growth"; then
	echo "ok - growth runs"
else
	echo "not ok - growth runs"
fi
