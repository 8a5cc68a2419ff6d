#!/usr/bin/env bash
# Random daemons of a town get kill -9 and are started again, others stand still for a while (SIGSTOP), while it imports a
# year and clients send commands of their own. Nothing acknowledged is lost and nothing is there twice (oneplan-history);
# state and figures equal those of a town that was left in peace; and how long it takes from a start to the first answer.
set -uo pipefail
# shellcheck source=tests/campaign/lib.sh
. "$(dirname "$0")/lib.sh"

count=$(size 50 1000) # of each
inquiries=${INQUIRIES:-300}
duration_ms=$((count * 2 * 350))
commands=$((duration_ms / 200)) # of each client
"$BIN/oneplan-demo" --seed "$SEED" --inquiries "$inquiries" --out "$work/year"

clients() { # town, pause: two at the entrance, two at a department, with the same commands in each town
	local pids=()
	"$BIN/oneplan-history" run --town "$work/$1" --node intake --what slots --clients 2 --seed "$SEED" \
		--number "$commands" --pause "$2" --out "$work/$1.slots" &
	pids+=($!)
	"$BIN/oneplan-history" run --town "$work/$1" --node planning.social --what capacity --to family --clients 2 --first 3 \
		--seed "$SEED" --number "$commands" --pause "$2" --out "$work/$1.capacity" &
	pids+=($!)
	wait "${pids[@]}"
}

need "a town starts" new_town calm
need "commands without disturbance" clients calm 0
need "a year without disturbance" import_year calm "$work/year"
want=$(fingerprint calm)
deploy/town.sh down "$work/calm" >/dev/null

# as many lines at a time as let the import last as long as the faults: the entrance 60 % of it, the departments the rest
paced() { # file, share of the time in percent
	local ticks=$((duration_ms * $2 / 100 / 50))
	awk -v lines="$((($(wc -l <"$1") + ticks - 1) / ticks))" '{print} NR % lines == 0 {fflush(); system("sleep 0.05")}' "$1"
}
import() { # town, year, node, file
	local share=20
	[ "$3" = intake ] && share=60
	ctl "$1" --json import "$3" - < <(paced "$2/$4.ndjson" $share) >"$work/$1.$4.json" 2>"$work/$1.$4.log"
}

need "another town starts" new_town stormy
import_year stormy "$work/year" >"$work/import.log" 2>&1 &
import=$!
clients stormy 200 &
clients=$!

stand_still() { # node, s
	local pid
	pid=$(pid_of stormy "$1")
	echo "$pid " >>"$work/stopped" # its start is not measured: it was kept from answering
	kill -STOP "$pid"
	sleep "$2"
	kill -CONT "$pid" 2>/dev/null
}
measure() { # node, since when
	local ms pid
	pid=$(pid_of stormy "$1")
	ms=$("$BIN/oneplan-history" await --town "$work/stormy" --node "$1" --since "$2" --pid "$pid") &&
		echo "$pid ${ms:-none}"
}
again() { # node
	local since
	if [ ! -e "/proc/$(pid_of stormy "$1")/exe" ]; then
		wait "$(pid_of stormy "$1")"
		violation "$1 has ended by itself with $?: $(tail -n 2 "$work/stormy/$1/log")"
	fi
	kill_node stormy "$1"
	since=${EPOCHREALTIME/./}
	start_node stormy "$1"
	measure "$1" "$since" >>"$work/recoveries" &
	awaits+=($!)
}

kills=0 stops=0 under_load=0 awaits=() stills=()
while [ $((kills + stops)) -lt $((count * 2)) ]; do
	node=${nodes[RANDOM % ${#nodes[@]}]}
	if [ "$stops" -ge "$count" ] || { [ "$kills" -lt "$count" ] && [ $((RANDOM % 2)) = 0 ]; }; then
		again "$node"
		kills=$((kills + 1))
	else
		ms=$((50 + RANDOM % 10 * RANDOM % 4951)) # short ones are the more frequent
		stand_still "$node" "$((ms / 1000)).$(printf %03d $((ms % 1000)))" &
		stills+=($!)
		stops=$((stops + 1))
	fi
	[ -d "/proc/$import" ] && under_load=$((under_load + 1))
	sleep "0.$((RANDOM % 5 + 1))"
done
wait "${stills[@]}"
for pid in "${awaits[@]}"; do must "a daemon that was started again answers" wait "$pid"; done
must "the import ends well" wait "$import"
must "the clients end well" wait "$clients"
began=${EPOCHREALTIME/./}
must "every follower has everything" ctl stormy wait
settled_ms=$(((${EPOCHREALTIME/./} - began) / 1000))
must "faults were under load" test "$under_load" -gt "$count"
got=$(fingerprint stormy)
[ "$got" = "$want" ] || violation "state and figures differ from the undisturbed run: $(diff <(echo "$got") <(echo "$want") | head -n 10)"
at_intake=$("$BIN/oneplan-history" check --town "$work/stormy" --node intake "$work"/stormy.slots.*) ||
	violation "the history of the entrance: $at_intake"
at_social=$("$BIN/oneplan-history" check --town "$work/stormy" --node planning.social "$work"/stormy.capacity.*) ||
	violation "the history of the department: $at_social"
must "what was addressed is what was taken" "$BIN/oneplan-history" balance --town "$work/stormy"

figure() { echo $(($(tr ' ' '\n' <<<"$at_intake" | sed -n "s/^$1=//p") + $(tr ' ' '\n' <<<"$at_social" | sed -n "s/^$1=//p"))); }
sorted=$(grep -v none "$work/recoveries" | grep -vFf "$work/stopped" | cut -d' ' -f2 | sort -n)
nth() { sed -n "$((($(wc -l <<<"$sorted") * $1 + 99) / 100))p" <<<"$sorted"; }
must "every command was acknowledged in the end" test "$(figure ok)" = $((commands * 4))
row kills="$kills" stops="$stops" under_load="$under_load" starts_measured="$(wc -l <<<"$sorted")" recovery_p50_ms="$(nth 50)" recovery_p99_ms="$(nth 99)" \
	acknowledged="$(figure ok)" asked_again="$(figure asked_again)" settled_ms="$settled_ms"
