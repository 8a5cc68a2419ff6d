#!/usr/bin/env bash
# make demo: a synthetic year of an entrance and three departments through real daemons on loopback, counted a second
# time; then a few live inquiries and one live plan. All of it lies in the town's directory; running it again changes
# nothing of the year and adds a little more of today.
set -euo pipefail
cd "$(dirname "$0")/.."
town=${1:-run} bin=${BIN:-build}
year=$town/year departments=(social employment family)
ctl=("$bin/oneplanctl" --town "$town")
whole=(--from 2016-09-09 --until 2017-09-08) # the year: what is added today is not in it

say() { printf '\n\033[1m== %s\033[0m\n' "$*" | if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then cat; else sed 's/\x1b\[[0-9;]*m//g'; fi; }

# One file into one node; tells what became of its lines in one line.
import() { # node, file
	local counts
	if ! counts=$("${ctl[@]}" --json import "$1" "$2" 2>"$2.log"); then
		cat "$2.log" >&2
		return 1
	fi
	jq -r --arg node "$1" '"  \($node): \(.lines) lines, \(.imported) imported, \(.already_there) already there, " +
		"\(.ms / 100 | floor / 10) s"' <<<"$counts"
}

# The files of a phase, each into its department, all at once.
import_phase() { # 1 or 2
	local department pid pids=() failed=0
	for department in "${departments[@]}"; do
		import "planning.$department" "$year/planning.$department.$1.ndjson" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
	[ "$failed" = 0 ] || { echo "the departments' part of the year was not imported" >&2; return 1; }
	"${ctl[@]}" wait
}

# The figures of a report's total as { column: number }.
figures() { # report
	"${ctl[@]}" --json report "$1" "${whole[@]}" | jq -c '[.columns[].name] as $names | .rows[-1].cells
		| to_entries | map({key: $names[.key], value: .value.value}) | from_entries'
}

# The seven numbers of the story from both sides must be the same.
compare() { # figures of R5
	local names='{inquiries, in_course, completed, ordinary_support, needed_before, assessed, back_within_12_months}'
	local got want
	got=$(jq -S "$names" <<<"$1")
	want=$(tests/system/count_year.sh "$year" | jq -S "$names")
	if [ "$got" = "$want" ]; then
		echo "the second counter agrees"
	else
		echo "the second counter does not agree (< the report, > counted from the files):" >&2
		diff <(echo "$got") <(echo "$want") >&2 || return 1
	fi
}

# ---- the year ----------------------------------------------------------------------------------

say "a town in $town/: keys, settings, daemons on loopback"
deploy/town.sh up "$town"

say "a synthetic first year: $year/"
"$bin/oneplan-demo" --seed 1 --out "$year"
echo "  $(cat "$year"/*.ndjson | wc -l) lines, flagged historical: nobody is told of them"
import intake "$year/inquiries.ndjson"
"${ctl[@]}" wait
echo "each department by itself"
import_phase 1
echo "what builds on another department: answers to proposals, and what came of them"
import_phase 2

say "the nodes and what waits between them"
"${ctl[@]}" status
"${ctl[@]}" queues

say "report R5: what the year came to"
"${ctl[@]}" report R5 "${whole[@]}"
effect=$(figures R5)
jq -r '"Of \(.inquiries) inquiries, \(.in_course) citizens came into a course. \(.completed) have completed theirs; " +
	"only \(.ordinary_support) of them went on to ordinary support, although \(.needed_before) would previously " +
	"have needed face-to-face support. \(.back_within_12_months) came back within 12 months."' <<<"$effect"
compare "$effect"
for report in R1 R2 R3 R4 R6 R7 R8 R9; do
	say "report $report"
	"${ctl[@]}" report "$report" "${whole[@]}"
done
for report in R1 R2 R3 R4 R5 R6 R7 R8 R9; do
	"${ctl[@]}" report "$report" "${whole[@]}" --svg >"$town/$report.svg"
done
"${ctl[@]}" report R5 "${whole[@]}" --svg --language da >"$town/R5.da.svg"
echo "as pictures: $town/R1.svg to $town/R9.svg, and in Danish $town/R5.da.svg"

# ---- today -------------------------------------------------------------------------------------

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

say "look around (the town keeps running; make down stops it)"
cat <<END
  $bin/oneplanctl --town $town report R5 --by department ${whole[*]}
                                                         the story, department by department
  $bin/oneplanctl --town $town report R5 --events --column ordinary_support ${whole[*]}
                                                         the events behind one figure
  $bin/oneplanctl --town $town report R2 --svg > r2.svg  a report as a picture
  $bin/oneplanctl --town $town call planning.social list_plan_work '{"limit":10}' --client portal --actor caseworker:ane/social
                                                         the list of work of a department
  $bin/oneplanctl --town $town call planning.social show_plan '{"plan":"$plan"}' --client portal --actor caseworker:ane/social
                                                         the plan from above
  $bin/oneplanctl --town $town trace REFERENCE           one inquiry from record to record
  $bin/oneplanctl --town $town journal intake --tail     the last records
  $bin/oneplanctl --town $town queues                    what waits for whom
  $bin/oneplanctl --town $town call intake --list        what can be said to the entrance
  $bin/oneplanctl --town $town call notification list_tasks '{}'   whom a person must tell, as no mail server is set
END
