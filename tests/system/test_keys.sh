#!/usr/bin/env bash
# Keys are exchanged and revoked while all run: during an import the keys of the entrance, of a follower and of the
# importer change, and nothing is lost or done twice; who is revoked is out at once and stays out; the master key of a
# stopped node changes, and after any crash in between one of the two keys opens its data keys.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

"$BIN/oneplan-demo" --seed 5 --inquiries 150 >"$work/year.ndjson"
public() { sed -n 's/^public = //p' "$work/town/$1"; }
head_of() { ctl "$1" --json call intake show_status '{}' | jq .head; }
figures() { for report in R1 R2 R3; do ctl "$1" report "$report" --csv | grep -v 'Journals: '; done; }

ok "a town starts" new_town calm
ok "it imports without disturbance" ctl calm import intake "$work/year.ndjson"
ctl calm wait >/dev/null
want=$(figures calm) want_head=$(head_of calm)
deploy/town.sh down "$work/calm" >/dev/null

ok "another town starts" new_town town
old=$(public intake/node.key)
cp -r "$work/town" "$work/before" # with the keys as they were
slowly() { awk '{print} NR % 10 == 0 {fflush(); system("sleep 0.06")}' "$1"; }
ctl town --json import intake - < <(slowly "$work/year.ndjson") >"$work/import.json" 2>"$work/import.log" &
import=$!
sleep 0.3
for name in intake reporting importer operator planning.family; do
	ok "$name gets another key" ctl town key rotate "$name"
done
running=no
[ -d "/proc/$import" ] && running=yes
wait "$import"
same "the import ends well" "$?" 0
same "it was running all the time" "$running" yes
ok "every follower has everything" ctl town wait
same "nothing is lost, nothing done twice: the journal" "$(head_of town)" "$want_head"
same "and the figures" "$(figures town)" "$want"
ok "the entrance's key is another" test "$(public intake/node.key)" != "$old"
same "the old key stands nowhere" "$(grep -rlF -- "$old" "$work/town"/*/node.ini "$work/town/town.ini")" ""
same "nor any next one" "$(grep -rl next_public_key "$work/town"/*/node.ini; ls "$work/town"/*/*.next 2>/dev/null)" ""
same "who was there before does not get in with the old keys" \
	"$("$BIN/oneplanctl" --town "$work/before" --timeout 300ms call intake show_status {} >/dev/null 2>&1; echo $?)" 3
cp "$work/town/town.ini" "$work/before/town.ini" # the address is no secret
same "nor with the node's new one" \
	"$("$BIN/oneplanctl" --town "$work/before" --timeout 300ms call intake show_status {} >/dev/null 2>&1; echo $?)" 3

# ---- broken off in between ------------------------------------------------------------------------
ok "a pair is made" ctl town key make "$work/town/reporting/node.key.next"
next=$(public reporting/node.key.next)
ok "a rotation that was broken off goes on" ctl town key rotate reporting
same "with the pair that it had" "$(public reporting/node.key)" "$next"
sed -i "/^\[follow.intake\]/a next_public_key = $(public intake/node.key)" "$work/town/planning.social/node.ini"
same "and one that only had to be finished is" "$(ctl town --json key rotate intake | jq -r .public_key)" "$(public intake/node.key)"
same "finished" "$(grep -rl next_public_key "$work/town"/*/node.ini)" ""
ok "all are there" ctl town wait

# ---- revoked --------------------------------------------------------------------------------------
"$BIN/oneplanctl" --town "$work/town" journal intake --follow --tail >"$work/follow.log" 2>&1 &
follow=$!
ask() { ctl town --client portal --json call intake receive_inquiry "{\"channel\":\"phone\",\"asker\":\"citizen\",\"life_areas\":[\"housing\"],\"words\":\"$1\"}"; }
seen() { grep -c inquiry_received "$work/follow.log"; }
for _ in $(seq 50); do [ -s "$work/follow.log" ] && break; sleep 0.1; done
before=$(seen)
ask 'the first word' >/dev/null
for _ in $(seq 50); do [ "$(seen)" -gt "$before" ] && break; sleep 0.1; done
ok "the operator watches" test "$(seen)" -gt "$before"
before=$(seen)
ok "the operator is revoked" ctl town key revoke operator
inquiry=$(ask 'a quiet word' | jq -r .inquiry)
sleep 1
same "and sees nothing more" "$(seen)" "$before"
kill "$follow" 2>/dev/null
wait "$follow" 2>/dev/null
same "stays out" "$(ctl town --timeout 300ms call intake show_status {} >/dev/null 2>&1; echo $?)" 3
stop_node town intake
start_node town intake
same "also after a restart" "$(ctl town --timeout 300ms call intake show_status '{}' >/dev/null 2>&1; echo $?)" 3
ok "others work on" test "$inquiry"
printf '\n[peer.operator]\nrole = operator\npublic_key = %s\n' "$(public keys/operator.key)" >>"$work/town/intake/node.ini"
kill -HUP "$(pid_of town intake)"
ok "let in again by hand" ctl town --timeout 5s call intake show_status '{}'

# ---- a follower that is new -------------------------------------------------------------------------
printf '\n[peer.reporting-2]\nrole = reporting\npublic_key = %s\n' "$(ctl town --json key make "$work/town/second.key" | jq -r .public_key)" \
	>>"$work/town/intake/node.ini"
printf '\n[follow.later]\nrole = planning\npublic_key = %s\nendpoint = tcp://127.0.0.1:9\n' "$(public second.key)" >>"$work/town/intake/node.ini"
intake=$(pid_of town intake)
kill -HUP "$intake"
kill -HUP "$intake" # nobody listens for the second one, for a moment: it waits, and ends nobody
for _ in $(seq 50); do ctl town --json call intake list_queues '{}' 2>/dev/null | grep -q '"owner":"later"' && break; sleep 0.1; done
same "it has a queue at once, as long as that of its like" \
	"$(ctl town --json call intake list_queues '{}' | jq -c '[.queues[] | select(.follower | startswith("reporting")) | .addressed] | unique | length')" 1
ok "a further node to follow makes it start again by itself" grep -q 'starts again by itself.*later' "$work/town/intake/log"
same "under its process id" "$(readlink "/proc/$intake/exe")" "$(realpath "$BIN/oneplan-intake")"
same "and it follows that too" "$(ctl town --json call intake list_queues '{}' | jq -c '[.cursors[] | select(.owner == "later")] | length')" 1
sed -i 's/^listen = tcp.*/&0/' "$work/town/intake/node.ini"
kill -HUP "$intake"
for _ in $(seq 50); do grep -q 'needs a restart.*listen' "$work/town/intake/log" && break; sleep 0.1; done
ok "what needs a restart is named" grep -q 'needs a restart.*listen' "$work/town/intake/log"
sed -i 's/^\(listen = tcp.*\)0$/\1/' "$work/town/intake/node.ini"

# ---- the master key ---------------------------------------------------------------------------------
node=$work/town/intake
same "a running node keeps its master key" "$("$BIN/oneplan-intake" --config "$node/node.ini" --new-master "$node/new.key" >/dev/null 2>&1; echo $?)" 75
stop_node town intake
cp "$node/master.key" "$work/old.key"
ok "a stopped one changes it" "$BIN/oneplan-intake" --config "$node/node.ini" --new-master "$node/new.key"
ok "the file is in its place" test ! -e "$node/new.key" -a -e "$node/master.key"
ok "it is another" test "$(cat "$node/master.key")" != "$(cat "$work/old.key")"
cp "$node/master.key" "$node/new.key" # as if it had been ended before the file was put in place
cp "$work/old.key" "$node/master.key"
same "the old key opens nothing any more" "$("$BIN/oneplan-intake" --config "$node/node.ini" >/dev/null 2>&1; echo $?)" 75
ok "called again it ends what it began" "$BIN/oneplan-intake" --config "$node/node.ini" --new-master "$node/new.key"
start_node town intake
same "and the node reads what it was told" "$(ctl town --client portal --json call intake show_inquiry "{\"inquiry\":\"$inquiry\"}" | jq -r '[.. | .words? // empty | strings] | join(" ")')" 'a quiet word'
