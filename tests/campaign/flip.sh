#!/usr/bin/env bash
# Flipped bits, bytes and sectors, swaps and cuts in any file of stopped nodes. The databases and data keys of three nodes
# are damaged in memory, one way at a time, and opened: refused, found by a look at everything, or harmless. The settings
# and key files are damaged where they lie and the daemon is started: refused, or nobody gets in who should not and its
# state is as before. COUNT: how many damages to databases and data keys.
set -uo pipefail
# shellcheck source=tests/campaign/lib.sh
. "$(dirname "$0")/lib.sh"

tries=$(size 3000 200000)
starts=$((tries / 75 < 1000 ? tries / 75 : 1000))
shm=$(mktemp -d /dev/shm/oneplan-flip.XXXXXX)
# shellcheck disable=SC2064
trap "rm -rf '$shm'; finish" EXIT

"$BIN/oneplan-demo" --seed "$SEED" --inquiries 120 --out "$work/year"
must "a town starts" new_town town
must "a year is imported" import_year town "$work/year"
for node in "${nodes[@]}"; do stop_node town "$node"; done

flip() { # node, count, part
	mkdir -p "$shm/$1.$3"
	"build/campaign/check-flip-${1%%.*}" "$work/town/$1/node.ini" --work "$shm/$1.$3" --seed $((SEED * 10 + $3)) \
		--count "$2" >"$work/flipped.$1.$3" || violation "$1 (part $3): damage that nobody saw, or a signal"
	rm -rf "$shm/$1.$3"
}
sum() { cat "$work"/flipped.* | tr ' ' '\n' | awk -F= -v key="$1" '$1 == key {n += $2} END {print n + 0}'; }

for node in intake planning.family reporting; do
	flip $node $((tries / 6)) 1 2>"$work/said" &
	first=$!
	flip $node $((tries / 6)) 2
	wait "$first" || violation "a part was not done"
	cat "$work/said" >&2
done
row tries="$(sum tries)" refused="$(sum refused)" found="$(sum found)" harmless="$(sum harmless)" \
	signals="$(sum signals)" unseen="$(sum unseen)" starts=$starts
