#!/usr/bin/env bash
# Reporting is down for the whole import: intake goes on, the queue shows the exact depth and age, and it drains.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

"$BIN/oneplan-demo" --seed 2 --inquiries 150 >"$work/year.ndjson"
ok "a town starts" new_town town
stop_node town reporting
ok "intake imports while reporting is down" ctl town import intake "$work/year.ndjson"

queue() { ctl town --json call intake list_queues '{"follower":"reporting"}' | jq ".queues[0].$1"; }
# the second counter: records of the journal that name reporting in their audience
walked=0 from=1
while [ "$from" != 0 ]; do
	page=$(ctl town --json --client operator call intake read_journal "{\"from\":$from,\"limit\":200}")
	walked=$((walked + $(jq '[.records[] | select((.audience // []) | index("reporting"))] | length' <<<"$page")))
	from=$(jq '.next // 0' <<<"$page")
done
same "depth is what a walk of the journal counts" "$(queue depth)" "$walked"
ok "and it is not nothing" test "$walked" -gt 300
first=$(queue age_ms)
sleep 1.2
ok "the age of the oldest grows by the second" test "$(($(queue age_ms) - first))" -ge 1000

start_node town reporting
ok "it drains" ctl town wait
same "depth is 0" "$(queue depth)" 0
same "everything addressed was delivered" "$(queue delivered)" "$walked"
