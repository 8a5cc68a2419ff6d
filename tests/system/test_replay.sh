#!/usr/bin/env bash
# Would rebuilding a node change anything? A shadow of each node, folded anew from the journals, is the same as the
# node: also after an erasure, after a drop out of quarantine, and from an older backup. The nodes are not touched.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

ok "a town starts" new_town town
"$BIN/oneplan-demo" --seed 3 --inquiries 60 >"$work/year.ndjson"
ok "with a small year" ctl town import intake "$work/year.ndjson"
ok "which everybody has" ctl town wait
through() { ctl town --json call reporting list_queues '{}' | jq '.cursors[] | select(.owner == "intake") | .through'; }
ok "an earlier backup of reporting" ctl town backup reporting "$work/earlier"
earlier=$(through)
citizen=$(ctl town --json journal intake --limit 0 | jq -r '[(.records[]? // .) | select(.type == "citizen_registered") | .entity][0]')
ok "a citizen is erased" ctl town --client portal call intake erase_citizen --actor manager:ida \
	"{\"citizen\":\"$citizen\",\"decided_by\":\"Ida Holm\",\"why\":\"asked for it\"}"
ok "everywhere" ctl town wait

queues() { ctl town --json call "$1" list_queues '{}' | jq -c '[.queues[]? | [.follower, .addressed, .delivered, .through]]'; }
for node in intake reporting notification planning.social; do
	before=$(queues intake)$(ctl town --json digest "$node")
	ctl town --json replay "$node" --into "$work/shadow.$node" >"$work/replayed" 2>"$work/log"
	same "$node: rebuilding it would change nothing" "$? $(jq -c '[.same, ([.trees[].equal] | add > 0)]' "$work/replayed")" "0 [true,true]"
	same "$node: every journal came whole" "$(jq -c '[.owners[] | select((.whole and .applied == .applied_before) | not) | .owner]' "$work/replayed")" "[]"
	same "$node: nobody was touched" "$(queues intake)$(ctl town --json digest "$node")" "$before"
done
same "a shadow of an earlier backup stops where that stopped" \
	"$(ctl town --json replay reporting --into "$work/shadow.earlier" --from "$work/earlier" | jq -c '[.same, .owners[0].through]')" "[true,$earlier]"
ok "which is not here" test "$earlier" -lt "$(through)"
ctl town replay reporting --into "$work/shadow.reporting" >/dev/null 2>&1
same "nothing is overwritten" "$?" 2
ctl town call reporting replay_journal '{"from":1}' >/dev/null 2>&1
same "only a follower may ask for a journal so" "$?" 1
stop_node town planning.family
ctl town --json replay reporting --into "$work/shadow.without" >"$work/replayed" 2>/dev/null
same "an owner that is away is told, and not compared" \
	"$? $(jq -c '[.owners[] | select(.whole | not) | .owner] + [[.trees[].part | select(startswith("replica/planning.family"))] | length]' "$work/replayed")" '3 ["planning.family",0]'
