#!/usr/bin/env bash
# The quarantine as an operator meets it: nothing lies there in a healthy town, what is wrong is refused with the
# exit codes that --help names, and neither a clean stop nor kill -9 sets anything aside.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

code() { # what, exit code, arguments
	local what=$1 want=$2
	shift 2
	ctl town "$@" >/dev/null 2>&1
	same "$what" "$?" "$want"
}

ok "a town starts" new_town town
inquiry='{"channel":"phone","asker":"citizen","life_areas":["housing"]}'
careful() { grep -c "the last stop was not clean" "$work/town/reporting/log"; }
for i in 1 2 3; do
	ctl town call intake receive_inquiry "$inquiry" >/dev/null
	kill_node town reporting
	ctl town call intake receive_inquiry "$inquiry" >/dev/null
	start_node town reporting
	for _ in $(seq 200); do # it must have got so far before it is killed again
		[ "$(careful)" -lt "$i" ] || break
		sleep 0.1
	done
done
same "a node that was killed is careful" "$(careful)" 3
stop_node town reporting
start_node town reporting
ok "everything arrives" ctl town wait
same "after a clean stop it is not" "$(careful)" 3
same "nothing is set aside" "$(ctl town --json quarantine reporting | jq '.records | length')" 0
same "nor dropped" "$(ctl town --json call reporting list_queues '{}' | jq '[.cursors[].dropped // 0] | add')" 0
why=(--reason x --by Ida)
code "a record that is not in quarantine" 1 retry reporting quarantine/intake 17 "${why[@]}"
code "nothing can be dropped that is not there" 1 drop reporting quarantine/intake 17 "${why[@]}"
code "nor is there anything to bury" 1 bury reporting quarantine/intake --all "${why[@]}"
code "a drop without a name" 2 drop reporting quarantine/intake 17 --reason x
code "a drop without a reason" 2 drop reporting quarantine/intake 17 --by Ida
code "neither items nor a filter" 2 retry reporting quarantine/intake "${why[@]}"
code "both" 2 retry reporting quarantine/intake 17 --all "${why[@]}"
code "a queue that is none" 1 peek reporting quarantine/nobody
code "a link is not mended" 1 drop intake link/reporting --all "${why[@]}"
code "an empty queue can be looked into" 0 peek reporting quarantine/intake
code "the portal may not look" 1 --client portal quarantine reporting
stop_node town reporting
code "a node that is down" 3 --timeout 1s quarantine reporting
