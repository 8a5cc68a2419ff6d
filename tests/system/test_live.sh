#!/usr/bin/env bash
# What oneplanctl shows of a town as it goes: lines a second (monitor). A node that stands still or is dead delays
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
