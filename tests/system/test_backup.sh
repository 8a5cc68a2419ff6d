#!/usr/bin/env bash
# A node is backed up in the midst of an import, killed and restored: it begins a new epoch, followers that were ahead
# are witnesses and follow anew, and the figures equal an undisturbed run. A rollback by hand is found, and so is a
# flipped byte; neither ends a process.
# shellcheck disable=SC2016 # what until_so is given is for a shell of its own
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

state() { echo "$work/town/$1/state"; }
status() { ctl town --json call "$1" show_status '{}' | jq "$2"; } # node, what of it
anew() { # nodes
	local node
	for node in "$@"; do
		ctl town follow-anew "$node" intake --by 'Ida Holm' --reason 'a test' >/dev/null || return 1
	done
}
until_so() { timeout 20 bash -c "until $1; do sleep 0.1; done"; }
export -f ctl status
export work BIN
refused() { # what, words, arguments of oneplanctl
	local what=$1 words=$2 out
	shift 2
	if out=$(ctl town "$@" 2>&1) || ! grep -qF -- "$words" <<<"$out"; then
		printf 'not ok - %s: wanted "%s", got: %s\n' "$what" "$words" "$out"
		failures=$((failures + 1))
	else
		echo "ok - $what"
	fi
}
inquiry='{"channel":"phone","asker":"citizen","life_areas":["housing"]}'
inquiries() { for _ in $(seq "$1"); do ctl town call intake receive_inquiry "$inquiry" >/dev/null || return 1; done; }

# ---- a restore in the midst of an import ---------------------------------------------------------

"$BIN/oneplan-demo" --seed 1 --inquiries 40 --out "$work/year"
figures() { for report in R1 R2 R3; do ctl "$1" report "$report" --csv; done | grep -v "Journals: "; }
ok "a town starts" new_town calm
ok "a year of the entrance" import calm "$work/year" intake inquiries
ok "is followed" ctl calm wait
want=$(figures calm)
deploy/town.sh down "$work/calm" >/dev/null

ok "another town starts" new_town town
# nobody acts on what will be lost, or their facts would stay
for department in "${departments[@]}"; do stop_node town "planning.$department"; done
slowly() { awk '{print} NR % 15 == 0 {fflush(); system("sleep 0.1")}' "$work/year/inquiries.ndjson"; }
"$BIN/oneplanctl" --town "$work/town" --json import intake - < <(slowly) >/dev/null 2>&1 & # to be ended by its own pid
import=$!
until_so '[ "$(status intake .head)" -gt 40 ]'
ok "a backup meanwhile" ctl town backup intake "$work/backup"
head=$(jq .head "$work/backup/manifest.json")
ok "it holds what was there then ($head records)" test "$head" -ge 40
same "nobody else may read it" "$(stat -c %a "$work/backup" "$work/backup/keys.bin" "$work/backup/db/data.mdb" | tr '\n' ' ')" "700 600 600 "
until_so '[ "$(status intake .head)" -gt $(('"$head"' + 20)) ]'
kill_node town intake
kill "$import" 2>/dev/null
wait "$import" 2>/dev/null
ok "a second look at the backup" "$BIN/oneplan-intake" --config "$work/town/intake/node.ini" --verify-backup "$work/backup"
ok "it is restored" ctl town restore intake "$work/backup" --by 'Ida Holm' --reason 'the disk died'
ok "the old files are kept" test -s "$(echo "$(state intake)"/before-*/db/data.mdb)"
start_node town intake
until_so '[ "$(status intake .epoch 2>/dev/null)" -gt 1 ]'
same "a new epoch begins with the restore" \
	"$(ctl town --json journal intake --from $((head + 1)) --limit 1 --fields | jq -r '.records[0] | .type, (.fields | fromjson | .by)' 2>/dev/null | tr '\n' ' ')" \
	"node_restored Ida Holm "
ok "reporting is the witness, and intake says so" until_so \
	'[ "$(ctl town --json call intake list_queues "{\"follower\":\"reporting\"}" | jq ".queues[0].diverged_at // 0")" -gt 0 ]'
same "and so does reporting" "$(ctl town --json call reporting list_queues '{}' | jq -c '[.cursors[] | select(.diverged) | .owner]')" '["intake"]'
for department in "${departments[@]}"; do start_node town "planning.$department"; done
ok "the operator lets those that were ahead follow anew" anew reporting notification
ok "the import goes on" ctl town import intake "$work/year/inquiries.ndjson"
ok "and is followed" ctl town wait
same "nothing is diverged; the others went on by themselves" "$(for n in "${nodes[@]}"; do status "$n" '.diverged // 0'; done | tr -d '\n')" 000000
same "the figures equal an undisturbed run" "$(figures town)" "$want"

# ---- files that are put back by hand -------------------------------------------------------------

stop_node town intake
cp -a "$(state intake)" "$work/older"
start_node town intake
ok "three inquiries" until_so 'ctl town call intake receive_inquiry '"'$inquiry'"' >/dev/null 2>&1'
inquiries 2
ok "that everybody has" ctl town wait
stop_node town intake
rm -rf "$(state intake)" && cp -a "$work/older" "$(state intake)"
start_node town intake
until_so 'ctl town call intake receive_inquiry '"'$inquiry'"' >/dev/null 2>&1'
inquiries 4
ok "a rollback without a word is found" until_so '[ "$(status intake ".diverged // 0")" -gt 0 ]'
ok "its truth is declared" ctl town new-epoch intake --by 'Ida Holm' --reason 'files were put back'
ok "and followed anew" anew reporting notification planning.employment planning.family planning.social
ok "to the end" ctl town wait
same "nothing is diverged" "$(status intake '.diverged // 0')$(status reporting '.diverged // 0')" 00

# ---- a flipped byte --------------------------------------------------------------------------------

ok "state is what the journal gives when it is folded again" ctl town scrub intake --deep
ok "another backup" ctl town backup intake "$work/second"
stop_node town intake
python3 - "$(state intake)/db/data.mdb" <<'PYTHON'
import sys
with open(sys.argv[1], "r+b") as f:
    whole = f.read()
    f.seek(0)
    f.write(whole.replace(b"first_talk_booked", b"first_talk_cooked"))
PYTHON
start_node town intake
until_so 'status intake .head >/dev/null 2>&1'
refused "a check finds flipped bytes" "journal " scrub intake --now
ok "status says so" test "$(status intake .corrupt)" -gt 0
ok "and the node goes on" inquiries 1
refused "no backup is made of it" "not as it was written" backup intake "$work/third"
same "nothing looks like one" "$(find "$work" -maxdepth 1 -name "third*" | wc -l)" 0
stop_node town intake
ok "the backup before heals it" ctl town restore intake "$work/second" --by 'Ida Holm' --reason 'flipped bytes'
start_node town intake
until_so 'status intake .head >/dev/null 2>&1'
ok "a check finds nothing now" ctl town scrub intake --now

# ---- who was erased since --------------------------------------------------------------------------

${CC:-gcc} -o "$work/unwrap_keys" tests/system/unwrap_keys.c -lsodium
rm -rf "$(state intake)"/before-* # whose keys nobody needs any more
keys() { "$work/unwrap_keys" "$(state intake)/keys.bin" "$work/town/intake/master.key"; }
as() { local actor=$1; shift; ctl town --json call intake "$@" --actor "$actor"; }
known='{"channel":"phone","asker":"citizen","life_areas":["housing"],"number":"0101801234","name":"Karen Prøve"}'
named=$(as front_desk:desk-1 receive_inquiry "$known" | jq -r .inquiry)
citizen=$(as front_desk:desk-1 show_inquiry "{\"inquiry\":\"$named\"}" | jq -r .inquiry.citizen)
ok "somebody is known by name" grep -q 'Karen Prøve' <<<"$(as front_desk:desk-1 show_citizen "{\"citizen\":\"$citizen\"}")"
ok "and is in a backup" ctl town backup intake "$work/early"
keys >"$work/keys.before"
ok "is erased then" as manager:ida erase_citizen "{\"citizen\":\"$citizen\",\"decided_by\":\"Ida Leder\",\"why\":\"asked\"}" >/dev/null
keys >"$work/keys.after"
awk 'NR == FNR {left[$1] = 1; next} !($1 in left) {print "slot-" $1, "hex", $2; print "key-" $1, "hex", $3}' \
	"$work/keys.after" "$work/keys.before" >"$work/gone"
ok "a key was destroyed" test "$(grep -c ^slot "$work/gone")" -ge 1
stop_node town intake
ctl town --json restore intake "$work/early" --by 'Ida Holm' --reason 'an older backup' >"$work/told"
same "the restore says that it is repeated" "$(jq -c '[.erased_again, .unread]' "$work/told")" "[1,null]"
start_node town intake
until_so 'status intake .head >/dev/null 2>&1'
same "in the new epoch" "$(ctl town --json journal intake --from $(($(jq .head "$work/told") + 1)) --limit 2 --fields |
	jq -r '.records[] | .type, (.fields | fromjson | .decided_by // .by)' | tr '\n' ' ')" "node_restored Ida Holm person_erased Ida Leder "
same "nothing is known of who was erased" "$(as front_desk:desk-1 show_citizen "{\"citizen\":\"$citizen\"}" | jq -c '.citizen | keys')" '["citizen"]'
again=$(as front_desk:desk-1 receive_inquiry "$known" | jq -r .inquiry)
ok "nor found by the number" test "$(as front_desk:desk-1 show_inquiry "{\"inquiry\":\"$again\"}" | jq -r .inquiry.citizen)" != "$citizen"
same "whose key is in no file" "$(tests/system/search_town.py "$work/gone" "$work/town")" ""
ok "and whose erasure is waited for" test \
	"$(ctl town --json erasures intake | jq -r '.. | objects | select(.person?) | .person')" = "$citizen"
ok "state is what the journal gives" ctl town scrub intake --deep
stop_node town intake
rm -rf "$(state intake)"
ctl town restore intake "$work/early" --by 'Ida Holm' --reason 'the disk died' >"$work/told" 2>"$work/warned"
same "after the loss of a disk nobody knows who" "$(jq -c '[.erased_again, .unread]' "$work/told")" '[0,"there is no database"]'
ok "which is said" grep -q 'not all is known of the state before' "$work/warned"
start_node town intake
until_so 'status intake .head >/dev/null 2>&1'

# ---- what is refused, and what was broken off ------------------------------------------------------

refused "a backup where something is" "must not exist" backup intake "$work/second"
refused "a backup from somewhere" "must begin with /" backup intake second
refused "a restore of a running node" "the node is running" restore intake "$work/second" --by Ida --reason x
stop_node town reporting
refused "the backup of another node" "of another node" restore reporting "$work/second" --by Ida --reason x
stop_node town intake
cp -a "$work/second" "$work/bent"
printf 'x' | dd of="$work/bent/db/data.mdb" bs=1 seek=20000 conv=notrunc 2>/dev/null
refused "a backup that was changed" "is not the file that was backed up" restore intake "$work/bent" --by Ida --reason x
mkdir "$(state intake)/restore.new"
cp -a "$work/second/db" "$work/second/keys.bin" "$(state intake)/restore.new"
printf 'before-1' >"$(state intake)/restoring"
"$BIN/oneplan-intake" --config "$work/town/intake/node.ini" >"$work/refusal" 2>&1
same "a restore that was broken off keeps the node down" "$?$(grep -c 'run it again' "$work/refusal")" 751
ok "and is finished by being run again" ctl town restore intake "$work/second" --by Ida --reason x
mkdir -p "$work/kept/fourth.part/db"
touch "$work/kept/fourth.part/keys.bin"
sed -i "s|^\\[node\\]|&\nbackups = $work/kept|" "$work/town/intake/node.ini"
start_node town intake
ok "it is up again" until_so 'status intake .head >/dev/null 2>&1'
refused "a backup elsewhere than the settings allow" "must lie in" backup intake "$work/fourth"
ok "one where another was broken off is made anew" ctl town backup intake "$work/kept/fourth"
