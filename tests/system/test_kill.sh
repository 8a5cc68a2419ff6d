#!/usr/bin/env bash
# Kill either daemon with -9 anywhere in the import and start it again: state and figures equal an undisturbed run.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

"$BIN/oneplan-demo" --seed 1 --inquiries "${INQUIRIES:-250}" >"$work/year.ndjson"

ok "a town starts" new_town calm
ok "an import without disturbance" ctl calm import intake "$work/year.ndjson"
ok "reporting has everything" ctl calm wait
want=$(fingerprint calm)

ok "another town starts" new_town stormy
# slowly, so that there is an anywhere: 25 lines every 50 ms
slowly() { awk '{print} NR % 25 == 0 {fflush(); system("sleep 0.05")}' "$work/year.ndjson"; }
ctl stormy import intake - < <(slowly) >"$work/import.log" 2>&1 &
import=$!
kills=0
for node in intake reporting intake intake reporting; do
	sleep "0.$((RANDOM % 3 + 1))"
	[ -d "/proc/$import" ] && kills=$((kills + 1))
	kill_node stormy "$node"
	start_node stormy "$node"
done
wait "$import"
same "the import ends well" "$?" 0
ok "nodes were killed while the import ran ($kills times)" test "$kills" -ge 3
ok "reporting has everything again" ctl stormy wait
same "state and figures equal the undisturbed run" "$(fingerprint stormy)" "$want"
