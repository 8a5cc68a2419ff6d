#!/usr/bin/env bash
# The archive has every record of every node, as it is stored: through kill -9 of either side, with nothing readable in it,
# and what is erased at its owner stays as it is there, and unreadable.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

"$BIN/oneplan-demo" --seed 1 --inquiries "${INQUIRIES:-60}" --out "$work/year"
ok "a town with an archive starts" new_town town --archive
archive=$work/town/archive/state

kills() { # while the import runs
	local i node
	for i in 1 2 3 4; do
		sleep 0.2
		node=$([ $((i % 2)) = 0 ] && echo intake || echo archive)
		kill_node town "$node"
		start_node town "$node"
	done
}
kills &
killing=$!
ok "a year is imported while intake and archive are killed" import_year town "$work/year"
wait "$killing"
ok "a citizen writes" ctl town --client portal call intake receive_inquiry \
	'{"channel":"phone","asker":"citizen","life_areas":["housing"],"number":"221166-0000","words":"Ordene kan ingen gætte"}'
ok "every follower has everything" ctl town wait

heads() { ctl town --json status | jq -r '.[] | select(.status.head > 0 and .status.node != "archive") | [.status.node, .status.head, .status.hash] | @tsv' | sort; }
kept() { ctl town --json archive archive list | jq -r '.lines[] | [.owner, .last, .hash] | @tsv' | sort; }
checked() { ctl town --json archive archive verify | jq -r '.journals[] | [.owner, .through, .hash] | @tsv' | sort; }
same "it has every journal up to its head, with its owner's hash" "$(kept)" "$(heads)"
same "and they are whole when they are read again" "$(checked)" "$(heads)"
same "everything was addressed to it" \
	"$(for node in "${nodes[@]}"; do ctl town --json call "$node" list_queues '{}'; done | jq -r '.queues[]? | select(.follower == "archive" and .addressed > 0) | [.owner, .addressed, .delivered, .through] | @tsv' | sort)" \
	"$(heads | awk -v OFS='\t' '{print $1, $2, $2, $2}')"
same "it set nothing aside" "$(ctl town --json quarantine archive | jq '.records | length')" 0

# ---- sealed

plain() { grep -aE 'Ordene kan ingen|2211660000|221166-0000' -r "$1" -l; }
same "nothing can be read in it" "$(plain "$archive")" ""
same "it has no key" "$(stat -c %s "$archive/keys.bin")" 0
export_intake() { ctl town --json archive archive export intake "$work/$1"; }
ok "a journal is given out as a file" export_intake before
same "in which nothing can be read" "$(plain "$work/before")" ""
same "and nothing is overwritten" "$(export_intake before 2>/dev/null | jq -r .error)" conflict
citizen=$(ctl town --client portal --json call intake find_citizen '{"number":"221166-0000"}' --actor front_desk:desk-1 | jq -r .citizen.citizen)
ok "the citizen is erased" ctl town --client portal call intake erase_citizen \
	"{\"citizen\":\"$citizen\",\"decided_by\":\"Ida Holm\",\"why\":\"asked for it\"}" --actor manager:ida
ok "the erasure arrives" ctl town wait
ok "a journal is given out again" export_intake after
records() { head -c $(($(stat -c %s "$work/before") - 44)) "$work/$1" | sha256sum; } # without the file's end
same "what was sealed stays as it was" "$(records after)" "$(records before)"
same "the archive goes on" "$(kept)" "$(heads)"
ok "its digests can be compared" ctl town digest archive
ok "only operators may read it" test "$(ctl town --client portal --json archive archive list 2>/dev/null | jq -r .error)" = denied
