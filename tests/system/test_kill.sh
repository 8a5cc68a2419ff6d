#!/usr/bin/env bash
# Kill either daemon with -9 anywhere in the import and start it again: state and figures equal an undisturbed run.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

"$BIN/oneplan-demo" --seed 1 --inquiries "${INQUIRIES:-250}" >"$work/year.ndjson"

ok "a town starts" new_town calm
ok "an import without disturbance" ctl calm import intake "$work/year.ndjson" >/dev/null
ok "reporting has everything" ctl calm wait >/dev/null
want=$(fingerprint calm)

ok "another town starts" new_town stormy
ctl stormy import intake "$work/year.ndjson" >"$work/import.log" 2>&1 &
import=$!
kills=0
for node in intake reporting intake reporting intake reporting; do
	sleep "0.$((RANDOM % 4 + 1))"
	[ -d "/proc/$import" ] && kills=$((kills + 1))
	kill_node stormy "$node"
	sleep 0.1
	start_node stormy "$node"
done
wait "$import"
same "the import ends well" "$?" 0
ok "something was killed while the import ran ($kills times)" test "$kills" -ge 2
ok "reporting has everything again" ctl stormy wait >/dev/null
same "state and figures equal the undisturbed run" "$(fingerprint stormy)" "$want"
