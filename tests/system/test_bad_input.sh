#!/usr/bin/env bash
# Bad input of every kind against real daemons: each gets an error that names field and rule, nothing is
# lost and every node still runs.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

ok "a town starts" new_town town
intake=$(pid_of town intake) reporting=$(pid_of town reporting)
port=$(sed -n 's|^listen *= *tcp://127.0.0.1:||p' "$work/town/intake/node.ini")

inquiry='"channel":"phone","asker":"citizen","life_areas":["housing"]'

refused() { # what, code, words that must be in the error; then command and JSON
	local what=$1 code=$2 words=$3 out status
	shift 3
	out=$(ctl town --timeout 5s call intake "$@" 2>&1)
	status=$?
	if [ "$status" = "$code" ] && grep -qF -- "$words" <<<"$out"; then
		echo "ok - $what"
	else
		printf 'not ok - %s: exit %s, wanted %s and "%s", got: %s\n' "$what" "$status" "$code" "$words" "$out"
		failures=$((failures + 1))
	fi
}

# what the tool itself sees, by the same description as the node
refused "malformed JSON" 2 "malformed JSON" receive_inquiry '{"channel":'
refused "unknown command" 2 "no_such_thing" no_such_thing '{}'
refused "missing field" 2 "channel: is required" receive_inquiry '{"asker":"citizen","life_areas":["housing"]}'
refused "oversized field" 2 "words: at most 4000 bytes" receive_inquiry "{$inquiry,\"words\":\"$(printf 'a%.0s' {1..4001})\"}"
refused "duplicate field" 2 "duplicate object key" receive_inquiry "{$inquiry,\"channel\":\"phone\"}"
refused "unknown field" 2 "colour: is no field of receive_inquiry" receive_inquiry "{$inquiry,\"colour\":1}"
refused "bad UTF-8" 2 "malformed JSON" receive_inquiry "{$inquiry,\"words\":\"$(printf '\xc3\x28')\"}"
refused "too many items" 2 "life_areas: at most 12 items" receive_inquiry \
	'{"channel":"phone","asker":"citizen","life_areas":["work","work","work","work","work","work","work","work","work","work","work","work","work"]}'
slot() { printf '{"slot":"%s","desk":"%s","start":"%s","minutes":%s,"mode":"venue","places":1}' "$1" "$2" "$3" "${4:-45}"; }
a=0190b8a0-0000-7000-8000-00000000000a b=0190b8a0-0000-7000-8000-00000000000b
year=$(($(date +%Y) + 1))
refused "impossible date" 2 "slots[0].start: must be a time" publish_slots "{\"slots\":[$(slot $a d "$year-02-30T09:00:00Z")]}"
refused "a length out of range" 2 "slots[1].minutes: must be from 5 to 480" publish_slots \
	"{\"slots\":[$(slot $a d "$year-03-02T09:00:00Z"),$(slot $b d "$year-03-02T10:00:00Z" 3)]}"

# what only the node knows
refused "the 32nd of a month in a CPR number" 1 "number" receive_inquiry "{$inquiry,\"number\":\"320170-1234\"}"
refused "a talk that is not booked" 1 "inquiry" hold_first_talk "{\"inquiry\":\"$a\"}"
ok "a slot is published" ctl town call intake publish_slots "{\"slots\":[$(slot $a d "$year-03-02T09:00:00Z")]}"
refused "the same slot with other content" 1 "slots[0]" publish_slots "{\"slots\":[$(slot $a e "$year-03-03T09:00:00Z")]}"
first=$(ctl town --json call intake receive_inquiry "{$inquiry}" | jq -r .inquiry)
second=$(ctl town --json call intake receive_inquiry "{$inquiry}" | jq -r .inquiry)
refused "a slot booked twice" 1 "slot" book_first_talk "{\"inquiry\":\"$second\",\"slot\":\"$a\"}"
refused "a role that may not" 1 "actor.role" publish_slots "{\"slots\":[$(slot $b d "$year-03-02T09:00:00Z")]}" --actor citizen:x
refused "a client that may not" 1 "denied" receive_inquiry "{$inquiry}" --client operator
key=$(printf '%012x' $(($(date +%s) * 1000)) | sed -E 's/(.{8})(.{4})/\1-\2-7000-8000-000000000001/')
ok "a request with a key" ctl town call intake receive_inquiry "{$inquiry}" --key "$key"
refused "the key again with another payload" 1 "key" receive_inquiry '{"channel":"letter","asker":"citizen","life_areas":["work"]}' --key "$key"
refused "an expired key" 1 "key" receive_inquiry "{$inquiry}" --key 0190b8a0-0000-7000-8000-000000000001
refused "a fact that lies ahead" 1 "occurred_at" receive_inquiry "{$inquiry}" --at "$year-03-02T09:00:00Z"
refused "a wait for a node that is not followed" 1 "wait_node" receive_inquiry "{$inquiry}" --wait nosuch:5
refused "a report that there is not" 2 "report" show_report '{"report":"r99"}'

# lines of a file: the good ones are taken, the bad ones told with their number
printf '%s\n' '{"command":"receive_inquiry","at":"2026-01-05T09:00:00Z","by":"front_desk:a","with":{'"$inquiry"'}}' \
	'not json' '{"command":"receive_inquiry","at":"2026-01-32T09:00:00Z","by":"front_desk:a","with":{'"$inquiry"'}}' \
	'{"command":"receive_inquiry","at":"2026-01-06T09:00:00Z","by":"front_desk:a","with":{"channel":"pigeon"}}' \
	'{"command":"receive_inquiry","at":"2026-01-07T09:00:00Z","by":"front_desk:a","with":{'"$inquiry"'}}' >"$work/lines"
out=$(ctl town import intake "$work/lines" 2>&1)
same "an import with bad lines says so" "$?" 1
for line in 2 3 4; do ok "and names line $line" grep -qE "\b(line )?$line\b" <<<"$out"; done

# bytes that are no protocol
exec 3<>"/dev/tcp/127.0.0.1/$port" && head -c 100000 /dev/urandom >&3 2>/dev/null
exec 3>&- 3<&-
greeting='\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x00CURVE\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00'
# shellcheck disable=SC2059 # the greeting is bytes written as escapes
exec 3<>"/dev/tcp/127.0.0.1/$port" && { printf "$greeting"; head -c 31 /dev/zero; printf '\x02\x00\x00\x00\x3a\x35\x29\x44\x00'; head -c 100000 /dev/zero; } >&3 2>/dev/null
exec 3>&- 3<&-
for _ in 1 2 3 4 5 6 7 8; do
	exec 3<>"/dev/tcp/127.0.0.1/$port" # opened and left alone
	exec 3>&- 3<&-
done
echo "ok - random bytes, a frame of 250 GB announced, silent connections"

# a client with a key that nobody knows
"$BIN/oneplanctl" --town "$work/foreign" town init >/dev/null
cp "$work/town/town.ini" "$work/foreign/town.ini"
out=$(ctl foreign --timeout 2s call intake show_status '{}' 2>&1)
same "a foreign key gets no answer" "$?" 3
rm "$work/foreign/town.ini"

same "intake is the same process as before" "$(pid_of town intake)$(kill -0 "$intake" && echo alive)" "${intake}alive"
same "so is reporting" "$(pid_of town reporting)$(kill -0 "$reporting" && echo alive)" "${reporting}alive"
ok "and both answer" ctl town status
ok "nothing is lost: the first inquiry is there" test "$(ctl town --json call intake show_inquiry "{\"inquiry\":\"$first\"}" | jq -r .inquiry.inquiry)" = "$first"
used=$(awk '/VmRSS/ {print $2}' "/proc/$intake/status")
[[ $BIN != *a/bin* ]] || used=$((used / 4)) # the sanitizers' own share
ok "and no memory was wasted on it ($used KiB)" test "$used" -lt 262144
