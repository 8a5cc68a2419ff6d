#!/usr/bin/env bash
# Every command of oneplanctl's table keeps the promises of all: help, one JSON document, at most 100 characters a line,
# no colour in a pipe, and exit codes: 3 when the town cannot be reached, 2 for wrong usage.
# shellcheck source=tests/system/lib.sh disable=SC2154
. "$(dirname "$0")/lib.sh"

new_town town --archive || exit 1
id=01a2039e-6550-745d-863b-d0a9823eb08e
# What each command is called with; the exit code that a town which is up gives; what an unreachable one gives.
# `-` stands for: not called here (it changes keys or files, goes on for ever, or has a test of its own).
calls() {
	cat <<-END
		archive           0  3  archive list
		audit             0  3  intake show --citizen $id
		backup            0  3  intake $work/backup
		bury              1  3  notification outbox/email 1 --reason r --by b
		call              0  3  intake show_status {}
		completion        -  0  bash
		digest            0  3  intake
		drop              1  3  notification outbox/email 1 --reason r --by b
		erasures          0  3
		follow-anew       0  3  reporting intake --reason r --by b
		import            0  -  intake /dev/null
		journal           0  3  intake
		key make          -  -
		key revoke        -  -
		key rotate        -  -
		kick              1  3  notification outbox/email 1 --reason r --by b
		link check        -  -
		log               -  0  intake --since 1ms
		monitor           0  3  --count 1
		new-epoch         0  3  intake --reason r --by b
		pause             0  3  notification
		peek              0  3  intake quarantine/planning.family
		quarantine        0  3  intake
		queues            -  3
		replay            -  -
		report            0  3  R1
		restore           -  -
		resume            1  3  notification outbox/email --reason r --by b
		retry             1  3  notification outbox/email 1 --reason r --by b
		scrub             0  3  intake
		shape             -  3
		status            0  3
		top               2  2
		town add-peer     -  -
		town card         -  -
		town init         -  -
		town move         -  -
		town remove-peer  -  -
		trace             1  3  $id
		wait              0  3
	END
}
one_document() { jq -s -e 'length >= 1' "$1" >/dev/null 2>&1; }
wide() { awk 'length($0) > 100 { print FILENAME ": " $0 }' "$1" | head -n 2; }
problems=$work/problems
: >"$problems"
note() { echo "$*" >>"$problems"; }
none() { same "$1" "$(cat "$problems")" ""; : >"$problems"; }
run() { # town, file, arguments
	local town=$1 file=$2
	shift 2
	timeout 30 "$BIN/oneplanctl" --town "$work/$town" --timeout 5s "$@" >"$work/$file" 2>"$work/$file.err" </dev/null
}

table=$(calls | sed -E 's/^([a-z-]+( [a-z-]+)?) +.*/\1/' | sort)
known=$("$BIN/oneplanctl" completion bash | sed -n '/^_oneplanctl_arguments/,/^}/s/^\t'"'"'\(.*\)'"'"') echo .*/\1/p' | sort)
same "the table here has every command" "$table" "$known"

# ---- help ---------------------------------------------------------------------------------------

while read -r name; do
	read -ra words <<<"$name"
	run none help "${words[@]}" --help || note "$name --help ends with $?"
	grep -q "^oneplanctl $name: " "$work/help" || note "$name --help does not begin with its name"
	grep -q '^   3  ' "$work/help" || note "$name --help lists no exit codes"
	wide "$work/help" >>"$problems"
	run none help "${words[@]}" --no-such-option
	[ "$?" = 2 ] || note "$name --no-such-option does not end with 2"
	run none help "${words[@]}" --json --no-such-option
	one_document "$work/help" || note "$name --json with a wrong option is no document"
done <<<"$known"
none "help of every command, and of what is wrong with its options"

# ---- a town that is up ----------------------------------------------------------------------------

split_call() { # a line of calls: sets name, up, away, words
	local rest
	name=$(sed -E 's/^([a-z-]+( [a-z-]+)?)  .*/\1/' <<<"$1")
	read -r up away rest <<<"${1#"$name"}"
	read -ra words <<<"$name $rest"
}
while read -r line; do
	split_call "$line"
	[ "$up" != - ] || continue
	run town out "${words[@]}"
	code=$?
	[ "$code" = "$up" ] || note "$name ends with $code and not $up: $(head -n 1 "$work/out.err")"
	grep -q '^{' "$work/out" || wide "$work/out" >>"$problems" # a document for a pipe is one line
	! grep -q $'\e' "$work/out" || note "$name colours a pipe"
	[ "$name" != backup ] || rm -rf "$work/backup"
	run town out --json "${words[@]}"
	one_document "$work/out" || note "$name --json is no document: $(head -c 100 "$work/out")"
	! grep -q $'\e' "$work/out" || note "$name colours JSON"
done < <(calls)
none "a table of at most 100 characters and a document, with the right exit code"

# ---- one that cannot be reached ------------------------------------------------------------------

deploy/town.sh down "$work/town" >/dev/null
while read -r line; do
	split_call "$line"
	[ "$away" != - ] || continue
	(
		timeout 30 "$BIN/oneplanctl" --town "$work/town" --timeout 300ms --json "${words[@]}" >"$work/away.$name" 2>&1 </dev/null
		echo $? >"$work/away.$name.code"
	) &
	[ "$(jobs -rp | wc -l)" -lt 8 ] || wait -n
done < <(calls)
wait
while read -r line; do
	split_call "$line"
	[ "$away" != - ] || continue
	code=$(cat "$work/away.$name.code")
	[ "$code" = "$away" ] || note "$name ends with $code and not $away: $(head -n 1 "$work/away.$name")"
done < <(calls)
none "a town that cannot be reached ends with 3"
run nowhere out status
same "a town that is none ends with 2" "$?" 2
