#!/usr/bin/env bash
# make demo-today: a few people turn to the entrance of the demo's town now; one of them is talked to at once and gets a
# plan. They are counted beside the year from then on.
set -euo pipefail
cd "$(dirname "$0")/.."
town=${1:-run} bin=${BIN:-build}
ctl=("$bin/oneplanctl" --town "$town")

# shellcheck source=deploy/demo/say.sh
. deploy/demo/say.sh

deploy/town.sh up "$town"
say "today: what somebody gets back who turns to the entrance"
"$bin/oneplan-demo" --live 4 --seed "$(date +%s)" >"$town/live.ndjson"
citizen='' inquiry=''
while IFS= read -r line; do
	command=$(jq -r .command <<<"$line")
	if [ "$command" = receive_inquiry ]; then
		printf '\n%s asks by %s: %s\n' "$(jq -r .with.asker <<<"$line")" "$(jq -r .with.channel <<<"$line")" \
			"$(jq -r '.with.words // "(no words)"' <<<"$line")"
	fi
	reply=$("${ctl[@]}" --json call intake "$command" "$(jq -c .with <<<"$line")" --actor "$(jq -r '.by // "front_desk:desk-1"' <<<"$line")")
	[ "$command" = receive_inquiry ] || continue
	jq -r '"  reference \(.reference)\n  \(.why)"' <<<"$reply"
	if [ -z "$citizen" ]; then
		citizen=$(jq -r '.with.citizen // ""' <<<"$line") inquiry=$(jq -r .inquiry <<<"$reply")
	fi
done <"$town/live.ndjson"

say "one of them is talked to at once and wants a plan: what the department sees"
intake() { "${ctl[@]}" --json call intake "$1" "$2" --actor front_desk:desk-1 >/dev/null; }
at_social() { "${ctl[@]}" --json call planning.social "$1" "$2" --client portal --actor caseworker:ane/social; }
intake hold_first_talk "{\"inquiry\":\"$inquiry\"}"
intake close_inquiry "{\"inquiry\":\"$inquiry\",\"closing\":\"plan_opened\",\"referred_to\":\"social\"}"
"${ctl[@]}" wait >/dev/null
shown=$(at_social show_plan "{\"citizen\":\"$citizen\"}")
plan=$(jq -r .plan <<<"$shown")
changed=$(at_social state_goal "$(jq -c --arg plan "$plan" '{plan: $plan, words: "Jeg vil selv holde styr på ugens aftaler.",
	seen_version: (.parties[] | select(.department == "social") | .version), stated_by: "citizen",
	life_areas: ["everyday_life"], scale: {wanted: 8, start: 3, now: 3}}' <<<"$shown")")
at_social add_measure "$(jq -c '{plan, seen_version: .version, goals: [.id], kind: "coaching",
	what: "Ugentlig samtale ud fra det, der allerede virker."}' <<<"$changed")" >/dev/null
at_social show_plan "{\"citizen\":\"$citizen\"}" | jq '{plan, coordinator, name, goals, measures} | del(.. | nulls)'

say "look around"
cat <<END
  $bin/oneplanctl --town $town call planning.social show_plan '{"plan":"$plan"}' --client portal --actor caseworker:ane/social
                                                         the plan from above
  $bin/oneplanctl --town $town call notification list_tasks '{}'   whom a person must tell, as no mail server is set
  $bin/oneplanctl --town $town report R5                 the year and today
END
