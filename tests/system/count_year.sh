#!/bin/bash
# Counts a year from its input files alone, by the definitions of the reports R1, R4, R5, R7, R8 and R9 written down here
# a second time: no daemon, no generator, no code of either. Prints one object of JSON.
#
#   count_year.sh DIR     inquiries.ndjson and planning.<department>.<1|2>.ndjson
#
# A person is the citizen's number where any inquiry gives it, otherwise the citizen's id. A part is one department in
# one plan: opened by an inquiry that is closed with plan_opened, or by accepting a proposal where there was none.
set -euo pipefail
dir=${1:?usage: count_year.sh DIR}

# Every line with the department whose file it stands in.
jq -c '. + {department: (input_filename | capture("planning[.](?<d>[a-z_]+)[.][0-9]+[.]ndjson$").d? // null)}' \
	"$dir"/inquiries.ndjson "$dir"/planning.*.ndjson | jq -s '
def of($command): map(select(.command == $command));
def count_by(f): group_by(f) | map({key: (.[0] | f), value: length}) | from_entries;
# the same day and hour of the next year
def year_later: (.[0:4] | tonumber + 1 | tostring) + .[4:];

. as $lines
| ($lines | of("receive_inquiry")) as $received
| ($received | map(select(.with.number) | {key: .with.citizen, value: .with.number}) | from_entries) as $numbers
| def person: $numbers[.] // .;
  ($received | map({key: .with.inquiry, value: .with.citizen}) | from_entries) as $citizen_of
| ($lines | of("close_inquiry") | map(select(.with.closing == "plan_opened"))) as $referred
| ($referred | map({key: .with.plan, value: ($citizen_of[.with.inquiry] | person)}) | from_entries) as $person_of
| ($lines | of("answer_proposal")) as $answers
| ($answers | map(select(.with.answer == "accepted"))) as $accepted
| (($referred | map({plan: .with.plan, department: .with.referred_to}))
	+ ($accepted | map({plan: .with.plan, department})) | unique) as $opened
| ($lines | of("close_part") | map({key: (.with.plan + " " + .department),
	value: {at, outcome: .with.outcome}}) | from_entries) as $closed
| def completed: IN("self_reliant", "less_support", "ordinary_support", "more_support");
  def stopped: IN("moved", "stopped_by_citizen", "died");
  ($opened | map(. + {person: $person_of[.plan], closed: $closed[.plan + " " + .department]})) as $parts
| ($parts | group_by(.person) | map(select(all(.[]; .closed) and any(.[]; .closed.outcome | completed))
	| {person: .[0].person, at: (map(.closed.at) | max),
	   last: (map(select(.closed.outcome | completed)) | max_by(.closed.at) | .closed.outcome)})) as $done
| ($lines | of("set_expected_support") | map({person: $person_of[.with.plan], expected: .with.expected})) as $assessed
| def has_been($persons): .person as $person | $persons | index($person) != null;
  ($assessed | map(.person) | unique) as $all_assessed
| ($assessed | map(select(.expected | IN("face_to_face", "residential")) | .person) | unique) as $all_needed
| ($lines | of("make_commitment") | map({key: .with.commitment, value: {by: .with.by, due: .with.due}})
	| from_entries) as $made
| ($lines | of("keep_commitment") | map($made[.with.commitment] + {at})) as $kept
| ($lines | map(select(.command | IN("keep_commitment", "release_commitment")) | {key: .with.commitment, value: true})
	| from_entries) as $ended
# the journals are written while a year is imported: what was due before is overdue, though no event says so
| (now | todate) as $now
| def unended($side): $made | to_entries | map(select(.value.by == $side and ($ended[.key] | not)) | .value);
  def side($side): {made: ($made | map(select(.by == $side)) | length),
	kept: ($kept | map(select(.by == $side and .at <= .due)) | length),
	kept_late: ($kept | map(select(.by == $side and .at > .due)) | length),
	released: ($lines | of("release_commitment") | map($made[.with.commitment] | select(.by == $side)) | length),
	overdue: (unended($side) | map(select(.due < $now)) | length),
	open: (unended($side) | map(select(.due >= $now)) | length)};
  def said($says): {about_plans: ($lines | of("answer_plan") | map(select(.with.says == $says)) | length),
	about_goals: ($lines | of("answer_plan") | map(.with.goals // [] | .[] | select(.says == $says)) | length)};
{
	inquiries: ($received | length),
	in_course: ($parts | map(.person) | unique | length),
	completed: ($done | length),
	ordinary_support: ($done | map(select(.last == "ordinary_support")) | length),
	needed_before: ($done | map(select(has_been($all_needed))) | length),
	assessed: ($done | map(select(has_been($all_assessed))) | length),
	back_within_12_months: ($done | map(. as $one | select(any($received[];
		(.with.citizen // "" | person) == $one.person and .at > $one.at and .at <= ($one.at | year_later))))
		| length),
	r1: ($received | count_by(.with.channel)),
	r4: {opened: ($parts | length), completed: ($parts | map(select(.closed.outcome | completed)) | length),
		stopped: ($parts | map(select(.closed.outcome | stopped)) | length)},
	r7: {agrees: said("agrees"), disagrees: said("disagrees"), could_not_answer: said("could_not_answer")},
	r8: {unanswered: ($lines | of("propose_measure") | map(.with.proposal) - ($lines
		| map(select(.command | IN("answer_proposal", "withdraw_proposal")) | .with.proposal)) | length),
		made: ($lines | of("propose_measure") | length), accepted: ($accepted | length),
		rejected: ($answers | map(select(.with.answer == "rejected")) | length)},
	r9: {citizen: side("citizen"), municipality: side("municipality")}
}'
