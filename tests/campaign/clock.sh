#!/usr/bin/env bash
# Clocks that jump. The wall clocks of six real daemons are moved, each for itself, by seconds to years, forward and back,
# while they run; some are stopped and go on. Meanwhile a year is imported and people turn to the entrance. Nothing that
# was acknowledged is lost, nobody ends, links come back, no deadline fires twice and none is lost, and at the end every
# journal is whole and every answer can be given. COUNT: how often a clock jumps.
set -uo pipefail
# shellcheck source=tests/campaign/lib.sh
. "$(dirname "$0")/lib.sh"

jumps=$(size 60 5000)
second=1000 hour=3600000 day=86400000 year=31557600000
pauses=0 asked=0 acked=0 refused=0

set_clock() { # node, ms: written in place, in one piece
	perl -e 'open my $f, "+<", $ARGV[0] or die; syswrite $f, pack("q", $ARGV[1])' "$work/shift.$1" "$2"
}
start_shifted() { # node
	SHIFT_FILE=$work/shift.$1 LD_PRELOAD=build/campaign/shift_clock.so start_node town "$1"
}
jump() { # node
	local sizes=("$second" $((40 * second)) "$hour" $((25 * hour)) $((9 * day)) $((20 * day)) "$year" $((4 * year)))
	local by=$((sizes[RANDOM % 8] * (RANDOM % 9 + 1) / 5))
	case $((RANDOM % 5)) in
	0) by=0 ;; # right again
	1 | 2) by=-$by ;;
	esac
	set_clock "$1" "$by"
	echo "$1 $by" >>"$work/jumps"
}

"$BIN/oneplan-demo" --seed "$SEED" --inquiries 200 --out "$work/year"
"$BIN/oneplan-demo" --seed "$SEED" --live 1000 --from "$(date +%F)" >"$work/lines"
grep receive_inquiry "$work/lines" >"$work/live.ndjson"
"$BIN/oneplanctl" --town "$work/town" town init --base-port "$(free_base_port)" >/dev/null
for node in "${nodes[@]}"; do
	head -c 8 /dev/zero >"$work/shift.$node"
	start_shifted "$node"
done
must "a town starts" deploy/town.sh up "$work/town"
must "reporting hears of all" ctl town wait

# A deadline that a jump made due may have done to an inquiry what the next line of the year wants to do: that line is refused.
import_all() {
	local phase
	import town "$work/year" intake inquiries refused
	for phase in 1 2; do
		ctl town wait
		import_phase town "$work/year" $phase "${departments[@]}"
	done
	ctl town wait
}
import_all >"$work/import.said" 2>&1 &
import=$!

say() { # a line of the generator: what the entrance answers
	ctl town --timeout 5s --json call intake "$(jq -r .command <<<"$1")" --actor "$(jq -r .by <<<"$1")" "$(jq -c .with <<<"$1")"
}
grep publish_slots "$work/lines" | head -n 12 | while read -r line; do say "$line" >/dev/null; done

live() { # a person turns to the entrance; what it acknowledges is kept
	local line answer
	line=$(sed -n "$((asked + 1))p" "$work/live.ndjson")
	asked=$((asked + 1))
	answer=$(say "$line" 2>/dev/null)
	if [ "$(jq -r '.error // empty' <<<"$answer")" = "" ] && [ -n "$answer" ]; then
		acked=$((acked + 1))
		jq -r .with.inquiry <<<"$line" >>"$work/acked"
	else
		refused=$((refused + 1))
		jq -r '[.error, .field, .rule] | join(" ")' <<<"$answer" >&2
	fi
}

for _ in $(seq "$jumps"); do
	node=${nodes[RANDOM % ${#nodes[@]}]}
	jump "$node"
	if [ $((RANDOM % 6)) = 0 ]; then
		other=${nodes[RANDOM % ${#nodes[@]}]}
		kill -STOP "$(pid_of town "$other")"
		sleep "$((RANDOM % 2)).$((RANDOM % 9 + 1))"
		kill -CONT "$(pid_of town "$other")"
		pauses=$((pauses + 1))
	fi
	for _ in 1 2 3; do live; done
	for node in "${nodes[@]}"; do
		[ -e "/proc/$(pid_of town "$node")/exe" ] && continue
		violation "$node ended: $(tail -n 1 "$work/town/$node/log" | cut -c1-200)"
		start_shifted "$node"
	done
done
for node in "${nodes[@]}"; do set_clock "$node" 0; done
wait "$import" || violation "the import ends with an error: $(tail -n 2 "$work/import.said")"
for said in "$work"/town.*.json; do
	[ "$(jq '.lines - .imported - .already_there - .refused' "$said")" = 0 ] || violation "lines of $said are not accounted for"
done
[ "$(cat "$work"/town.*.json | jq -s 'map(.lines) | length')" = 7 ] || violation "not everything was imported"
conflicts=$(cat "$work"/town.*.log | grep -c '^oneplanctl: line [0-9]*: conflict: ')
[ "$(cat "$work"/town.*.log | grep '^oneplanctl: line ' | grep -vc ': conflict: ')" = 0 ] ||
	violation "lines were refused: $(cat "$work"/town.*.log | grep -v ': conflict: ' | head -n 2)"
must "links are up and everybody has everything" ctl town wait

# ---- what must hold ------------------------------------------------------------------------------------------------

# A promise is broken once; an alert climbs on, each time when its new time is up and not before.
fired_twice() {
	ctl town --json journal intake --fields --limit 0 | jq '
		[.records[] | select(.type | IN("work_item_opened", "work_item_overdue", "promise_broken")) |
			{type, entity, time, said: (.fields | fromjson)}] |
		([.[] | select(.type == "promise_broken") | [.entity, .said]] | length - (unique | length)) +
		([group_by(.entity)[] | [.[] | select(.said.due)] | range(1; length) as $i |
			select(.[$i].time < .[$i - 1].said.due)] | length)'
}
records() { ctl town --json journal "$1" --limit 0 | jq -c '.records[] | [.type, .entity, .seq]'; }
[ -s "$work/acked" ] || violation "nobody was acknowledged anything"
records intake >"$work/records.intake"
sort -u "$work/acked" | while read -r inquiry; do
	grep -q "\"inquiry_received\",\"$inquiry\"" "$work/records.intake" || echo "$inquiry"
done >"$work/lost"
[ ! -s "$work/lost" ] || violation "$(wc -l <"$work/lost") acknowledged inquiries are not there"
twice=$(fired_twice)
[ "$twice" = 0 ] || violation "$twice deadlines fired twice"
# every clock a year ahead: no deadline before that is left
set_clock intake "$year"
for _ in $(seq 100); do
	due=$(ctl town --json call intake show_status '{}' | jq .deadlines)
	[ "$due" != "${before:-}" ] || break
	before=$due
	sleep 1.5
done
set_clock intake 0
must "everybody hears of that" ctl town wait
records intake >"$work/records.intake"
twice=$(fired_twice)
fired=$(grep -cE '"(promise_broken|work_item_overdue)"' "$work/records.intake")
[ "$twice" = 0 ] || violation "$twice deadlines fired twice after a year"
[ "$fired" -gt 0 ] || violation "no deadline fired in a year"
figures_of town >"$work/figures" || violation "reports cannot be made"
for node in "${nodes[@]}"; do stop_node town "$node"; done
for node in intake planning.{employment,family,social} reporting; do
	mkdir -p "$work/look.$node"
	"build/campaign/check-flip-${node%%.*}" "$work/town/$node/node.ini" --work "$work/look.$node" --count 0 >/dev/null 2>"$work/said" ||
		violation "$node: a look at everything finds $(cat "$work/said")"
done
for node in "${nodes[@]}"; do start_node town "$node"; done
must "with right clocks from now on all start" deploy/town.sh up "$work/town"
row jumps="$jumps" pauses="$pauses" asked="$asked" acknowledged="$acked" refused="$refused" fired="$fired" deadlines_left="$due" twice="$twice" \
	lost="$(wc -l <"$work/lost")" line_conflicts="$conflicts"
