#!/usr/bin/env bash
# Nodes whose disk is lost are made again from the archive and from their own data keys: state and figures are what they
# were, no reaction comes twice, what was erased stays so; and what a node made from too old a journal lost stays in the archive.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

"$BIN/oneplan-demo" --seed 1 --inquiries "${INQUIRIES:-40}" --out "$work/year"
ok "a town with an archive starts" new_town town --archive
ok "a year is imported" import_year town "$work/year"
ok "a citizen writes" ctl town --client portal call intake receive_inquiry \
	'{"channel":"phone","asker":"citizen","life_areas":["housing"],"number":"221166-0000","words":"Ordene kan ingen gætte"}'
ok "every follower has everything" ctl town wait
ctl town --json archive archive export intake "$work/before" >/dev/null
citizen=$(ctl town --client portal --json call intake find_citizen '{"number":"221166-0000"}' --actor front_desk:desk-1 | jq -r .citizen.citizen)
ok "and is erased" ctl town --client portal call intake erase_citizen \
	"{\"citizen\":\"$citizen\",\"decided_by\":\"Ida Holm\",\"why\":\"asked for it\"}" --actor manager:ida
ok "every follower has heard it" ctl town wait

heads() { ctl town --json status | jq -r '.[] | select(.status.head > 0 and .status.node != "archive") | [.status.node, .status.head, .status.hash] | @tsv' | sort; }
kept() { ctl town --json archive archive list | jq -r '.lines[] | [.owner, .last, .hash] | @tsv' | sort; }
checked() { ctl town --json archive archive verify | jq -r '.journals[] | [.owner, .through, .hash] | @tsv' | sort; }

# ---- a node whose disk is lost

code() { # what, exit code, words, then a command
	local what=$1 want=$2 words=$3 out got
	shift 3
	out=$("$@" 2>&1)
	got=$?
	same "$what" "$got $(grep -coF -- "$words" <<<"$out")" "$want 1"
}
rebuild() { # node, file
	timeout 20 "$BIN/oneplan-${1%%.*}" --config "$work/town/$1/node.ini" --rebuild-from "$work/$2" \
		--by Ida --reason 'the disk was lost'
}
lose() { # node: the disk is lost, the backup of its data keys is not
	kill_node town "$1"
	rm -rf "$work/town/$1/state/db"
}
head_of() { ctl town --json status | jq ".[] | select(.status.node == \"$1\") | .status.head"; }
digest_of() { ctl town --json digest "$1" | jq -c '.parts[]'; }

figures() { for report in R1 R2 R3 R4 R5 R8; do ctl town report "$report" --csv; done | grep -v "Journals: "; }
figures=$(figures)
for node in planning.family intake notification; do
	ok "$node: its journal is given out" ctl town --json archive archive export "$node" "$work/$node.journal"
	state=$(digest_of "$node")
	head=$(head_of "$node")
	lose "$node"
	ini=$work/town/$node/node.ini
	code "$node: it does not start without a database" 75 "no database" timeout 20 "$BIN/oneplan-${node%%.*}" --config "$ini"
	if [ "$node" = intake ]; then
		tampered=$work/tampered.journal
		for at in 40 3000 $(($(stat -c %s "$work/$node.journal") - 5)); do
			cp "$work/$node.journal" "$tampered"
			byte=$(od -An -tu1 -j "$at" -N 1 "$tampered")
			printf "%b" "\\x$(printf %02x $((byte ^ 4)))" | dd of="$tampered" bs=1 seek="$at" conv=notrunc status=none
			code "a journal with another byte at $at is refused" 75 "not rebuilt" rebuild intake tampered.journal
		done
		head -c 100000 "$work/$node.journal" >"$tampered"
		code "one that was cut off, too" 75 "cut off" rebuild intake tampered.journal
		code "and that of another node" 75 "the journal of planning.family" rebuild intake planning.family.journal
		mv "$work/town/intake/state/keys.bin" "$work/keys.bin"
		code "without its data keys nothing is guessed" 75 "no data keys" rebuild intake intake.journal
		mv "$work/keys.bin" "$work/town/intake/state/keys.bin"
		same "of all that nothing is left" "$(ls "$work/town/intake/state")" "$(printf 'db.unfinished\nkeys.bin')"
	fi
	code "$node: it is made again" 0 "rebuilt from its journal" rebuild "$node" "$node.journal"
	code "$node: once" 75 "has a database" rebuild "$node" "$node.journal"
	start_node town "$node"
	ok "$node: every follower goes on" ctl town wait
	same "$node: its journal goes on with a new epoch, and nothing else was written: no reaction came twice" \
		"$(ctl town --json journal "$node" --from $((head + 1)) | jq -r '.records[] | [.seq, .type] | @tsv')" "$(printf '%s\tnode_restored' $((head + 1)))"
	same "$node: its state is what it was" "$(digest_of "$node")" "$state"
done
same "and so are the figures" "$(figures)" "$figures"
same "the archive has all of it, in both epochs" "$(kept | awk '{last[$1] = $2 "\t" $3} END {for (o in last) print o "\t" last[o]}' | sort)" "$(heads)"
same "whole" "$(checked)" "$(heads)"
same "the erased citizen stays erased" "$(ctl town --client portal --json call intake find_citizen '{"number":"221166-0000"}' --actor front_desk:desk-1 2>/dev/null | jq -r .error)" not_found

# ---- one that is made again from too old a journal: what the archive has of the lost records stays

lose intake
ok "intake is made again from the journal of before" rebuild intake before
start_node town intake
for _ in $(seq 100); do
	grep -q "diverged" "$work/town/archive/log" && break
	sleep 0.1
done
ok "the archive is a witness" grep -q diverged "$work/town/archive/log"
lost=$(ctl town --json archive archive list intake | jq -c '[.lines[] | [.line, .last, .hash]] | .[-1]')
for node in archive reporting notification planning.employment planning.family planning.social; do
	ctl town follow-anew "$node" intake --by Ida --reason 'intake was restored' >/dev/null
done
ok "all go on, each told to" ctl town wait
same "the lost records are kept" "$(ctl town --json archive archive list intake | jq -c '[.lines[] | [.line, .last, .hash]] | .[-2]')" "$lost"
same "the present journal is the owner's" "$(checked)" "$(heads)"
same "and every line is whole" "$(ctl town --json archive archive verify --every | jq '[.journals[] | .bad // 0] | add')" 0
