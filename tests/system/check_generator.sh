#!/bin/bash
# Checks the generator of the synthetic year, whose path is the only argument, from outside: with jq
# and awk, and rules written down here a second time. Needs a directory for temporary files.
set -euo pipefail

demo=${1:?usage: check_generator.sh path/to/oneplan-demo}
counter=$(dirname "$0")/count_year.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail()
{
	echo "check_generator: $*" >&2
	exit 1
}

# Every line is an object of JSON by itself, with a command, a time and an actor.
check_lines()
{
	local good
	good=$(jq -R 'fromjson | select(type == "object" and (.command | type == "string")
		and (.at | type == "string" and endswith("Z")) and (.by | test("^[a-z_]+:[a-z0-9-]+(/[a-z]+)?$"))
		and (.with | type == "object")) | 1' "$1" | wc -l)
	[ "$good" = "$(wc -l <"$1")" ] || fail "$1: a line is not what it should be"
}

# Slots and commands as rows with tabs; times as seconds; "-" for what is absent.
rows()
{
	jq -r '.at as $at | def s: if . == null or . == "" then "-" else tostring end;
		def t: if . == null then "-" else fromdateiso8601 | tostring end;
		if .command == "publish_slots" then .with.slots[] |
			["slot", ($at | t), .slot, .desk, (.start | t), (.minutes | s), .mode,
				(.languages // [] | join(",") | s), (.competences // [] | join(",") | s),
				(.places | s)]
		else .with as $w | [.command, ($at | t), ($w.inquiry | s), ($w.slot | s),
			($w.citizen | s), ($w.asker | s), ($w.closing | s), ($w.referred_to | s),
			($w.held_at | t), ($w.prefers | s), ($w.language | s), ($w.interpreter | s),
			($w.life_areas // ["-"] | .[0]),
			([$w.citizen, $w.number, $w.name, $w.contact, $w.contact_at, $w.asker_name]
				| map(select(. != null)) | length | tostring)]
		end | @tsv' "$1"
}

# The entrance's own rules, line by line: states, places, who may be booked on what.
check_rules()
{
	rows "$1" | awk -F '\t' -v file="$1" '
	function bad(what) { print file ": line of " $3 ": " what; failed = 1; exit 1 }
	function has(list, word) { return index("," list ",", "," word ",") > 0 }
	function suits(i, s) {
		if (prefers[i] != "-" && prefers[i] != mode[s]) return 0
		if (competences[s] != "-" && !has(competences[s], area[i])) return 0
		if (interpreter[i] == "true") return 1
		if (languages[s] == "-") return language[i] == "-"
		return has(languages[s], language[i] == "-" ? "da" : language[i])
	}
	function take(i, s) {
		if (!(s in places)) bad("slot was not published")
		if (++booked[s] > places[s]) bad("slot is over its places")
		if (!suits(i, s)) bad("slot does not suit")
		if (start[s] <= $2) bad("slot has begun when it is booked")
		of[i] = s
	}
	function release(i) { booked[of[i]]--; delete of[i] }
	function expect(i, states) { if (!has(states, state[i])) bad("state is " state[i]) }
	$1 == "slot" {
		if ($3 in places) bad("slot is published twice")
		if ($5 <= $2) bad("slot is published after its start")
		if ($6 < 45 || $6 > 60) bad("length of slot")
		cell = $4 " " $5
		if (cell in cells) bad("two slots of a desk at one time")
		cells[cell]; start[$3] = $5; mode[$3] = $7; languages[$3] = $8
		competences[$3] = $9; places[$3] = $10
		next
	}
	$1 == "receive_inquiry" {
		if ($3 in state) bad("id is used twice")
		if ($6 == "anonymous" && $14 > 0) bad("anonymous with identity")
		if ($6 != "anonymous" && $5 == "-") bad("no citizen")
		if ($5 != "-" && ($5 in open)) bad("the citizen has an open inquiry")
		if ($5 != "-") open[$5]
		state[$3] = "received"; received[$3] = $2; citizen[$3] = $5; prefers[$3] = $10
		language[$3] = $11; interpreter[$3] = $12; area[$3] = $13
		next
	}
	$1 == "record_consent" {
		if (!($5 in planned)) bad("consent of somebody without a plan")
		next
	}
	!($3 in state) { bad("unknown inquiry") }
	$2 <= received[$3] { bad($1 " before it was received") }
	$1 == "book_first_talk" { expect($3, "received"); take($3, $4); state[$3] = "talk_booked" }
	$1 == "move_first_talk" {
		expect($3, "talk_booked")
		if ($4 == of[$3]) bad("moved to the same slot")
		old = of[$3]; take($3, $4); booked[old]--
	}
	$1 == "cancel_first_talk" { expect($3, "talk_booked"); release($3); state[$3] = "received" }
	$1 == "hold_first_talk" {
		expect($3, "received,talk_booked")
		if ($9 > $2 || $9 < received[$3]) bad("held at an impossible time")
		if (state[$3] == "talk_booked" && $9 < start[of[$3]]) bad("held before its slot")
		if (state[$3] == "talk_booked") {
			talks++; if ($9 > start[of[$3]] + 12 * 3600) late++
			else if ($9 != start[of[$3]]) bad("held beside its slot")
		}
		state[$3] = "talked"
	}
	$1 == "close_inquiry" {
		expect($3, "received,talk_booked,talked")
		if (($7 == "plan_opened" || $7 == "referred") && $8 == "-") bad("no referred_to")
		if ($7 == "plan_opened") {
			expect($3, "talked"); plans++
			if (!has("employment,family,social", $8)) bad("no such department")
			if ($5 in planned) bad("a second plan of a citizen")
			planned[$5]
		}
		if ($5 != citizen[$3]) bad("another citizen")
		delete open[$5]
		if (state[$3] == "talk_booked") release($3)
		state[$3] = "closed"; closed++
	}
	END {
		if (failed) exit 1
		n = length_of(state)
		if (plans < n * 0.16 || plans > n * 0.25) { print file ": plans " plans; exit 1 }
		if (n - closed < n * 0.01 || n - closed > n * 0.06) {
			print file ": open at the end " n - closed; exit 1
		}
		if (late > talks * 0.05) { print file ": late talks " late; exit 1 }
	}
	function length_of(array, i, n) { for (i in array) n++; return n }' >&2 ||
		fail "$1: a rule is broken"
}

# Of two lines with a common id the earlier one stays before the later one.
check_order()
{
	jq -r '[.with.inquiry, .with.citizen, .with.slot, (.with.slots // [] | .[].slot)]
		| map(select(. != null)) | join(" ")' "$2" | paste - "$2" | awk -F '\t' -v plain="$1" '
	BEGIN {
		while ((getline line < plain) > 0) {
			if (line in place) { print "two lines are the same"; failed = 1; exit 1 }
			place[line] = ++n
		}
	}
	!($2 in place) { print "a line is new"; failed = 1; exit 1 }
	{
		if (place[$2] != NR) moved++
		ids = split($1, id, " ")
		for (i = 1; i <= ids; i++) {
			if (place[$2] < last[id[i]]) { print "order of " id[i]; failed = 1; exit 1 }
			last[id[i]] = place[$2]
		}
	}
	END { if (failed || NR != n || moved < n * 0.9) exit 1 }' >&2 ||
		fail "$2: the order is not what it should be"
}

# No ordinary number passes modulus 11 or is of the first of January; none belongs to two citizens.
check_numbers()
{
	jq -r 'select(.with.number) | [.with.number, .with.citizen] | @tsv' "$1" | awk -F '\t' '
	function bad(what) { print what; failed = 1; exit 1 }
	{ numbers++ }
	($1 in owner) && owner[$1] != $2 { bad("a number of two citizens") }
	{ owner[$1] = $2 }
	$1 ~ /^[0-9][0-9][0-9][0-9][0-9][0-9][0-7][A-Z][A-Z][0-9]$/ { next }
	$1 !~ /^[0-9]+$/ || length($1) != 10 { bad("no number") }
	substr($1, 1, 4) == "0101" { bad("of the first of January") }
	{
		sum = 0
		for (i = 1; i <= 10; i++)
			sum += substr($1, i, 1) * substr("4327654321", i, 1)
		if (sum % 11 == 0)
			bad("passes modulus 11")
	}
	END { if (failed || numbers < 100) exit 1 }' >&2 || fail "$1: numbers"
}

# ---- a whole year ---------------------------------------------------------------------------

# What stands in the files of a year, in the order of an import, as rows with tabs: file, department,
# phase, command, time, plan, the id that the line makes, ids that it names, state, kind, who is asked.
case_rows()
{
	local file
	jq -r 'select(.with.closing == "plan_opened") | ["inquiries", .with.referred_to, 0, .command,
		(.at | fromdateiso8601), .with.plan, "-", "-", "-", "-", "-"] | @tsv' "$1/inquiries.ndjson"
	for file in "$1"/planning.*.1.ndjson "$1"/planning.*.2.ndjson; do
		jq -r --arg file "$(basename "$file" .ndjson)" '
			. as $line | {state_goal: "goal", add_step: "step", add_measure: "measure",
				make_commitment: "commitment", propose_measure: "proposal",
				book_appointment: "appointment", schedule_review: "review",
				answer_proposal: "measure"} as $makes
			| $line.command as $command | $line.with as $w
			| [$w.goal, $w.step, $w.measure, $w.commitment, $w.proposal, $w.appointment,
				$w.review, ($w.goals // [] | .[] | .goal? // .)]
				| map(select(. != null and . != $w[$makes[$command] // "-"])) as $named
			| [$file, ($file | split(".")[1]), ($file | split(".")[2]), $command, ($line.at | fromdateiso8601),
				$w.plan, ($w[$makes[$command] // "-"] // "-"),
				(if $named == [] then "-" else $named | join(",") end),
				($w.state // $w.answer // $w.outcome // "-"), ($w.kind // "-"), ($w.to // "-")] | @tsv' "$file"
	done
}

# Ids are made once; parts begin with a referral or a yes and end with their closing; lines .1 name
# what their own department made, lines .2 besides that what others made in .1; all in order of time. As many pairs
# as the story has give the same kind of help towards the same goal.
check_parts()
{
	case_rows "$1" | awk -F '\t' -v dir="$1" -v story="$2" '
	function bad(what) { print dir ": " $4 " in " $1 " of plan " $6 ": " what; failed = 1; exit 1 }
	function name(id) {
		if (!(id in made)) bad("names what is not there: " id)
		if (made[id] > $5) bad("comes before what it builds on")
		if (owner[id] == $2) return
		if ($3 == 1) bad("builds on another department")
		if (phase[id] != 1) bad("builds on what another department does in its second file")
	}
	function make(id) {
		if (id in made) bad("makes an id that is there already")
		made[id] = $5; owner[id] = $2; phase[id] = $3
	}
	function go(id, states) {
		if (index(" " states " ", " " at[id] ">" $9 " ") == 0) bad("goes from " at[id] " to " $9)
		at[id] = $9
	}
	BEGIN {
		goals = "proposed>accepted accepted>active active>completed active>cancelled"
		measures = "proposed>accepted accepted>scheduled accepted>in_progress accepted>cancelled " \
			"scheduled>in_progress in_progress>completed in_progress>stopped"
	}
	$5 < last[$1] { bad("is not in order of time") }
	{ last[$1] = $5; part = $2 " " $6 }
	$1 == "inquiries" {
		if ($6 in plans) bad("a plan is opened twice")
		plans[$6]; opened[part] = $5; next
	}
	!($6 in plans) { bad("of a plan that nobody opened") }
	$4 == "answer_proposal" && $9 == "accepted" && !(part in opened) { opened[part] = $5; joined++ }
	$4 == "answer_proposal" && $9 == "rejected" { name($8); rejected++; next }
	!(part in opened) { bad("the department has no part") }
	$5 < opened[part] { bad("comes before its part was opened") }
	part in closed { bad("comes after the part was closed") }
	$8 != "-" { n = split($8, ids, ","); for (i = 1; i <= n; i++) name(ids[i]) }
	$7 != "-" { make($7) }
	$4 == "state_goal" { at[$7] = "proposed" }
	$4 == "add_measure" { at[$7] = "proposed"; kinds[$10]++ }
	$4 == "answer_proposal" { at[$7] = "accepted" }
	$4 == "set_goal_state" { go($8, goals) }
	$4 == "set_measure_state" { go($8, measures) }
	$4 == "propose_measure" {
		if ($11 == $2) bad("asks itself")
		asked[$7] = $11; goal_of[$7] = $8; kind_of[$7] = $10
	}
	$4 == "answer_proposal" {
		if (asked[$8] != $2) bad("was not asked")
		if ((goal_of[$8] " " kind_of[$8]) in help) same++
	}
	$4 == "add_measure" && $3 == 1 { help[$8 " " $10] }
	$4 == "close_part" { closed[part] }
	END {
		if (failed) exit 1
		n = split("volunteer network training welfare_technology coaching ad_hoc", six, " ")
		for (i = 1; i <= n; i++)
			if (!(six[i] in kinds)) { print dir ": no " six[i]; exit 1 }
		for (kind in kinds) all++
		if (all != 6) { print dir ": " all " kinds of help"; exit 1 }
		if (same != story) { print dir ": same help " same + 0 " times"; exit 1 }
		if (joined < 15 || !rejected) { print dir ": " joined " yes, " rejected + 0 " no"; exit 1 }
	}' >&2 || fail "$1: a rule of parts is broken"
}

# The story, in the words of the second counter: 612, 120, 57, 4, 30.
check_story()
{
	local got
	got=$("$counter" "$1" | jq -c '[.inquiries, .in_course, .completed, .ordinary_support, .needed_before]')
	[ "$got" = "$2" ] || fail "$1: the five numbers are $got"
}

# Nothing that people say or write down about each other looks like a number or an address.
check_words()
{
	local found
	found=$(jq -r '.with | [.words, .what, .note, .result, .reason, .purpose, (.goals // [] | .[] | .words?)]
		| .[] | select(. != null)' "$1"/planning.*.ndjson | grep -cE '[0-9]{4}|@' || true)
	[ "$found" = 0 ] || fail "$1: words with a number or an address"
	found=$(jq -r '(input_filename | capture("planning[.](?<d>[a-z]+)[.][12][.]ndjson$").d) as $department
		| .by | select(test("^caseworker:[a-z]+/" + $department + "$") | not)' "$1"/planning.*.ndjson | wc -l)
	[ "$found" = 0 ] || fail "$1: a line by somebody of another department"
}

check_year()
{
	local file
	for file in "$1"/*.ndjson; do check_lines "$file"; done
	check_parts "$1" "$3"
	check_story "$1" "$2"
	check_words "$1"
}

check_live()
{
	"$demo" --live 5 --seed 3 --from 2026-11-20 >"$dir/live"
	[ "$(jq -c 'select(.command == "receive_inquiry")' "$dir/live" | wc -l)" = 5 ] ||
		fail "live: not 5 inquiries"
	jq -e -n '[inputs] | all(has("at") | not) and ([.[].with.slots // [] | .[].start]
		| length > 5 and all(. > "2026-11-21"))' "$dir/live" >"$dir/answer" ||
		fail "live: times"
}

"$demo" >"$dir/year"
"$demo" --seed 1 --inquiries 612 --from 2016-09-09 --until 2017-09-08 | cmp - "$dir/year" ||
	fail "the same arguments give other bytes"
"$demo" --seed 2 >"$dir/other"
! cmp -s "$dir/year" "$dir/other" || fail "another seed gives the same bytes"
[ "$(jq -c 'select(.command == "receive_inquiry")' "$dir/year" | wc -l)" = 612 ] ||
	fail "not 612 inquiries"
jq -r .at "$dir/year" | LC_ALL=C sort -c || fail "times are not sorted"

"$demo" --shuffle 7 >"$dir/shuffled"
"$demo" --shuffle 7 | cmp - "$dir/shuffled" || fail "the same shuffle gives other bytes"
LC_ALL=C sort "$dir/year" >"$dir/a"
LC_ALL=C sort "$dir/shuffled" | cmp - "$dir/a" || fail "the shuffle has other lines"
check_order "$dir/year" "$dir/shuffled"

for file in year other shuffled; do
	check_lines "$dir/$file"
	check_rules "$dir/$file"
	check_numbers "$dir/$file"
done
check_live

"$demo" --out "$dir/whole"
cmp "$dir/whole/inquiries.ndjson" "$dir/year" || fail "the entrance differs with --out"
"$demo" --seed 1 --inquiries 612 --out "$dir/again"
diff -r "$dir/whole" "$dir/again" >&2 || fail "the same arguments give other files"
"$demo" --seed 2 --out "$dir/elsewhere"
for file in "$dir"/whole/*; do
	! cmp -s "$file" "$dir/elsewhere/$(basename "$file")" || fail "another seed gives the same $file"
done
"$demo" --inquiries 1224 --out "$dir/double"
check_year "$dir/whole" "[612,120,57,4,30]" 2
check_year "$dir/elsewhere" "[612,120,57,4,30]" 2
check_year "$dir/double" "[1224,240,114,8,60]" 4
for arguments in "--inquiries 0" "--from 2016-13-01" "--seed x" "--until 2016-01-01" "more" \
	"--out $dir/x --live 3" "--out $dir/x --inquiries 50001" "--out $dir/year/x"; do
	# shellcheck disable=SC2086 # they are several words
	! "$demo" $arguments >"$dir/answer" 2>&1 || fail "$arguments is accepted"
done
echo "check_generator: ok"
