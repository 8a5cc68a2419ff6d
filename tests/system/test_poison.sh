#!/usr/bin/env bash
# Records that a node cannot apply, and one that crashes it: set aside, with what waits behind them; retried once the
# cause is mended, or dropped by name; and everything else flows on.
set -uo pipefail
export BIN=build
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

export BAD_DECODE=$work/poison
ok "a town starts" new_town town

inquire() { ctl town --json call intake receive_inquiry '{"channel":"phone","asker":"citizen","life_areas":["housing"]}'; }
close() { ctl town call intake close_inquiry "{\"inquiry\":\"$1\",\"closing\":\"withdrawn\"}" >/dev/null; }
start_reporting() {
	setsid build/poisoned/oneplan-reporting --config "$work/town/reporting/node.ini" \
		>>"$work/town/reporting/log" 2>&1 </dev/null &
	echo $! >"$work/town/reporting/pid"
}
aside() { ctl town --json quarantine reporting | jq "$1"; }
mend() { ctl town --json "$1" reporting quarantine/intake "${@:2}" --by Ida --reason 'cannot be mended'; } # verb, items
peek() { ctl town --json peek reporting quarantine/intake "$@"; }
cursor() { ctl town --json call reporting list_queues '{}' | jq -c '.cursors[] | select(.owner == "intake") | del(.time)'; }
head_of() { ctl town --json status | jq '.[] | select(.status.node == "reporting") | .status.head'; }
queue() { ctl town --json call intake list_queues '{"follower":"reporting"}' | jq ".queues[0].$1 // 0"; }
# one poisonous inquiry, which is closed, and a good one; what is poisonous is told to reporting before it meets it
poison() { # [!]
	stop_node town reporting
	receipt=$(inquire)
	inquiry=$(jq -r .inquiry <<<"$receipt")
	jq -r ".reference + \"${1:-}\"" <<<"$receipt" >"$BAD_DECODE"
	close "$inquiry"
	inquire >/dev/null
}

poison
start_reporting
ok "everything else flows on" ctl town wait
ok "the inquiry is set aside, and its end behind it" test "$(aside '.records | length')" -ge 2
first=$(aside '.records[0].seq')
same "by entity" "$(aside '[.records[].entity] | unique')" "[
  \"$inquiry\"
]"
same "all others wait behind the first" "$(aside '[.records[1:][].waits_behind] | unique | .[]')" "$first"
same "status counts them" "$(ctl town --json status | jq '[.[] | .lags // [] | .[] | .quarantined] | add')" "$(aside '.records | length')"
same "intake knows" "$(queue quarantined)" "$(aside '.records | length')"
mend retry "$first" >/dev/null
same "a retry of what is still poisonous applies nothing and says so" "$?" 1

peek --fields >"$work/peeked"
same "peek shows them in order" "$(jq -r '.items[].item' "$work/peeked" | xargs)" "$(aside '.records[].seq' | xargs)"
same "which wait behind which" "$(jq -r '[.items[].state] | unique | join(" ")' "$work/peeked")" "behind waiting"
ok "and what they say, as far as it can be read" jq -e 'any(.items[1:][]; .fields != null)' "$work/peeked"
same "the audit log knows who looked" "$(ctl town --json call reporting list_peeks '{}' --actor auditor:kim | jq -r '.peeks[-1] | .actor.id + " " + .queue')" "operator quarantine/intake"
ok "and is whole" ctl town audit reporting verify
before=$(cursor) head=$(head_of)
dry=$(mend bury "$first" --dry-run | jq -c 'del(.dry_run)')
same "a dry run writes nothing" "$(cursor) $(head_of)" "$before $head"
same "and says what the real run then does" "$(mend bury "$first" | jq -c .)" "$dry"
same "what is buried is counted, and stays in quarantine" "$(cursor | jq -r '"\(.buried) \(.quarantined)"')" "1 $(aside '.records | length')"
mend retry --all >/dev/null
same "it is not tried, nor is what waits behind it" "$(mend retry "$first" | jq -r '.items[0].why') $(aside '.records | length')" "is buried: kick it first $(jq '.items | length' "$work/peeked")"
kill_node town reporting
start_reporting
ok "it comes back" ctl town wait
same "buried still, after kill -9" "$(peek --state buried | jq -r '.items[].item')" "$first"
same "kicked, by filter" "$(mend kick --all | jq -c '[.done, .items[0].item]')" "[1,\"$first\"]"
same "the journal knows every verb" "$(ctl town --json journal reporting --limit 0 --fields | jq -r '(.records[]? // .) | select(.type == "items_mended") | .fields | fromjson | .verb + " " + .by' | xargs)" "bury Ida kick Ida"
rm "$BAD_DECODE"
dry=$(mend retry --entity "$inquiry" --dry-run | jq -c 'del(.dry_run)')
same "a dry run applies nothing" "$(aside '.records | length')" "$(jq '.items | length' "$work/peeked")"
same "once mended, a retry applies all, as the dry run said" "$(mend retry --entity "$inquiry" | jq -c .)" "$dry"
same "nobody is refused" "$(jq .refused <<<"$dry")" 0
same "nothing is left" "$(aside '.records | length')" 0
sleep 0.5
same "and intake knows" "$(queue quarantined)" 0
same "the report counts the inquiries" "$(ctl town --json call reporting show_report '{"report":"r1"}' | jq '[.rows[] | select(.section == null)][0].cells[0].value')" 2

poison
start_reporting
ok "another one" ctl town wait
first=$(aside '.records[0].seq')
n=$(aside '.records | length')
ok "it is dropped" mend drop "$first"
same "and what waits behind it is not" "$(aside '.records | length')" "$((n - 1))"
same "the journal knows who did it" "$(ctl town --json journal reporting --fields | jq -r '.records[]? // . | select(.type == "record_dropped") | .fields | fromjson | .by')" Ida
sleep 0.5
same "intake knows" "$(queue dropped)" 1
rm "$BAD_DECODE"

poison !
crashes=0
for _ in 1 2 3 4 5 6 7 8; do
	start_reporting
	pid=$(pid_of town reporting)
	for _ in $(seq 40); do
		[ -e "/proc/$pid/exe" ] || break
		sleep 0.05
	done
	[ -e "/proc/$pid/exe" ] && break
	crashes=$((crashes + 1))
done
same "it crashed once unaware and three times behind its mark" "$crashes" 4
ok "then it lives, and everything else flows on" ctl town wait
same "the culprit is known" "$(aside "[.records[] | select(.why == \"crashed the process 3 times\") | .entity] | .[]")" "\"$inquiry\""
