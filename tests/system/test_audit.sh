#!/usr/bin/env bash
# The audit of reads on real daemons: what an answer showed is in the log, though the node is killed the moment it was
# given; the citizen sees it; and whoever changes the files or cuts the log off is found.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

ok "a town starts" new_town town
call() { ctl town --json call intake "$@"; }
reads() { ctl town --json audit intake show --citizen "$citizen"; }
inquiry='{"channel":"phone","asker":"citizen","life_areas":["housing"],"number":"110378-0012","name":"Audit Person"}'
asked=$(call receive_inquiry "$inquiry" | jq -r .inquiry)
show="{\"inquiry\":\"$asked\"}"
citizen=$(call show_inquiry "$show" --client portal --actor front_desk:desk-0 | jq -r .inquiry.citizen)

for i in 1 2 3; do # killed right after the answer
	ok "an answer with her data" call show_citizen "{\"citizen\":\"$citizen\"}" --client portal \
		--actor "front_desk:desk-$i" --why "her call number $i"
	kill_node town intake
	start_node town intake
done
same "each of them is in the log" \
	"$(reads | jq -c '[.reads[] | select(.query == "show_citizen") | [.client, .actor.role, .actor.id, .about]]')" \
	"$(jq -nc --arg c "$citizen" '[("desk-1", "desk-2", "desk-3") | ["portal", "front_desk", ., $c]]')"
same "operators are not shown why" "$(reads | jq -r '[.reads[].why // empty] | unique | join(",")')" "***"
mine() { ctl town --json call intake show_audit "{\"person\":\"$citizen\"}" --client portal --actor "citizen:$1"; }
same "the citizen is, and sees who looked into it" \
	"$(mine "$citizen" | jq -c '[.reads[].why // empty], ([.reads[] | select(.query == "show_audit")] | length)')" \
	"$(printf '["her call number 1","her call number 2","her call number 3"]\n2')"
same "whose own look is not noted" "$(mine "$citizen" | jq '.reads | length')" \
	"$(mine "$citizen" | jq '.reads | length')"
ok "not another one" test "$(mine 01900000-0000-7000-8000-000000000001 2>/dev/null | jq -r .error)" = denied
same "by her number, too" "$(ctl town --json audit intake show --citizen 110378-0012 | jq -r .person)" "$citizen"
head() { call show_status '{}' | jq -e .head; }
before=$(head)
same "the journal knows nothing of it" "$(ctl town --json journal intake --limit 0 | grep -c personal_read)" 0
call show_citizen "{\"citizen\":\"$citizen\"}" --actor front_desk:desk-9 >/dev/null
same "nor grows by it" "$(head)" "$before"

# many reads at once, and a kill in the middle of them: no answer without its entry
workers=()
for worker in 1 2 3; do
	(
		for i in $(seq 12); do
			call show_citizen "{\"citizen\":\"$citizen\"}" --client portal --actor "front_desk:w$worker-$i" \
				--timeout 300ms >/dev/null 2>&1 && echo "w$worker-$i"
		done >"$work/answered.$worker"
	) &
	workers+=($!)
done
sleep 0.4
kill_node town intake
start_node town intake
for worker in "${workers[@]}"; do wait "$worker"; done
sort "$work"/answered.* >"$work/answered"
reads | jq -r '.reads[].actor.id // empty | select(startswith("w"))' | sort -u >"$work/noted"
ok "reads were answered around the kill ($(wc -l <"$work/answered"))" test "$(wc -l <"$work/answered")" -ge 10
same "each has its entry" "$(comm -23 "$work/answered" "$work/noted")" ""

kept=$(ctl town --json audit intake verify)
ok "the log is whole" jq -e .whole <<<"$kept"
pair=(--seq "$(jq .head <<<"$kept")" --hash "$(jq -r .hash <<<"$kept")")
ok "and the one whose hash was kept" ctl town audit intake verify "${pair[@]}"
ctl town audit intake verify --seq 3 --hash "$(jq -r .hash <<<"$kept")" >/dev/null
same "another hash is none" "$?" 1
ctl town audit intake verify --seq 3 >/dev/null 2>&1
same "half a pair is a mistake" "$?" 2
ctl town --client importer audit intake verify >/dev/null 2>&1
same "not everybody may check" "$?" 1
ctl town audit intake show --citizen "$citizen" --actor auditor:ida >"$work/said"
ok "auditors are shown why" grep -q "her call number 2" "$work/said"

stop_node town intake
cp -r "$work/town/intake/state" "$work/before"
LC_ALL=C sed -i 's/desk-2/desk-7/g' "$work/town/intake/state/db/data.mdb" # an entry is made another's
start_node town intake
ctl town audit intake verify "${pair[@]}" >"$work/said"
same "a changed entry is found" "$?" 1
ok "and named" grep -qE '^entry [0-9]+ is missing, was changed' "$work/said"
stop_node town intake
rm -r "$work/town/intake/state"
cp -r "$work/before" "$work/town/intake/state"
start_node town intake
ok "as it was it is whole" ctl town audit intake verify "${pair[@]}"

sed -i 's/^\[node\]$/[node]\nwhy_required = yes/' "$work/town/intake/node.ini"
stop_node town intake
start_node town intake
call show_citizen "{\"citizen\":\"$citizen\"}" --actor front_desk:desk-9 >"$work/said" 2>&1
ok "where a reason is required, there is no answer without" grep -q '"why"' "$work/said"
ok "and one with" call show_citizen "{\"citizen\":\"$citizen\"}" --actor front_desk:desk-9 --why "she asked"
