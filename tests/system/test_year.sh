#!/usr/bin/env bash
# A whole year through real daemons: its reports say what a second counter counts from the files; a department that was
# away for all of it, or lines that come twice, change no figure; one outcome edited by hand changes the figures that
# it should.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

reports=(R1 R2 R3 R4 R5 R6 R7 R8 R9)
"$BIN/oneplan-demo" --seed 1 --out "$work/year"

# ---- what is compared --------------------------------------------------------------------------

count() { tests/system/count_year.sh "$1"; }

# { column: number } of a report's total.
figures() { # town, report
	ctl "$1" --json report "$2" | jq -c '[.columns[].name] as $names | .rows[-1].cells
		| to_entries | map({key: $names[.key], value: .value.value}) | from_entries'
}

effect='{inquiries, in_course, completed, ordinary_support, needed_before, assessed, back_within_12_months}'
sides='with_entries(select(.key | test("_(made|kept|kept_late|overdue|released|open)$")))'

# Every report as CSV, whole and by department, without the journals it was made from.
all_reports() { # town
	local report
	for report in "${reports[@]}"; do
		echo "$report"
		ctl "$1" report "$report" --csv | grep -v '^# Journals' || echo "failed"
		case $report in R[4-9])
			ctl "$1" report "$report" --by department --csv | grep -v '^# Journals' || echo "failed by department" ;;
		esac
	done
}

heads() { # town: how long each journal is
	local node
	for node in "${nodes[@]}"; do ctl "$1" --json call "$node" show_status '{}' | jq -c --arg node "$node" '[$node, .head]'; done
}

# ---- (a) a year, counted twice -----------------------------------------------------------------

counted=$(count "$work/year")
ok "a town starts" new_town first
ok "a year is imported, and no line of it is refused" import_year first "$work/year"
same "the story: 612 inquiries, 120 in a course, 57 completed, 4 to ordinary support, 30 needed more before" \
	"$(figures first R5 | jq -c '[.inquiries, .in_course, .completed, .ordinary_support, .needed_before]')" \
	"[612,120,57,4,30]"
same "R5 is what the second counter counts" "$(figures first R5 | jq -S "$effect")" "$(jq -S "$effect" <<<"$counted")"
same "R1 by channel is, too" "$(ctl first --json report R1 | jq -cS '[.rows[] | select(.section == "channel"
	and .cells[0].value > 0) | {key, value: .cells[0].value}] | from_entries')" "$(jq -cS .r1 <<<"$counted")"
same "R4: parts opened, completed, stopped" "$(figures first R4 | jq -cS '{opened, completed, stopped}')" \
	"$(jq -cS .r4 <<<"$counted")"
same "R7: what citizens answered about plans and goals" "$(figures first R7 | jq -cS '
	{agrees: {about_plans: .plan_agrees, about_goals: .goal_agrees},
	disagrees: {about_plans: .plan_disagrees, about_goals: .goal_disagrees},
	could_not_answer: {about_plans: .plan_could_not_answer, about_goals: .goal_could_not_answer}}')" \
	"$(jq -cS .r7 <<<"$counted")"
same "R8: proposals made, accepted, rejected, unanswered" "$(figures first R8 |
	jq -cS '{made: .proposals, accepted, rejected, unanswered}')" \
	"$(jq -cS .r8 <<<"$counted")"
same "R9: what both sides promised and kept" "$(figures first R9 | jq -S "$sides")" "$(jq -S '.r9 | [to_entries[]
	| .key as $side | .value | to_entries[] | {key: "\($side)_\(.key)", value}] | from_entries' <<<"$counted")"
same "all that was not answered is expired, and all that was due is not open" "$(figures first R8 |
	jq '.expired == .unanswered and .expired > 0') $(figures first R9 | jq '.municipality_overdue > 0 and .municipality_open == 0')" "true true"
ok "R8: departments got in each other's way" test "$(figures first R8 | jq .conflicts)" -ge 3
before=$(all_reports first)
same "every report can be asked for, whole and by department" "$(grep failed <<<"$before")" ""

# ---- (d) all of it again -----------------------------------------------------------------------

before_digests=$(digests first) before_heads=$(heads first)
ok "the year is imported again" import_year first "$work/year"
same "all of it was there already" "$(cat "$work"/first.*.json | jq -s -c '[(map(.imported) | add), (map(.refused) | add)]')" "[0,0]"
same "no figure changes" "$(all_reports first)" "$before"
same "no state changes" "$(digests first)" "$before_digests"
same "no journal grows" "$(heads first)" "$before_heads"

# ---- (b) a department is away for all of it ----------------------------------------------------

ok "another town starts" new_town away
stop_node away planning.employment
ok "the entrance's year is imported while a department is away" import away "$work/year" intake inquiries
ok "the others hear of it" ctl away wait --without planning.employment
ok "they go on" import_phase away "$work/year" 1 social family
ok "and hear of each other" ctl away wait --without planning.employment
for department in social family; do
	ok "$department goes on where it can" import away "$work/year" "planning.$department" "planning.$department.2" refused
done
ok "what asks for the other is refused" test "$(cat "$work"/away.planning.*.2.json | jq -s 'map(.refused) | add')" -gt 0
same "as not found, and for no other reason" "$(cat "$work"/away.planning.*.2.json |
	jq -s -c '[.[].refusals[]?.error] | unique')" '["not_found"]'
ok "and the rest is not" test "$(cat "$work"/away.planning.*.2.json | jq -s 'map(.imported) | add')" -gt 0
start_node away planning.employment
ok "it comes back and hears of everything" ctl away wait
ok "its own part of the year is imported" import_phase away "$work/year" 1 employment
ok "everybody hears of it" ctl away wait
ok "what builds on it is imported" import_phase away "$work/year" 2 "${departments[@]}"
ok "and everybody hears of that" ctl away wait
same "every figure is as if it had never been away" "$(all_reports away)" "$before"

# ---- (c) one outcome edited by hand ------------------------------------------------------------

# A part that alone is its citizen's course: its plan is in one file, and it made its citizen self-reliant.
cp -r "$work/year" "$work/edited.year"
file=$work/edited.year/planning.social.1.ndjson
alone=$(cat "$work"/year/planning.*.ndjson | jq -r 'select(.command == "propose_measure") | .with.plan' | sort -u)
line=$(jq -r 'select(.command == "close_part" and .with.outcome == "self_reliant") | "\(input_line_number) \(.with.plan)"' \
	"$file" | grep -vF "$alone" | head -n 1 | cut -d' ' -f1)
at=$(sed -n "${line}p" "$file" | jq -r .at)
sed -i "${line}s/\"outcome\":\"self_reliant\"/\"outcome\":\"ordinary_support\",\"paragraph\":\"SEL section 85 (2016)\"/" "$file"
events() { ctl "$1" --json report R5 --events --column ordinary_support | jq -c '.events[] | {node, type, occurred_at}' | sort; }
ok "one line differs" test "$(diff "$file" "$work/year/planning.social.1.ndjson" | grep -c '^<')" = 1
ok "a third town starts" new_town edited
ok "the edited year is imported" import_year edited "$work/edited.year"
same "five went on to ordinary support, all else as before" "$(figures edited R5 | jq -S "$effect")" \
	"$(figures first R5 | jq -S "$effect | .ordinary_support = 5")"
same "which the second counter sees as well" "$(figures edited R5 | jq -S "$effect")" \
	"$(count "$work/edited.year" | jq -S "$effect")"
same "the events behind the figure name the closing that was edited" \
	"$(comm -13 <(events first) <(events edited) | jq -c 'select(.type == "part_closed")')" \
	"{\"node\":\"planning.social\",\"type\":\"part_closed\",\"occurred_at\":\"$at\"}"
