#!/usr/bin/env bash
# Flipped bits, bytes and sectors, swaps and cuts in any file of stopped nodes. The databases and data keys of three nodes
# are damaged in memory, one way at a time, and opened: refused, found by a look at everything, or harmless. The settings
# and key files are damaged where they lie and the daemon is started: refused, or nobody gets in who should not and its
# state is as before. COUNT: how many damages to databases and data keys.
set -uo pipefail
# shellcheck source=tests/campaign/lib.sh
. "$(dirname "$0")/lib.sh"

tries=$(size 3000 200000)
starts=$((tries / 150 < 1000 ? tries / 150 : 1000))
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
# ---- settings and keys ---------------------------------------------------------------------------------------------

# The daemon starts with one file damaged. What it says when it does not is kept in its log; when it does it must be the
# one that it was: its state, and the figures that follow from it, asked through the same endpoint with the same keys.
digest_of() { ctl town --timeout 3s --json digest "$1" 2>/dev/null | jq -c '.parts[]'; }

start_damaged() { # node, file
	local node=$1 file=$work/town/$1/$2 pid code=running size at
	cp -p "$file" "$work/kept"
	size=$(stat -c %s "$file") at=$((RANDOM % $(stat -c %s "$file")))
	case $((RANDOM % 4)) in
	0) truncate -s "$at" "$file" ;;
	1) head -c $((1 + RANDOM % 9)) /dev/zero | dd of="$file" bs=1 seek="$at" conv=notrunc status=none ;;
	*) perl -e 'open my $f, "+<", $ARGV[0] or die; sysseek $f, $ARGV[1], 0; sysread $f, my $c, 1;
		sysseek $f, $ARGV[1], 0; syswrite $f, chr(ord($c) ^ (1 << $ARGV[2]))' "$file" "$at" $((RANDOM % 8)) ;;
	esac
	cmp -s "$file" "$work/kept" && return
	[ $((size)) -gt 0 ] || return
	start_node town "$node"
	pid=$(pid_of town "$node")
	for _ in $(seq 60); do
		[ -e "/proc/$pid/exe" ] || { wait "$pid" 2>/dev/null; code=$?; break; }
		[ "$(digest_of "$node")" = "${digest[$node]}" ] && break
		sleep 0.1
	done
	damaged=$((damaged + 1))
	case $code in
	running)
		if [ "$(digest_of "$node")" = "${digest[$node]}" ]; then
			same=$((same + 1))
			[ "$2" != town.key ] || violation "$node starts with another $2: $(diff "$work/kept" "$file")"
		else
			unreached=$((unreached + 1)) # another endpoint, or other keys: nobody is told anything
		fi
		stop_node town "$node"
		;;
	2 | 69 | 75 | 111) told=$((told + 1)) ;;
	*) violation "$node with a damaged $2 ended with $code" ;;
	esac
	cp -p "$work/kept" "$file"
}

declare -A digest
damaged=0 same=0 unreached=0 told=0
for node in intake reporting; do
	start_node town "$node"
	for _ in $(seq 50); do digest[$node]=$(digest_of "$node"); [ -n "${digest[$node]}" ] && break; sleep 0.1; done
	stop_node town "$node"
done
for i in $(seq "$starts"); do
	case $((i % 5)) in
	0) start_damaged intake town.key ;;
	1) start_damaged intake master.key ;;
	2) start_damaged reporting node.key ;;
	3) start_damaged intake node.ini ;;
	4) start_damaged reporting node.ini ;;
	esac
done

[ "$violations" = 0 ] || export KEEP=1 # what was damaged is not made the same again
row tries="$(sum tries)" refused="$(sum refused)" found="$(sum found)" harmless="$(sum harmless)" \
	signals="$(sum signals)" unseen="$(sum unseen)" damaged_settings="$damaged" \
	told="$told" as_before="$same" unreached="$unreached"
