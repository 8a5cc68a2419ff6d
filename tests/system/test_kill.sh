#!/usr/bin/env bash
# Kill any daemon with -9 anywhere in the import of a year, the entrance's part and the departments', and start it again:
# state and figures equal an undisturbed run.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

"$BIN/oneplan-demo" --seed 1 --inquiries "${INQUIRIES:-300}" --out "$work/year"

ok "a town starts" new_town calm
ok "a year without disturbance" import_year calm "$work/year"
want=$(fingerprint calm)

# slowly, so that there is an anywhere: 40 lines every 50 ms
slowly() { awk '{print} NR % 40 == 0 {fflush(); system("sleep 0.05")}' "$1"; }
import() { # town, year, node, file
	ctl "$1" --json import "$3" - < <(slowly "$2/$4.ndjson") >"$work/$1.$4.json" 2>"$work/$1.$4.log"
}

ok "another town starts" new_town stormy
import_year stormy "$work/year" >"$work/import.log" 2>&1 &
import=$!
while [ -d "/proc/$import" ]; do
	sleep "0.$((RANDOM % 5 + 2))"
	[ -d "/proc/$import" ] || break
	node=${nodes[RANDOM % ${#nodes[@]}]}
	kill_node stormy "$node"
	start_node stormy "$node"
	echo "$node" >>"$work/kills"
done
wait "$import"
same "the year ends well" "$?" 0
ok "nodes were killed meanwhile ($(sort "$work/kills" | uniq -c | awk '{printf "%s%s %d", sep, $2, $1; sep = ", "}'))" \
	test "$(wc -l <"$work/kills")" -ge 10
ok "every follower has everything again" ctl stormy wait
same "state and figures equal the undisturbed run" "$(fingerprint stormy)" "$want"
