#!/usr/bin/env bash
# A node whose map or disk is nearly used says so and does less, and goes on by itself when there is room: nothing that
# was acknowledged is lost, nothing ends, and nothing is done twice.
set -uo pipefail
if [ -z "${OWN_MOUNTS:-}" ]; then OWN_MOUNTS=1 exec unshare -m --propagation private "$0"; fi
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

"$BIN/oneplan-demo" --seed 6 --inquiries 2000 >"$work/year.ndjson"
head_of() { ctl "$1" --json call intake show_status '{}' | jq .head; }
figures() { for report in R1 R2 R3; do ctl "$1" report "$report" --csv | grep -v 'Journals: '; done; }
room() { ctl town --json call "$1" show_status '{}' | jq -r .room; }
comes_to() { # node, room: within 10 s
	for _ in $(seq 100); do [ "$(room "$1")" = "$2" ] && return; sleep 0.1; done
	return 1
}
said() { grep -c "\"event\":\"room\",\"state\":\"$2\"" "$work/town/$1/log"; }

ok "a town starts" new_town calm
ok "it imports with room enough" ctl calm import intake "$work/year.ndjson"
ctl calm wait >/dev/null
want=$(figures calm) want_head=$(head_of calm)
deploy/town.sh down "$work/calm" >/dev/null

# ---- the map ----------------------------------------------------------------------------------------
ok "another town starts" new_town town
inquiry='{"channel":"phone","asker":"citizen","life_areas":["housing"]}'
stop_node town intake
sed -i 's/^listen = tcp.*/&\nmap_size = 16MiB\nbusy_at = 6/' "$work/town/intake/node.ini"
start_node town intake
ctl town --json import intake "$work/year.ndjson" --patience 60s >"$work/import.json" 2>"$work/import.log" &
import=$!
ok "the import fills its map until it is busy" comes_to intake busy
out=$(ctl town call intake receive_inquiry "$inquiry" 2>&1)
same "a command is told to wait" "$?" 3
ok "in words" grep -q 'busy: .* % of this node.s map is used: commands wait until there is room' <<<"$out"
ok "questions are answered" ctl town call intake list_inquiries '{}'
ok "and shown to operators" grep -q 'busy, map [0-9]* %' <(ctl town status)
ok "followers get everything" ctl town wait
ok "the import waits" test -d "/proc/$import"
same "it is said once" "$(said intake busy)" 1
head=$(head_of town)
stop_node town intake
sed -i 's/^map_size = .*/map_size = 512MiB/' "$work/town/intake/node.ini"
start_node town intake
wait "$import"
same "with a larger map the import goes on and ends well" "$?" 0
ok "from where it was" test "$(head_of town)" -gt "$head"
ctl town wait >/dev/null
same "nothing is lost, nothing done twice: the journal" "$(head_of town)" "$want_head"
same "and the figures" "$(figures town)" "$want"

# ---- the disk ---------------------------------------------------------------------------------------
state=$work/town/reporting/state
stop_node town reporting
mv "$state" "$state.before"
mkdir -m 700 "$state"
ok "a small disk" mount -t tmpfs -o size=72m tmpfs "$state"
cp -r --sparse=always "$state.before/." "$state"
start_node town reporting
ok "reporting has room there" comes_to reporting ok
through() { ctl town --json call reporting list_queues '{}' | jq '[.cursors[] | select(.owner == "intake")][0].through'; }
ctl town wait >/dev/null
fill() { # until so many bytes are left
	local left
	left=$(($(stat -f -c '%a * %S' "$state")))
	[ "$left" -le "$1" ] || fallocate -o "$(stat -c %s "$state/ballast" 2>/dev/null || echo 0)" -l $((left - $1)) "$state/ballast"
}
fill $((6 << 20))
ok "others fill the disk: it is busy" comes_to reporting busy
ok "and takes what it follows" ctl town call intake receive_inquiry "$inquiry"
ok "all of it" ctl town wait
fill 0
ok "they leave nothing: it stops" comes_to reporting stopped
before=$(through)
for _ in 1 2 3; do ctl town call intake receive_inquiry "$inquiry" >/dev/null; done
sleep 1.5
same "takes nothing" "$(through)" "$before"
ok "and lives" test -e "/proc/$(pid_of town reporting)/exe"
ok "it answers" ctl town report R1 --csv
same "administration goes on" "$(ctl town --json retry reporting quarantine/intake 999 --by Ida --reason 'room' 2>/dev/null | jq -r '.items[0].why')" "is not in this queue"
kill_node town reporting
start_node town reporting
ok "it starts on a full disk" comes_to reporting stopped
rm "$state/ballast"
ok "with room" comes_to reporting ok
ok "it follows again by itself" ctl town wait
same "everything" "$(ctl town --json call reporting show_report '{"report":"r1"}' | jq '[.rows[] | select(.section == null)][0].cells[0].value')" \
	"$(($(jq -r .command "$work/year.ndjson" | grep -c '^receive_inquiry$') + 4))"
deploy/town.sh down "$work/town" >/dev/null
umount "$state"
