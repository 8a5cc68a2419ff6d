#!/usr/bin/env bash
# The family's demo, once in peace and once while one daemon after the other is killed with -9: it ends well both times,
# tells the same, and each mail was sent once or is marked uncertain.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

nodes=(intake planning.employment planning.family planning.social notification reporting)

play() { # name
	PORT=$(free_base_port) deploy/demo-family.sh "$work/$1" >"$work/$1.out" 2>"$work/$1.err"
}
storm() { # name: until the demo is over
	local node
	while kill -0 "$2" 2>/dev/null; do
		sleep "0.$((RANDOM % 6 + 3))"
		node=${nodes[RANDOM % 6]}
		if [ -e "$work/$1/$node/down" ] || ! [ -e "/proc/$(pid_of "$1" "$node" 2>/dev/null || echo none)/exe" ]; then continue; fi
		kill_node "$1" "$node"
		start_node "$1" "$node"
		echo "$node" >>"$work/kills"
	done
}
story() { sed '/^== the mails/,$d; s/town in .*: six/town: six/; s/[0-9][0-9]:[0-9][0-9]/HH:MM/g' "$work/$1.out"; }
sent() { jq -r '"\(.to[0]) \(.subject | sub("[0-9A-Z]{4}-[0-9A-Z]{4}"; "REFERENCE"))"' "$work/$1/mails.ndjson" | sort; }

ok "a family's demo ends well" play calm
play stormy &
demo=$!
storm stormy "$demo"
wait "$demo"
same "and when daemons are killed meanwhile ($(wc -l <"$work/kills") times)" "$?" 0
ok "which happened often enough" test "$(wc -l <"$work/kills")" -ge 8
same "both tell the same" "$(story stormy)" "$(story calm)"
same "no mail was sent twice" "$(jq -r .id "$work/stormy/mails.ndjson" | sort | uniq -d)" ""

deploy/town.sh up "$work/stormy"
uncertain=$(ctl stormy --json call notification list_outbox '{"state":"uncertain"}' | jq '.messages // [] | length')
extra=$(comm -13 <(sent calm) <(sent stormy))
lost=$(comm -23 <(sent calm) <(sent stormy) | wc -l)
same "no mail was sent that is not sent in peace" "$extra" ""
if [ "$lost" -gt "$uncertain" ]; then # what became of it
	comm -23 <(sent calm) <(sent stormy)
	ctl stormy --json call notification list_outbox '{"state":"dropped"}' | jq -c '.messages[]? | [.occasion, .why]'
fi
ok "what is missing of $(sent calm | wc -l) mails ($lost) is marked uncertain ($uncertain)" test "$lost" -le "$uncertain"

view() { grep -A60 "^== $1" "$work/calm.out"; }
ok "before the consent nobody sees a conflict" test "$(view "Maja's plan, as each" | sed '/^== social/,$d' | grep -c "way")" = 0
for kind in overlap hours same_help silence; do
	ok "the one plan brings out: $kind" grep -q "^$kind" "$work/calm.out"
done
ok "the dissent stays" test "$(view 'Noah (16)' | sed '/^== they talk/,$d' | grep -c 'disagrees')" -ge 2
ok "coordination has moved" grep -q "family (coordinates, term 2)" "$work/calm.out"
ok "there is a ledger" grep -q "on consent to one plan" "$work/calm.out"
ok "there are mails" test "$(sent calm | wc -l)" -ge 8
