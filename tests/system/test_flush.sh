#!/usr/bin/env bash
# A failed flush: the daemon answers nobody and ends with 111 at once; started again, it has everything that was
# acknowledged, and the import, asked again with the same keys, is complete and has no line twice.
set -uo pipefail
export BIN=build # the sanitizers and a preloaded library do not mix
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

${CC:-gcc} -shared -fPIC -D_GNU_SOURCE -o "$work/bad_flush.so" tests/system/bad_flush.c -ldl
"$BIN/oneplan-demo" --seed 4 --inquiries 150 >"$work/year.ndjson"
ok "a town starts" new_town calm
ok "an import without disturbance" ctl calm import intake "$work/year.ndjson"
ok "reporting has everything" ctl calm wait
want=$(fingerprint calm)

ok "another town starts" new_town bad
stop_node bad intake
export BAD_FLUSH_FILE=$work/broken
(
	LD_PRELOAD=$work/bad_flush.so "$BIN/oneplan-intake" --config "$work/bad/intake/node.ini" >>"$work/bad/intake/log" 2>&1 </dev/null
	echo $? >"$work/code"
) &
intake=$!
slowly() { awk '{print} NR % 25 == 0 {fflush(); system("sleep 0.05")}' "$work/year.ndjson"; }
ctl bad import intake - < <(slowly) >"$work/import.log" 2>&1 &
import=$!
sleep 0.6
touch "$work/broken"
wait "$intake"
same "intake ends with 111 when a flush fails" "$(cat "$work/code")" 111
ok "and says why" grep -q '"ending at once' "$work/bad/intake/log"
rm "$work/broken"
start_node bad intake
wait "$import"
same "the import goes on and ends well" "$?" 0
ok "reporting has everything" ctl bad wait
same "state and figures equal the undisturbed run" "$(fingerprint bad)" "$want"
