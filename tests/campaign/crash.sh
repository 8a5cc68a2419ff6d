#!/usr/bin/env bash
# Crash states. Every write and flush of three real daemons is recorded while lines are imported (one of them is killed
# and started again meanwhile); then states in which a crash at a random point may leave the files are built, opened and
# checked: what was acknowledged is there, to clients and to owners, the journal is whole, state is what it folds to, and
# every data key in use is there. COUNT: how many states. A store that does not flush must be caught by the same states.
set -uo pipefail
# shellcheck source=tests/campaign/lib.sh
. "$(dirname "$0")/lib.sh"

states=$(size 20000 1000000)
inquiries=${INQUIRIES:-120} # short histories, so that a state is checked quickly; the first lines publish times
recordings=$((states > 20000 ? states / 20000 : 2))
recorded=(intake planning.social reporting)
names=$(IFS=,; echo "${recorded[*]}")
checked=0 lost_nosync=0 lost_nometasync=0 mutants=0 events=0
shm=$(mktemp -d /dev/shm/oneplan-crash.XXXXXX)
# shellcheck disable=SC2064
trap "rm -rf '$shm'; finish" EXIT

start_recorded() { # town, number of the node
	local node=${recorded[$2]} dir=$work/$1/${recorded[$2]}
	LD_PRELOAD=build/campaign/record_io.so RECORD_DIR=$dir RECORD_LOG=$work/$1.log RECORD_NODE=$2 \
		setsid "$BIN/oneplan-${node%%.*}" --config "$dir/node.ini" >>"$dir/log" 2>&1 </dev/null &
	echo $! >"$dir/pid"
}

depth() { # town, owner, follower
	local depth
	depth=$(ctl "$1" --json call "$2" list_queues "{\"follower\":\"$3\"}" 2>/dev/null | jq '.queues[0].depth // 99')
	echo "${depth:-99}"
}
until_taken() { # town, owner, follower
	local try
	for try in $(seq 100); do
		[ "$(depth "$1" "$2" "$3")" = 0 ] && return
		sleep 0.1
	done
	violation "$3 does not get what $2 has ($try tries)"
}

marked() { # town, number of the node, file, from, lines
	build/campaign/import_marked "$work/$1" "${recorded[$2]}" "$2" "$work/$1.log" "$3" "$4" "$5" $((4 + RANDOM % 60)) \
		>>"$work/$1.counts" || violation "an import did not come to its end"
}

record() { # town
	local n lines
	"$BIN/oneplan-demo" --seed "$((SEED + RANDOM))" --inquiries "$inquiries" --out "$work/$1.year"
	"$BIN/oneplanctl" --town "$work/$1" town init --base-port "$(free_base_port)" >/dev/null || return 1
	: >"$work/$1.log"
	for n in "${!recorded[@]}"; do start_recorded "$1" "$n"; done
	lines=$(wc -l <"$work/$1.year/inquiries.ndjson")
	marked "$1" 0 "$work/$1.year/inquiries.ndjson" 0 $((lines / 2))
	n=$((RANDOM % 3))
	kill_node "$1" "${recorded[n]}"
	start_recorded "$1" "$n"
	marked "$1" 0 "$work/$1.year/inquiries.ndjson" $((lines / 2)) "$lines"
	until_taken "$1" intake planning.social
	marked "$1" 1 "$work/$1.year/planning.social.1.ndjson" 0 100000
	until_taken "$1" planning.social reporting
	marked "$1" 0 "$work/$1.year/inquiries.ndjson" 0 20
	stop_node "$1" reporting
	for n in intake planning.social; do kill_node "$1" "$n"; done
	rm -f "$work/$1"/*/pid
}

check() { # town, number of the node, count, part, mutant: prints what the checker prints
	local node=${recorded[$2]} file=() to=$shm/$2.$4
	mkdir -p "$to"
	case $2 in
	0) file=(--lines "$work/$1.year/inquiries.ndjson") ;;
	1) file=(--lines "$work/$1.year/planning.social.1.ndjson") ;;
	esac
	"build/campaign/check-crash-${node%%.*}" "$work/$1/$node/node.ini" --nodes "$names" --log "$work/$1.log" \
		--root "$work/$1/$node" --work "$to" --seed $((SEED * 100 + $4)) --count "$3" --mutant "${5:-none}" \
		--heads "$work/$1.heads.$2.$4" ${file[@]+"${file[@]}"} >"$work/$1.checked.$2.$4.${5:-none}" ||
		violation "$node: states that lost something"
	rm -rf "$to"
}

sum() { # key, files
	cat "${@:2}" 2>/dev/null | tr ' ' '\n' | awk -F= -v key="$1" '$1 == key {n += $2} END {print n + 0}'
}

# At the same point no cursor may lie beyond what its owner keeps, whatever is lost of either: the points are the same for
# all nodes, and the parts of a recording each have their own.
beyond() { # town, part
	awk -v owners="$names" 'BEGIN {n = split(owners, name, ",")}
		FNR == 1 {file++}
		{head[$1, name[file]] = $2 + 0; for (i = 3; i <= NF; i++) {split($i, c, "="); at[$1, file, c[1]] = c[2]}}
		END {for (k in at) {split(k, p, SUBSEP); if (((p[1], p[3]) in head) && at[k] > head[p[1], p[3]]) print k, at[k]}}' \
		"$work/$1.heads."{0,1,2}".$2" | wc -l
}

each=$((states / recordings / 6)) # three nodes, two parts
for r in $(seq "$recordings"); do
	record "t$r" || violation "no recording"
	for n in 0 1 2; do
		check "t$r" $n "$each" 1 &
		first=$!
		check "t$r" $n "$each" 2
		wait "$first"
	done
	for part in 1 2; do
		n=$(beyond "t$r" $part)
		[ "$n" = 0 ] || violation "$n cursors lie beyond what their owner keeps"
	done
	if [ "$r" = 1 ]; then
		for mutant in nosync nometasync; do
			check t1 0 300 3 $mutant &
			first=$!
			check t1 2 300 4 $mutant
			wait "$first"
		done
		mutants=$(sum states "$work"/t1.checked.*sync)
		lost_nosync=$(sum wrong "$work"/t1.checked.*.nosync)
		lost_nometasync=$(sum wrong "$work"/t1.checked.*.nometasync)
	fi
	checked=$((checked + $(sum states "$work/t$r".checked.*.none)))
	lost=$((${lost:-0} + $(sum wrong "$work/t$r".checked.*.none)))
	events=$((events + $(sum events "$work/t$r.checked.0.1.none")))
	[ "$r" = 1 ] || rm -rf "$work/t$r" "$work/t$r".*
done
[ "$lost_nosync" -gt 0 ] || violation "a store that does not flush was not caught"
[ "$lost_nometasync" -gt 0 ] || violation "a store that does not flush its meta pages was not caught"
[ "$violations" = 0 ] || export KEEP=1 # what was recorded will not be recorded so again
row recordings="$recordings" events="$events" states="$checked" lost="$lost" mutant_states="$((mutants / 2))" \
	lost_nosync="$lost_nosync" lost_nometasync="$lost_nometasync"
