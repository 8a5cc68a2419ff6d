#!/usr/bin/env bash
# Records made poisonous for a follower, one entity after another: fields that cannot be decoded, an apply that fails, and
# fields that abort the process, crash it, let it loop for ever or take memory for ever. After each: everything else flowed on,
# order within the entity held (I8), the counters of both sides add up (I9), a process that ends behind its mark ends four
# times and then lives, a retry after the cure applies all in order, a drop needs a reason and a name and is journalled. At the
# end the followers' state equals that of a town that was never disturbed, but for the same drops. COUNT: rounds.
set -uo pipefail
# shellcheck source=tests/campaign/lib.sh
. "$(dirname "$0")/lib.sh"

rounds=$(size 6 300)
"$BIN/oneplan-demo" --seed "$SEED" --inquiries $((rounds * 8)) --out "$work/year"
split -d -a 4 -n l/"$rounds" "$work/year/inquiries.ndjson" "$work/chunk."
actions=(loop refuse hog apply abort segv) followers=(reporting notification)
crashes=0 kills=0 drops=0 retries=0 aside_most=0
rule_of() { echo "$work/rule.$1.$2"; } # town, node

start_poisoned() { # town, node
	POISON=$(rule_of "$1" "$2") setsid "build/campaign/oneplan-${2%%.*}" --config "$work/$1/$2/node.ini" >>"$work/$1/$2/log" 2>&1 </dev/null &
	echo $! >"$work/$1/$2/pid"
	disown
}
# Its files, and the lock on its state, are given up a little after its program.
settle() { # town, node
	local pid
	pid=$(pid_of "$1" "$2")
	for _ in $(seq 100); do
		[ "$(awk '{print $3}' "/proc/$pid/stat" 2>/dev/null || echo Z)" = Z ] && return
		sleep 0.02
	done
}
lives() { [ -e "/proc/$(pid_of "$1" "$2")/exe" ]; }
import_chunk() { ctl "$1" --json import intake "$2" >/dev/null 2>"$work/import.log" || violation "$1: $2: $(tail -n 1 "$work/import.log")"; }
aside() { ctl "$1" --json quarantine "$2"; }                                    # town, node
queue() { ctl "$1" --json call intake list_queues "{\"follower\":\"$2\"}" | jq -r ".queues[0] | [.addressed, .delivered, .quarantined // 0, .dropped // 0] | @tsv"; }
cursor() { ctl "$1" --json call "$2" list_queues '{}' | jq -r '.cursors[] | select(.owner == "intake") | [.applied, .quarantined, .withheld, .dropped // 0] | @tsv'; }
holds() { # what, then a bash condition
	local what="round $round: $node, $action: $1"
	shift
	eval "$*" || violation "$what ($*)"
}

# What was addressed has arrived, and each of these records is applied, in quarantine, withheld or dropped: on both sides.
adds_up() { # town
	local addressed delivered told told_dropped applied quarantined withheld dropped
	for _ in $(seq 50); do # the last acknowledgement may still be on its way
		read -r addressed delivered told told_dropped < <(queue "$1" "$node")
		read -r applied quarantined withheld dropped < <(cursor "$1" "$node")
		[ "$addressed $told $told_dropped" = "$delivered $quarantined $dropped" ] && break
		sleep 0.1
	done
	holds "the owner's counters" "[ '$addressed $told $told_dropped' = '$delivered $quarantined $dropped' ]"
	holds "conservation" "[ $addressed = $((applied + quarantined + withheld + dropped)) ]"
	holds "what is listed is what is counted" "[ $quarantined = $(aside "$1" "$node" | jq '.records | length') ]"
}

# Ends and starts again until it lives and has taken everything, or is beyond help.
survive() {
	local begun tick got=0 pid
	for begun in 1 2 3 4 5 6; do
		pid=$(pid_of fire "$node")
		for tick in $(seq 600); do
			lives fire "$node" || break
			if [ "$action" = hog ] && [ "$(awk '/^RssAnon/ {print $2}' "/proc/$pid/status" 2>/dev/null || echo 0)" -gt 150000 ]; then
				kill -KILL "$pid"
				kills=$((kills + 1))
				sleep 0.1
				break
			fi
			sleep 0.1
			# one that loops answers nobody; one that lives has passed the record
			if [ "$action" = loop ] && [ $((tick % 3)) = 0 ] && ! ctl fire --timeout 1s call "$node" show_status '{}' >/dev/null 2>&1 && lives fire "$node"; then
				kill -KILL "$pid"
				kills=$((kills + 1))
				sleep 0.1
				break
			fi
			[ "$(ctl fire --timeout 1s --json quarantine "$node" 2>/dev/null | jq '.records | length' 2>/dev/null || echo 0)" -gt 0 ] 2>/dev/null && break 2
		done
		lives fire "$node" && break
		got=$((got + 1))
		settle fire "$node"
		start_poisoned fire "$node"
	done
	crashes=$((crashes + got))
	holds "it ended once unaware and three times behind its mark" "[ $got = 4 ]"
	: "$begun"
}

check_aside() {
	local first
	aside fire "$node" >"$work/aside"
	first=$(jq '.records[0].seq // 0' "$work/aside")
	holds "something is aside" "[ $first -gt 0 ]"
	holds "all of one entity" "[ \"$(jq -r '[.records[].entity] | unique | join(" ")' "$work/aside")\" = $inquiry ]"
	holds "every later record of the entity waits behind the first" "[ '$(jq -r '.records[].seq' "$work/aside" | xargs)' = '$(ctl fire --json journal intake --entity "$inquiry" --limit 0 |
		jq -r --arg role "$node" --argjson first "$first" '(.records[]? // .) | select(.seq >= $first and ((.audience // []) | index($role) != null)) | .seq' | xargs)' ]"
	holds "and says so" "[ '$(jq -r '[.records[1:][].waits_behind] | unique | join(" ")' "$work/aside")' = '$([ "$(jq '.records | length' "$work/aside")" = 1 ] || echo "$first")' ]"
	aside_now=$(jq '.records | length' "$work/aside")
	[ "$aside_now" -gt "$aside_most" ] && aside_most=$aside_now
}

drop_first() { # town
	local first
	first=$(aside "$1" "$node" | jq '.records[0].seq')
	holds "a drop needs a reason and a name" "! ctl $1 drop $node quarantine/intake $first --by Ida >/dev/null 2>&1 && ! ctl $1 drop $node quarantine/intake $first --reason x >/dev/null 2>&1"
	holds "a drop" "ctl $1 drop $node quarantine/intake $first --reason 'round $round' --by Ida >/dev/null"
	holds "the journal knows who dropped it" "[ \"$(ctl "$1" --json journal "$node" --tail --limit 2 --fields | jq -r '(.records[]? // .) | select(.type == "record_dropped") | .fields | fromjson | .by + " " + .reason')\" = 'Ida round $round' ]"
}
cure() { # town
	rm -f "$(rule_of "$1" "$node")"
	if [ "$(aside "$1" "$node" | jq '.records | length')" -gt 0 ]; then
		holds "once cured, a retry applies all" "ctl $1 retry $node quarantine/intake --entity $inquiry --by Ida --reason cured >/dev/null"
	fi
	holds "nothing is left" "[ $(aside "$1" "$node" | jq '.records | length') = 0 ]"
	adds_up "$1"
}

for town in calm fire; do
	need "a town starts" new_town $town
	for node in "${followers[@]}"; do stop_node $town "$node" && start_poisoned $town "$node"; done
done
for round in $(seq "$rounds"); do
	chunk=$work/chunk.$(printf %04d $((round - 1)))
	[ -e "$chunk" ] || break
	node=${followers[RANDOM % 2]} action=${actions[(round - 1) % 6]} dropping=$((RANDOM % 4 == 0))
	inquiry=$(jq -r 'select(.command == "receive_inquiry") | .with.inquiry' "$chunk" | shuf -n 1 --random-source=<(yes "$SEED$round"))
	[ -n "$inquiry" ] || continue
	# the calm town is first: it tells the inquiry's reference, which follows from its id
	stop_node calm "$node"
	import_chunk calm "$chunk"
	reference=$(ctl calm --json call intake show_inquiry "{\"inquiry\":\"$inquiry\"}" | jq -r .inquiry.reference)
	[ $dropping = 0 ] || echo "refuse $reference" >"$(rule_of calm "$node")"
	start_poisoned calm "$node"
	must "calm: everything arrives" ctl calm wait
	if [ $dropping = 1 ]; then drop_first calm && cure calm; fi
	echo "$action $reference" >"$(rule_of fire "$node")"
	echo "round $round: $action for $node, $reference$([ $dropping = 0 ] || echo ", dropped")" >&2
	import_chunk fire "$chunk"
	case $action in refuse | apply) ;; *) survive ;; esac
	holds "everything else flows on" "ctl fire wait >/dev/null 2>&1"
	check_aside
	adds_up fire
	if [ "$action" = refuse ] || [ "$action" = apply ]; then
		holds "a retry of what is still poisonous applies nothing" "! ctl fire retry $node quarantine/intake --entity $inquiry --by Ida --reason cured >/dev/null 2>&1 && [ $(aside fire "$node" | jq '.records | length') = $aside_now ]"
	fi
	if [ $dropping = 1 ]; then drop_first fire && drops=$((drops + 1)); else retries=$((retries + 1)); fi
	cure fire
	stop_node fire "$node" # in order, so that the next crash comes unaware
	start_poisoned fire "$node"
done
for town in calm fire; do must "$town: everything arrives" ctl $town wait; done
for node in intake "${followers[@]}"; do
	diff <(ctl calm --json digest "$node" | jq -c '.parts[]') <(ctl fire --json digest "$node" | jq -c '.parts[]') >&2 ||
		violation "the state of $node is not that of the undisturbed town"
done
row rounds="$rounds" crashes="$crashes" killed="$kills" retried="$retries" dropped="$drops" most_aside="$aside_most"
