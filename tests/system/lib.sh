# What the system tests share: a town of its own in a temporary directory, on free ports, with the checked programs;
# it is taken down and removed at the end. Only processes that the test started are ended, by pid.
# shellcheck shell=bash
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
export BIN=${BIN:-build/a/bin}
work=$(mktemp -d "${TMPDIR:-/tmp}/oneplan-test.XXXXXX")
failures=0

ok() { # what, then a command that must succeed; what it prints is not kept
	local what=$1
	shift
	if "$@" >/dev/null; then echo "ok - $what"; else echo "not ok - $what"; failures=$((failures + 1)); fi
}

same() { # what, got, want; tells got with <, want with >
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		printf 'not ok - %s\n' "$1"
		diff <(echo "$2") <(echo "$3") | head -n 20
		failures=$((failures + 1))
	fi
}

# The first of ports for the nodes of a town, and ten behind them for their pages.
free_base_port() {
	local port used
	while port=$((10000 + SRANDOM % 20000)); do # never what a seed replays: another test may have the same seed
		used=$(ss -Hltn 2>/dev/null | awk -v from="$port" '{ sub(/.*:/, "", $4) } $4 >= from && $4 < from + 20' | wc -l)
		if [ "$used" = 0 ]; then
			echo "$port"
			return
		fi
	done
}

nodes=(intake reporting notification planning.employment planning.family planning.social)

# Makes a town and starts it. The towns of one test share the key for looking up numbers, so that their state can be
# compared; data keys and all others are each town's own.
new_town() { # name, options of town init
	"$BIN/oneplanctl" --town "$work/$1" town init --base-port "$(free_base_port)" "${@:2}" >/dev/null || return 1
	if [ -e "$work/town.key" ]; then
		cp "$work/town.key" "$work/$1/intake/town.key"
	else
		cp "$work/$1/intake/town.key" "$work/town.key"
	fi
	# tests compare exact figures, however small; with SUPPRESS=5 in their environment they are as in a real town
	printf '\n[reporting]\nsuppress_below = %s\n' "${SUPPRESS:-0}" >>"$work/$1/reporting/node.ini"
	deploy/town.sh up "$work/$1"
}

ctl() { # town, arguments
	local town=$1
	shift
	"$BIN/oneplanctl" --town "$work/$town" "$@"
}

pid_of() { cat "$work/$1/$2/pid"; }
kill_node() { # town, node
	kill -KILL "$(pid_of "$1" "$2")"
	wait "$(pid_of "$1" "$2")" 2>/dev/null
}
stop_node() { # town, node
	local pid
	pid=$(pid_of "$1" "$2")
	kill -TERM "$pid"
	while [ -e "/proc/$pid/exe" ]; do sleep 0.05; done
	rm -f "$work/$1/$2/pid"
}
start_node() { # town, node
	setsid "$BIN/oneplan-${2%%.*}" --config "$work/$1/$2/node.ini" >>"$work/$1/$2/log" 2>&1 </dev/null &
	echo $! >"$work/$1/$2/pid"
}

# ---- a year, as oneplan-demo --out writes it ----------------------------------------------------

departments=(social employment family)

import() { # town, year, node, file: the counts are kept as NODE.FILE.json, refused lines as NODE.FILE.refused
	ctl "$1" --json import "$3" "$2/$4.ndjson" --rejects "$work/$1.$4.refused" \
		>"$work/$1.$4.json" 2>"$work/$1.$4.log" || [ "${5:-}" = refused ]
}

# The files of a phase, into all departments named at once; succeeds when no line was refused.
import_phase() { # town, year, phase, departments
	local town=$1 year=$2 phase=$3 department pid pids=() failed=0
	shift 3
	for department in "$@"; do
		import "$town" "$year" "planning.$department" "planning.$department.$phase" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
	for department in "$@"; do head -n 5 "$work/$town.planning.$department.$phase.log" >&2; done
	[ "$failed" = 0 ]
}

import_year() { # town, year
	import "$1" "$2" intake inquiries && ctl "$1" wait &&
		import_phase "$1" "$2" 1 "${departments[@]}" && ctl "$1" wait &&
		import_phase "$1" "$2" 2 "${departments[@]}" && ctl "$1" wait
}

# ---- what is compared --------------------------------------------------------------------------

# State that two runs over the same lines must agree on: every tree of every node, opened.
digests() { # town
	local node
	for node in "${nodes[@]}"; do ctl "$1" --json digest "$node" | jq -c --arg node "$node" '.parts[] | [$node, .]'; done
}

# That, and every figure; without how long the journals are: a conflict that came and went while two departments told
# each other of it is journalled in one run and not in another.
fingerprint() { # town
	digests "$1"
	figures_of "$1" | grep -v 'Journals: '
}
figures_of() { # town
	local report form
	for report in R1 R2 R3 R4 R5 R6 R7 R8 R9; do
		for form in --csv --svg; do ctl "$1" report "$report" $form; done
		ctl "$1" report "$report" --by month --csv
	done
	for report in R4 R5 R6 R7 R8 R9; do ctl "$1" report "$report" --by department --csv; done
}

finish() {
	local town pid
	for town in "$work"/*/town.ini; do
		[ -e "$town" ] && deploy/town.sh down "$(dirname "$town")" >/dev/null
	done
	# one that was started while its town was being stopped is in no pid file any more
	for pid in $(pgrep -f -- "--config $work/"); do kill -KILL "$pid"; done
	# sanitizers speak in the logs
	if grep -lE 'ERROR: (Address|Leak)Sanitizer|runtime error:' "$work"/*/*/log 2>/dev/null; then
		grep -hE -A12 'ERROR: (Address|Leak)Sanitizer|runtime error:' "$work"/*/*/log | head -n 60
		echo "not ok - the sanitizers found nothing in the daemons"
		failures=$((failures + 1))
	else
		echo "ok - the sanitizers found nothing in the daemons"
	fi
	if [ -n "${KEEP:-}" ]; then echo "kept in $work" >&2; else rm -rf "$work"; fi
	[ "$failures" -eq 0 ] || exit 1
}
trap finish EXIT
