#!/usr/bin/env bash
# Every queue of every node: its name, what a walk counts in it, and a verdict that follows a follower that stands still,
# is killed, and comes back.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

"$BIN/oneplan-demo" --seed 5 --inquiries 60 >"$work/year.ndjson"
ok "a town starts" new_town town
ok "inquiries are imported" ctl town import intake "$work/year.ndjson"
ok "and are everywhere" ctl town wait

rows() { ctl town --json queues "$@" 2>/dev/null; }
link() { rows --node intake | jq -r ".intake.queues[] | select(.queue == \"link/reporting\") | .$1"; }
until_is() { # verdict, tenths of a second
	local try
	for ((try = 0; try < $2; try++)); do
		[ "$(link verdict)" = "$1" ] && return
		sleep 0.1
	done
	echo "it is $(link verdict): $(link reason)" >&2
	return 1
}
turn_up() { # somebody turns to the entrance
	ctl town --json call intake receive_inquiry \
		"{\"channel\":\"phone\",\"asker\":\"citizen\",\"life_areas\":[\"housing\"],\"name\":\"$1\"}" --actor front_desk:anna
}

same "the queues of the entrance" "$(rows --node intake | jq -r '.intake.queues[].queue' | sort | tr '\n' ' ')" \
	"link/notification link/planning.employment link/planning.family link/planning.social link/reporting quarantine/planning.employment quarantine/planning.family quarantine/planning.social work/awaiting_talk work/items "
same "those of a department" "$(rows --node planning.family --kind work | jq -r '."planning.family".queues[].queue' | tr '\n' ' ')" \
	"work/answers work/commitments work/items "
same "those of notification" "$(rows --node notification | jq -r '.notification.queues[].queue | select(test("^(link|quarantine)/") | not)' | tr '\n' ' ')" \
	"outbox/email outbox/sms outbox/digital_post outbox/letter work/tasks "
same "names are unique in each node" "$(rows | jq '[.[] | .queues | map(.queue) | length - (unique | length)] | add')" 0

# what show_shape walks over is the second counter
ctl town --json shape >"$work/shape"
same "each depth is what a walk counts" \
	"$(jq -c '[.queues[] | [.node, .queue, .n]] | sort' "$work/shape")" \
	"$(rows | jq -c '[to_entries[] | .key as $n | .value.queues[] | select(.depth > 0) | [$n, .queue, .depth]] | sort')"
ok "and something waits" test "$(jq '[.queues[].n] | add' "$work/shape")" -gt 0
same "groups and classes add up" \
	"$(ctl town --json shape --by type --first 1d | jq -c '[.queues[] | [.node, .queue, ([.lines[].cells[].n] | add)]] | sort')" \
	"$(jq -c '[.queues[] | [.node, .queue, .n]] | sort' "$work/shape")"
ok "the latency of hops is known" test "$(link hops)" -gt 60
ok "and in order" test "$(link 'hop_p50_ms // 0')" -le "$(link 'hop_p99_ms // 0')"
# what came before the first sample is counted as there from the start
ok "one more turns up" turn_up Sofie
came() { for _ in $(seq 100); do [ "$(link came_1m)" -gt 0 ] && return; sleep 0.1; done; return 1; }
ok "what came in the last minute is known, too" came

ok "the link is well" until_is ok 100
reporting=$(pid_of town reporting)
kill -STOP "$reporting"
ok "somebody turns up" turn_up "Ane Prøve"
ok "a follower that stands still while something waits: stalled" until_is stalled 100
kill -CONT "$reporting"
ok "it goes on: well again" until_is ok 150

kill_node town reporting
ok "somebody else turns up" turn_up "Bo Prøve"
same "the depth is that of list_queues" "$(link depth)" \
	"$(ctl town --json call intake list_queues '{"follower":"reporting"}' | jq '.queues[0].depth')"
ok "a follower that is killed: stopped" until_is stopped 200
ctl town queues --only-bad >"$work/bad"
same "a node that does not answer: exit code 3" "$?" 3
ok "it is a line" grep -q '^STOPPED *reporting *(does not answer)' "$work/bad"
ok "so is the link" grep -q '^STOPPED *intake *link/reporting *[1-9]' "$work/bad"
ok "and why" grep -q '^STOPPED *intake link/reporting *nothing was heard of the follower for' "$work/bad"
ok "in 100 columns" test "$(wc -L <"$work/bad")" -le 100
ctl town queues --node intake --kind link >/dev/null
same "a queue that is not well: exit code 1" "$?" 1
start_node town reporting
ok "it is back: well again" until_is ok 200
ctl town queues --kind link >/dev/null
same "all links are well: exit code 0" "$?" 0
