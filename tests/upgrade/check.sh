#!/usr/bin/env bash
# make upgrade-check: this version and the next one in one town. The next one is this tree with tests/upgrade/next.patch:
# an event and a command more, a field more in an event, a setting more. Followers first, as deploy/HANDBOOK.md says; owner
# first, as it should not be; back to this version on files that the next one wrote, and on again.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
NEXT=$PWD/build/upgrade/next

build_next() {
	rm -rf "$NEXT" && mkdir -p "$NEXT/build" || return 1
	git ls-files -z -- Makefile common proto services deploy tests | xargs -0 cp -a --parents -t "$NEXT"
	[ ! -d build/r ] || cp -a build/r "$NEXT/build/r"
	(cd "$NEXT" && GIT_CEILING_DIRECTORIES=$PWD/.. git apply -C1 tests/upgrade/next.patch) || return 1
	make --no-print-directory -C "$NEXT" programs >"$NEXT/log" 2>&1 && return
	tail -n 5 "$NEXT/log"
	return 1
}
build_next || { echo "not ok - the next version is built"; exit 1; }

export BIN=$PWD/build
# shellcheck source=tests/system/lib.sh
. tests/system/lib.sh
trap finish EXIT

this() { BIN=$PWD/build "$@"; }
next() { BIN=$NEXT/build "$@"; }

replace() { # this|next, nodes: stopped and started again with the programs of that version
	local version=$1 node
	shift
	for node in "$@"; do
		stop_node t "$node"
		"$version" start_node t "$node"
	done
	until_up
}
until_up() {
	for _ in $(seq 100); do
		ctl t --timeout 1s status >/dev/null 2>&1
		[ $? -gt 1 ] || return 0
		sleep 0.1
	done
	return 1
}

inquire() { # prints the inquiry's id
	ctl t --json call intake receive_inquiry '{"channel":"phone","asker":"citizen","life_areas":["housing"]}' |
		jq -r .inquiry
}
set_language() { # inquiry, language
	next ctl t call intake set_inquiry_language "{\"inquiry\":\"$1\",\"language\":\"$2\"}"
}
language_of() { ctl t --json call intake show_inquiry "{\"inquiry\":\"$1\"}" --why test | jq -r .inquiry.language; }
hold() { # the first talk, now
	ctl t call intake hold_first_talk "{\"inquiry\":\"$1\",\"mode\":\"venue\"}"
}
aside() { # how many records lie in a node's quarantine
	ctl t --json quarantine "$1" | jq '[.records[]?] | length'
}
state_of() { ctl t --json digest "$1" | jq -c '.parts[]'; }
# State must be what comes of following from the first record.
as_followed_anew() { # follower
	local before
	before=$(state_of "$1")
	ctl t follow-anew "$1" intake --by test --reason "a test" >/dev/null && ctl t wait >/dev/null || return 1
	same "$1 has what following anew gives" "$(state_of "$1")" "$before"
}

followers=(notification reporting planning.employment planning.family planning.social)
"$BIN/oneplan-demo" --inquiries 40 --out "$work/year" || exit 2
ok "a town of this version starts" new_town t
ok "it takes a year" import_year t "$work/year"

# ---- followers first -----------------------------------------------------------------------------------------------

for node in "${followers[@]}"; do
	ok "$node is the next version" replace next "$node"
	ok "an inquiry is answered meanwhile" test -n "$(inquire)"
done
replace next intake
first=$(inquire)
ok "the next version's command works" set_language "$first" so
ok "and the town is at rest" ctl t wait
same "nothing lies aside" "$(aside notification) $(aside reporting)" "0 0"
for node in notification reporting; do as_followed_anew "$node"; done

# ---- back to this version, on what the next one wrote --------------------------------------------------------------

cp "$work/t/intake/node.ini" "$work/intake.ini"
sed -i '/^\[intake\]/a language_letters = 2' "$work/t/intake/node.ini"
same "a setting of the next version is named by this one" \
	"$("$BIN/oneplan-intake" --config "$work/t/intake/node.ini" --check 2>&1 | grep -c language_letters)" 1
cp "$work/intake.ini" "$work/t/intake/node.ini"
ok "all go back" replace this intake "${followers[@]}"
same "what was written is read" "$(language_of "$first")" so
ok "an inquiry is answered" test -n "$(inquire)"
ok "the one that the next version changed goes on" hold "$first"
ok "the town is at rest" ctl t wait
same "the command is refused by name" \
	"$(set_language "$first" pl 2>&1 | grep -c unknown_type)" 1
ok "a backup is made" ctl t backup intake "$work/backup"
same "which says what was not compared" "$(ctl t --json call intake show_backup '{}' | jq '.checked.later > 0')" true
ok "the check of itself finds nothing" ctl t scrub intake --now
ctl t follow-anew notification intake --by test --reason "a test" >/dev/null
until_said() { for _ in $(seq 100); do grep -q "$2" "$work/t/$1/log" && return; sleep 0.1; done; return 1; }
ok "who begins anew gets no further than the next version's record" until_said intake "of a later version of this program"

# ---- owner first ---------------------------------------------------------------------------------------------------

ok "the entrance alone is the next version" replace next intake
second=$(inquire)
set_language "$second" uk >/dev/null
hold "$second" >/dev/null
ok "another inquiry" test -n "$(inquire)"
ok "the town is at rest" ctl t wait
same "what notification does not know is parked, and what comes behind about the same" "$(aside notification)" 4
same "so it is at reporting, which had the first already" "$(aside reporting)" 2
ok "departments are not concerned" test "$(aside planning.family)" = 0
ok "the followers are the next version" replace next "${followers[@]}"
for node in notification reporting; do # reporting had the first one already
	for inquiry in "$first" "$second"; do ctl t retry "$node" quarantine/intake --entity "$inquiry" --by test --reason "a test" >/dev/null 2>&1; done
	same "what $node parked is taken" "$(aside "$node")" 0
	as_followed_anew "$node"
done
