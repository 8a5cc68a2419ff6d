#!/bin/bash
# Checks the generator of the synthetic year, whose path is the only argument, from outside: with jq
# and awk, and rules written down here a second time. Needs a directory for temporary files.
set -euo pipefail

demo=${1:?usage: check_generator.sh path/to/oneplan-demo}
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
		and (.at | type == "string" and endswith("Z")) and (.by | test("^[a-z_]+:[a-z0-9-]+$"))
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
for arguments in "--inquiries 0" "--from 2016-13-01" "--seed x" "--until 2016-01-01" "more"; do
	# shellcheck disable=SC2086 # they are several words
	! "$demo" $arguments >"$dir/answer" 2>&1 || fail "$arguments is accepted"
done
echo "check_generator: ok"
