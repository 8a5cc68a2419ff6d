#!/usr/bin/env bash
# What oneplanctl shows of a town as it goes: lines a second (monitor) and a screen (top, on a real terminal). A node that stands still or is dead delays
# nobody and is seen.
# shellcheck source=tests/system/lib.sh disable=SC2154
. "$(dirname "$0")/lib.sh"

new_town town || exit 1
wide() { awk 'length($0) > 100' "$1" | head -n 3; }
ms() { date +%s%3N; }

# ---- monitor --------------------------------------------------------------------------------------

ctl town monitor --interval 200ms --count 3 >"$work/lines"
same "all is well" "$?" 0
same "a title, and a line a node in each round" "$(wc -l <"$work/lines")" $((1 + 3 * ${#nodes[@]}))
same "every node is there" "$(awk 'NR > 1 {print $2}' "$work/lines" | sort -u)" "$(printf '%s\n' "${nodes[@]}" | sort)"
same "lines are at most 100 characters" "$(wide "$work/lines")" ""
ok "they are no terminal's" bash -c "! grep -q $'\e' '$work/lines'"
ok "with --color=always they are coloured" grep -q $'\e\[' <(ctl town --color=always monitor --count 1)

ctl town --json monitor --interval 200ms --count 2 >"$work/json"
same "with --json each line is a document" "$(jq -r .state "$work/json" | sort | uniq -c | tr -s ' ')" " $((2 * ${#nodes[@]})) up"
ctl town --json monitor intake --queue link/ --interval 300ms --count 2 >"$work/json"
same "a line for each queue that was asked for" "$(jq -r '.queue.queue' "$work/json" | sort -u | wc -l)" 5
same "rates are known from the second round on" "$(jq -c .in_milli "$work/json" | uniq | tr '\n' ' ')" "-1 0 "
ctl town monitor --queue all --count 1 >"$work/lines"
same "lines about queues are at most 100 characters" "$(wide "$work/lines")" ""

ctl town monitor | head -n 1 >/dev/null
same "a reader that has enough ends it, without a word" "${PIPESTATUS[0]}" 0
"$BIN/oneplanctl" --town "$work/town" monitor --interval 100ms >"$work/lines" 2>"$work/errors" &
pid=$!
sleep 0.7
kill -INT "$pid"
wait "$pid"
same "so does an interrupt" "$? $(cat "$work/errors")" "0 "
ok "every line was out by then" test "$(wc -l <"$work/lines")" -gt 12

same "a wrong interval" "$(ctl town monitor --interval 1ms >/dev/null 2>&1; echo $?)" 2
same "no rounds at all" "$(ctl town monitor --count 0 >/dev/null 2>&1; echo $?)" 2
same "a node that is none" "$(ctl town monitor intak 2>&1)" "oneplanctl: not_found: intak: is no node of this town; did you mean intake?"

# ---- top ------------------------------------------------------------------------------------------

terminal() { tmux -S "$work/tmux" -f /dev/null "$@"; }
# A terminal in which what is to be drawn runs between two looks at its state; bash -i: with job control.
begin_terminal() { # name of its files, columns, rows, command
	rm -f "$work/$1".*
	cat >"$work/$1.sh" <<-END
		stty -g >$work/$1.before
		$4
		echo \$? >$work/$1.code
		stty -g >$work/$1.after
		sleep 100
	END
	terminal new-session -d -s "$1" -x "$2" -y "$3" "ONEPLAN_TOWN=$work/town bash --norc -i $work/$1.sh"
}
end_terminals() { terminal kill-server 2>/dev/null; }
trap 'end_terminals; finish' EXIT
screen() { terminal capture-pane -p -t "$1"; }
keys() { terminal send-keys -t "$@"; }
within() { # seconds, what, command
	local until=$(($(ms) + $1 * 1000))
	while ! "${@:3}" >/dev/null; do
		if [ "$(ms)" -gt "$until" ]; then
			echo "not ok - $2"
			screen top | head -n 40
			failures=$((failures + 1))
			return
		fi
		sleep 0.1
	done
	echo "ok - $2"
}
sees() { screen "$1" | grep -qE -- "$2"; }
ended() { [ -s "$work/$1.after" ]; }
as_before() { # name, code
	[ "$(cat "$work/$1.before")" = "$(cat "$work/$1.after")" ] && [ "$(cat "$work/$1.code")" = "$2" ] &&
		[ "$(terminal display-message -p -t "$1" '#{alternate_on} #{cursor_flag}')" = "0 1" ]
}

begin_terminal top 100 30 "$PWD/$BIN/oneplanctl top"
within 5 "top shows every node" sees top '^planning.social +up'
within 5 "and every queue, with its verdict" sees top '^intake +link/reporting .* ok'
within 5 "it sums up" sees top '6 nodes, 0 down'
clock() { screen top | head -n 1 | grep -oE '[0-9]{2}:[0-9]{2}:[0-9]{2}'; }
was=$(clock)
later() { [ "$(clock)" != "$was" ]; }
within 3 "the clock goes on" later
keys top s
within 2 "s sorts" sees top 'by depth'
keys top / q u a r a n t i n e / i n t Enter
within 2 "a slash filters" sees top 'filter: quarantine/int'
ok "what does not hold the text is not there" bash -c "! grep -q 'link/reporting' <<<'$(screen top)'"
keys top Enter
within 3 "enter shows what lies in the queue" sees top '^quarantine/intake of '
within 3 "here nothing" sees top 'nothing lies in it'
keys top Escape
within 2 "escape goes back" sees top '^node +state'
keys top Escape '?'
within 2 "? helps" sees top 'sort by trouble'
keys top '?' Space
within 2 "space stands still" sees top PAUSED
was=$(clock)
sleep 1.3
same "and so does the clock" "$(clock)" "$was"
keys top Space
terminal resize-window -t top -x 132 -y 20
within 3 "a wider terminal tells why" sees top 'verdict +why'
same "all lines of it are used" "$(screen top | tail -n 1 | cut -c1-5)" "q end"
terminal resize-window -t top -x 60 -y 12
within 3 "a small one is drawn on, too" sees top 'oneplan'
same "also with its last line" "$(screen top | tail -n 1 | cut -c1-5)" "q end"
terminal resize-window -t top -x 100 -y 30
kill -STOP "$(pid_of town planning.family)"
within 4 "a node that stands still is seen" sees top '^planning.family +(silent|down)'
was=$(clock)
within 5 "and delays nothing" later
kill -CONT "$(pid_of town planning.family)"
within 8 "it is back" sees top '6 nodes, 0 down'
keys top q
within 3 "q ends it" ended top
ok "and the terminal is as it was" as_before top 0

signals=(TERM INT HUP QUIT SEGV)
for signal in "${signals[@]}"; do
	begin_terminal "$signal" 80 24 "$PWD/$BIN/oneplanctl top & echo \$! >$work/$signal.pid; fg >/dev/null"
done
begin_terminal stop 80 24 "$PWD/$BIN/oneplanctl top; stty -g >$work/stop.stopped; fg >/dev/null"
begin_terminal dumb 80 24 "TERM=dumb $PWD/$BIN/oneplanctl top 2>$work/dumb.error"
for signal in "${signals[@]}"; do
	within 5 "top begins" sees "$signal" '6 nodes'
	kill -s "$signal" "$(cat "$work/$signal.pid")"
done
for signal in "${signals[@]}"; do
	within 5 "SIG$signal ends it" ended "$signal"
	ok "and leaves the terminal as it was" as_before "$signal" "$([ "$signal" = SEGV ] && echo 139 || echo 0)"
done
within 5 "top begins" sees stop '6 nodes'
keys stop C-z
within 3 "it can be stopped" test -s "$work/stop.stopped"
same "the terminal is the shell's meanwhile" "$(cat "$work/stop.stopped")" "$(cat "$work/stop.before")"
within 3 "and goes on where it was" sees stop '6 nodes'
keys stop q
within 3 "to its end" ended stop
within 3 "a terminal that cannot be drawn on" ended dumb
same "is refused" "$(cat "$work/dumb.code")" 2
end_terminals

refused() { "$BIN/oneplanctl" --town "$work/town" top 2>&1 </dev/null; echo "$?"; }
same "without a terminal it says what else there is" "$(refused)" \
	"oneplanctl: not_found: this draws on a terminal, and here is none; \`monitor\` writes lines
2"

# ---- one stands still, one is dead -----------------------------------------------------------------

kill -STOP "$(pid_of town planning.family)"
kill_node town planning.social
began=$(ms)
ctl town --json monitor --interval 500ms --count 4 >"$work/json"
code=$?
took=$(($(ms) - began))
same "some are not reached" "$code" 3
ok "four rounds take no longer for that ($took ms)" test "$took" -lt 4000
same "the others are all seen in each" "$(jq -r 'select(.state == "up") | .node' "$work/json" | sort | uniq -c | awk '{print $1}' | sort -u)" 4
same "the one that stands still is" "$(jq -r 'select(.node == "planning.family") | .state' "$work/json" | sort -u | grep -vE '^(down|silent)$')" ""
same "the dead one is down" "$(jq -r 'select(.node == "planning.social") | .state' "$work/json" | sort -u)" down
kill -CONT "$(pid_of town planning.family)"
start_node town planning.social
until ctl town --timeout 1s status >/dev/null 2>&1; do sleep 0.1; done
