#!/usr/bin/env bash
# Failing calls. An entrance that takes an import, a department that follows it and takes one, and reporting that follows
# both are started from nothing, each with one call failing: the Nth write, flush, open, allocation of room, map or read
# of its state files, or the Nth piece of memory, once or from then on. The daemon goes on or ends with a documented exit
# code; started again without the fault it has everything, and nothing twice: its state is that of an undisturbed run,
# and the look at all of it that the flip campaign takes finds nothing. COUNT: how many faults; ONE="NODE KIND N ON ERRNO" (ON: on or -) injects that one alone.
set -uo pipefail
# shellcheck source=tests/campaign/lib.sh
. "$(dirname "$0")/lib.sh"

faults=$(size 100 6000)
victims=(intake planning.social reporting)
declare -A shares=([intake]=45 [planning.social]=30 [reporting]=25) # of 100 faults
declare -A lines=([intake]=inquiries [planning.social]=planning.social.1 [reporting]='')
declare -A owners=([intake]='' [planning.social]=intake [reporting]='intake planning.social')

gone() { [ ! -e "/proc/$1/exe" ]; } # pid: ended, reaped or not

cursor() { # town, node, owner
	ctl "$1" --timeout 1s --json call "$2" list_queues '{}' 2>/dev/null |
		jq --arg o "$3" '[.cursors[]? | select(.owner == $o)][0].through // -1' 2>/dev/null
}
head_of() { ctl "$1" --timeout 1s --json call "$2" show_status '{}' 2>/dev/null | jq .head; }

caught_up() { # town, node
	local owner
	for owner in ${owners[$2]}; do
		[ "$(cursor "$1" "$2" "$owner" || echo -1)" -ge "${heads[$owner]}" ] 2>/dev/null || return 1
	done
}
until_caught_up() { # town, node, seconds
	local end=$((SECONDS + $3))
	while [ "$SECONDS" -lt "$end" ]; do
		caught_up "$1" "$2" && return
		sleep 0.1
	done
	return 1
}
# The version of a part of a plan counts what came in between, too, and so differs from run to run.
state_of() { ctl "$1" --json digest "$2" | jq -c '.parts[] | select(.part != "own/version")'; }

# Everything there is to do, in whatever state the daemon is: it follows, and then takes its import. The pid is in $job.
begin_work() { # town, node
	(
		until_caught_up "$1" "$2" 30 || exit 1
		[ -z "${lines[$2]}" ] ||
			ctl "$1" import "$2" "$work/year/${lines[$2]}.ndjson" --patience 30s --timeout 5s >"$work/$1.import" 2>&1
	) &
	job=$!
}

ended() { # pid: its exit code in $code, once it has ended or was given five seconds to
	local i
	for i in $(seq 100); do
		gone "$1" && break
		sleep 0.05
	done
	gone "$1" || kill -KILL "$1"
	wait "$1" 2>/dev/null
	code=$?
}

tell() { echo "$1" >>"$work/$town.outcomes"; }

# A department that begins anew was never told of by the entrance: that goes back to when it had taken its import only.
begin_anew() { # node
	rm -rf "${work:?}/$town/$1/state"
	[ "$1" = planning.social ] || return 0
	stop_node "$town" intake
	rm -rf "${work:?}/$town/intake/state"
	cp -r "$work/$town.intake" "$work/$town/intake/state"
	start_node "$town" intake
}

inject() { # node, kind, N, on or empty, errno
	local dir=$work/$town/$1 code pid what="$1: $2 $3${4:+ and on} with $5" i
	begin_anew "$1"
	(
		export FAIL_DIR=$dir/state FAIL_COUNTS=$work/$town.counts FAIL_KIND=$2 FAIL_AT=$3 FAIL_WITH=$5
		[ -z "$4" ] || export FAIL_ON=1
		exec env LD_PRELOAD=build/campaign/fail_io.so setsid "$BIN/oneplan-${1%%.*}" --config "$dir/node.ini" >>"$dir/log" 2>&1 </dev/null
	) &
	pid=$!
	begin_work "$town" "$1"
	for i in $(seq 25); do
		gone "$pid" && break
		gone "$job" && break
		sleep 0.1
	done
	if gone "$pid"; then
		ended "$pid"
		tell "ended_$code"
	else
		kill -TERM "$pid"
		ended "$pid"
		tell survived
	fi
	case $code in
	0 | 2 | 69 | 75 | 111) ;;
	*) violation "$what: ended with $code" ;;
	esac
	start_node "$town" "$1"
	if ! wait "$job"; then
		violation "$what: started again it does not get done: $(tr '\n' ' ' <"$work/$town.import")"
	elif [ "$(state_of "$town" "$1")" != "${calm[$1]}" ]; then
		violation "$what: its state is another: $(diff <(echo "${calm[$1]}") <(state_of "$town" "$1") | head -n 4 | cut -c1-160)"
		tell lost
	fi
	stop_node "$town" "$1"
	mkdir -p "$work/$town.look"
	"build/campaign/check-flip-${1%%.*}" "$dir/node.ini" --work "$work/$town.look" --count 0 >/dev/null 2>"$work/$town.said" ||
		violation "$what: a look at everything finds $(cat "$work/$town.said")"
	rm -rf "$work/$town.look"
}

counted() { od -An -t u8 -v "$work/$town.counts" | tr -s ' \n' ' ' | cut -d' ' -f$(($1 + 2)); }

# An undisturbed run, which says how many calls of each kind there are, and what comes of it.
run_calm() { # node
	local kind dir=$work/$town/$1
	FAIL_DIR=$dir/state FAIL_COUNTS=$work/$town.counts LD_PRELOAD=build/campaign/fail_io.so start_node "$town" "$1"
	begin_work "$town" "$1"
	wait "$job" || violation "$1: the undisturbed run did not get done"
	calm[$1]=$(state_of "$town" "$1")
	heads[$1]=$(head_of "$town" "$1")
	for kind in "${!kinds[@]}"; do calls[kind]=$(counted "$kind"); done
}

kinds=(write flush open size map read memory)
weights=(26 26 10 6 4 8 20) # of 100 faults

sweep() { # node, how many faults
	local kind n i at on with one
	if [ -n "${ONE:-}" ]; then
		read -ra one <<<"$ONE"
		[ "${one[0]}" != "$1" ] || [ "$town" != town1 ] ||
			inject "$1" "${one[1]}" "${one[2]}" "${one[3]/-/}" "${one[4]}"
		return
	fi
	for kind in "${!kinds[@]}"; do
		n=$(($2 * weights[kind] / 100 + 1))
		for i in $(seq 0 $((n - 1))); do
			[ "${calls[kind]}" -gt 0 ] || continue
			at=$((1 + (i * calls[kind] + RANDOM % calls[kind]) / n))
			on=
			[ $((RANDOM % 2)) = 0 ] || on=1
			case ${kinds[kind]} in
			write) with=$(((RANDOM % 3) * 14)) && [ "$with" -lt 28 ] || with=5 ;; # short, fault of the address, I/O
			size) with=28 ;;                                                    # ENOSPC
			map | memory) with=12 ;;                                            # ENOMEM
			*) with=5 ;;                                                        # EIO
			esac
			inject "$1" "${kinds[kind]}" "$at" "$on" "$with"
		done
	done
}

part() { # number
	local node
	declare -gA calm=() heads=()
	declare -ga calls=()
	town=town$1 RANDOM=$((SEED * 100 + $1))
	for node in "${victims[@]}"; do
		run_calm "$node"
		stop_node "$town" "$node"
		sweep "$node" $((faults * shares[$node] / 200))
		# those that come after follow this one
		begin_anew "$node"
		start_node "$town" "$node"
		begin_work "$town" "$node"
		wait "$job" || violation "$node does not get done"
		heads[$node]=$(head_of "$town" "$node")
		if [ "$node" = intake ]; then
			stop_node "$town" intake
			cp -r "$work/$town/intake/state" "$work/$town.intake"
			start_node "$town" intake
		fi
	done
	for node in "${victims[@]}"; do stop_node "$town" "$node"; done
	echo "$violations" >"$work/$town.violations"
}

"$BIN/oneplan-demo" --seed "$SEED" --inquiries 12 --out "$work/year"
for n in 1 2; do
	"$BIN/oneplanctl" --town "$work/town$n" town init --base-port "$(free_base_port)" >/dev/null
	[ "$n" = 1 ] || cp "$work/town1/intake/town.key" "$work/town$n/intake/town.key"
done
trap : EXIT
(part 1) &
first=$!
(part 2)
wait "$first"
trap finish EXIT
violations=$((violations + $(paste -sd+ "$work"/town[12].violations | paste -sd+)))
outcomes=$(cat "$work"/town?.outcomes)
count() { grep -c "^$1$" <<<"$outcomes"; }
row injected="$(grep -cv '^lost$' <<<"$outcomes")" survived="$(count survived)" ended_111="$(count ended_111)" \
	ended_75="$(count ended_75)" ended_otherwise="$(grep '^ended' <<<"$outcomes" | grep -cv '^ended_\(111\|75\)$')" lost="$(count lost)"
