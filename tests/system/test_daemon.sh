#!/usr/bin/env bash
# The life of a daemon: settings checked, one at a time on its state, peers changed without a restart, a
# request that waits for what another node said, a clean stop.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

ok "a town starts" new_town town
ini=$work/town/intake/node.ini
intake=$(pid_of town intake)

exits() { # what, code, words, then a command
	local what=$1 code=$2 words=$3 out got
	shift 3
	out=$(timeout 10 "$@" 2>&1)
	got=$?
	if [ "$got" = "$code" ] && grep -qF -- "$words" <<<"$out"; then
		echo "ok - $what"
	else
		printf 'not ok - %s: exit %s, wanted %s and "%s", got: %s\n' "$what" "$got" "$code" "$words" "$out"
		failures=$((failures + 1))
	fi
}

exits "--help helps" 0 "exit codes" "$BIN/oneplan-intake" --help
exits "--help-settings explains every setting" 0 "promise_grace" "$BIN/oneplan-intake" --help-settings
exits "no arguments" 2 "usage" "$BIN/oneplan-intake"
exits "--check of good settings" 0 "good" "$BIN/oneplan-intake" --config "$ini" --check
sed 's/^listen/lisden/' "$ini" >"$work/town/intake/bad.ini"
exits "a misspelt setting is named with its line" 2 "bad.ini:$(grep -n '^lisden' "$work/town/intake/bad.ini" | cut -d: -f1)" \
	"$BIN/oneplan-intake" --config "$work/town/intake/bad.ini" --check
chmod 644 "$work/town/intake/node.key"
exits "a key that others can read" 2 "0600" "$BIN/oneplan-intake" --config "$ini" --check
chmod 600 "$work/town/intake/node.key"
exits "a second daemon on the same state" 75 "not started" "$BIN/oneplan-intake" --config "$ini"

# a new client: its key is added to the running node, and taken away again
"$BIN/oneplanctl" --town "$work/other" town init >/dev/null
cp "$work/town/town.ini" "$work/other/town.ini"
public=$(sed -n 's/^public *= *//p' "$work/other/keys/operator.key")
as_other() { ctl other --timeout 2s --client operator call intake show_status '{}'; }
as_other >/dev/null 2>&1
same "a stranger gets no answer" "$?" 3
cp "$ini" "$work/before.ini"
printf '\n[peer.visitor]\nrole = operator\npublic_key = %s\n' "$public" >>"$ini"
kill -HUP "$intake"
sleep 0.5
ok "once listed, and without a restart, it gets one" as_other
cp "$work/before.ini" "$ini"
kill -HUP "$intake"
sleep 0.5
as_other >/dev/null 2>&1
same "and none once it is taken off the list" "$?" 3
rm "$work/other/town.ini"
same "the daemon is the same process" "$(pid_of town intake)$(kill -0 "$intake" && echo alive)" "${intake}alive"

# a question to reporting that is answered only when it has seen what intake said
inquiry='{"channel":"phone","asker":"citizen","life_areas":["housing"]}'
seq() { ctl town --json call intake show_status '{}' | jq .head; }
count() { ctl town --json call reporting show_report '{"report":"r1"}' "$@" | jq '[.rows[] | select(.section == null)][0].cells[0].value'; }
kill -STOP "$(pid_of town reporting)"
ok "an inquiry while reporting stands still" ctl town call intake receive_inquiry "$inquiry"
(sleep 1 && kill -CONT "$(pid_of town reporting)") &
same "the figure waits until reporting has seen it" "$(count --wait "intake:$(seq)")" 1
exits "waiting for what was never said ends with a reason" 3 "in time" \
	"$BIN/oneplanctl" --town "$work/town" --timeout 1s call reporting show_report '{"report":"r1"}' --wait intake:999999

begun=$(date +%s%N)
stop_node town intake
ok "SIGTERM stops it within 2 s" test $((($(date +%s%N) - begun) / 1000000)) -lt 2000
ok "it says that it was asked to" grep -q '"stopping"' "$work/town/intake/log"
start_node town intake
ok "and it starts again where it was" timeout 20 bash -c "until deploy/town.sh status $work/town; do sleep 0.2; done"
