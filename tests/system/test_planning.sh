#!/usr/bin/env bash
# A town of all daemons: an inquiry becomes a plan at a department, a second one joins, what a consent lets see is
# seen; one department is killed in between and misses nothing.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

ok "a town starts" new_town town

intake() { ctl town --json call intake "$@" --actor front_desk:ida; }
at() { # department, command, JSON
	ctl town --json call "planning.$1" "$2" "$3" --client portal --actor "caseworker:kaj/$1"
}
seen() { at "$1" show_plan "{\"plan\":\"$plan\"}" | jq "[.parties[] | select(.department == \"$1\")][0].version"; }
change() { # department, command, the rest of the JSON
	at "$1" "$2" "{\"plan\":\"$plan\",\"seen_version\":$(seen "$1")$3}"
}
refer() { # department: prints the plan
	local inquiry
	inquiry=$(intake receive_inquiry '{"channel":"walk_in","asker":"citizen","number":"2211660000",
		"name":"Anna Prøve","life_areas":["housing","work"],"first_sign":"I sleep at night"}' | jq -r .inquiry)
	intake hold_first_talk "{\"inquiry\":\"$inquiry\"}" >/dev/null &&
		intake close_inquiry "{\"inquiry\":\"$inquiry\",\"closing\":\"plan_opened\",\"referred_to\":\"$1\"}" >/dev/null
}
first_plan() { at "$1" list_plans '{}' | jq -r '.plans[0].plan'; }

ok "an inquiry leads to a plan at employment" refer employment
ok "every follower has everything" ctl town wait
plan=$(first_plan employment)
shown=$(at employment show_plan "{\"plan\":\"$plan\"}")
same "employment coordinates" "$(jq -r .coordinator <<<"$shown")" employment
same "and knows whose plan it is" "$(jq -r '.name + " " + .number + " " + .first_sign' <<<"$shown")" \
	"Anna Prøve 2211660000 I sleep at night"
goal=$(change employment state_goal ',"words":"my own home","stated_by":"citizen","life_areas":["housing"]' | jq -r .id)
ok "a measure serves the goal" change employment add_measure ",\"goals\":[\"$goal\"],\"kind\":\"coaching\",\"what\":\"a talk a week\""
ok "a commitment is made" change employment make_commitment ",\"by\":\"municipality\",\"what\":\"call the landlord\",\"due\":\"2199-01-01T00:00:00Z\""
ok "it is on the list of work" test "$(at employment list_plan_work '{}' | jq "[.work[] | select(.kind == \"commitment\")] | length")" = 1
ok "and so is that nobody is responsible yet" test "$(at employment list_plan_work '{}' | jq "[.work[] | select(.kind == \"worker\")] | length")" = 1
ok "another department's people may not" test "$(ctl town --json call planning.employment show_plan "{\"plan\":\"$plan\"}" \
	--client portal --actor caseworker:kaj/family 2>&1 | grep -c denied)" -gt 0

# family is killed while it is referred to and consent is given
kill_node town planning.family
ok "family is referred to while it is down" refer family
citizen=$(jq -r .citizen <<<"$shown")
consent=$(intake record_consent "{\"citizen\":\"$citizen\",\"given_by\":\"self\",\"from\":[\"employment\",\"family\"],
	\"to\":[\"employment\",\"family\"],\"purpose\":\"one plan\"}" | jq -r .id)
ok "employment goes on" change employment set_goal_state ",\"goal\":\"$goal\",\"state\":\"accepted\""
start_node town planning.family
ok "every follower has everything again" ctl town wait
same "family takes part in the same plan" "$(first_plan family)" "$plan"
view() { at "$1" show_plan "{\"plan\":\"$plan\"}" | jq -S '{coordinator, goals, measures, commitments,
	parties: [.parties[] | {department, version, term}]}'; }
same "both see the one plan" "$(view family)" "$(view employment)"
same "with the goal as it stands" "$(view family | jq -r '.goals[0].goal | .words + " " + .state')" "my own home accepted"

kill_node town planning.family
start_node town planning.family
ok "a goal is stated after another kill" test "$(change family state_goal \
	',"words":"more calm","stated_by":"citizen","life_areas":["family_and_children"]' | jq -r .version)" -gt 1
ok "it reaches employment" ctl town wait
same "both see both goals" "$(view family | jq '.goals | length')$(view employment | jq '.goals | length')" 22

ok "the consent is withdrawn at the entrance" intake withdraw_consent "{\"consent\":\"$consent\"}"
ok "everybody hears of it" ctl town wait
same "each sees its own again" "$(view family | jq '.goals | length')$(view employment | jq '.goals | length')" 11
same "social never had anything" "$(at social list_plans '{}' | jq '.plans | length')" 0
own() { ctl town --json digest "$1" | jq -c '[.parts[] | select(.part | startswith("own"))]'; }
before=$(own planning.employment)
stop_node town planning.employment
start_node town planning.employment
ok "it comes up again" ctl town wait
same "and its state is as it was" "$(own planning.employment)" "$before"
