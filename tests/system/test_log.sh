#!/usr/bin/env bash
# oneplanctl log: the logs of a town's nodes in order of time, filtered, followed over a rotation, and out of the
# journal (a program of that name stands in for journalctl).
# shellcheck source=tests/system/lib.sh disable=SC2154
. "$(dirname "$0")/lib.sh"

"$BIN/oneplanctl" --town "$work/town" town init >/dev/null
line() { # node, second, level, event, more
	printf '{"time":"2026-11-28T10:00:%02d.000Z","level":"%s","node":"%s","event":"%s"%s}\n' "$2" "$3" "$1" "$4" "${5:-}"
}
log_of() { echo "$work/town/$1/log"; }
show() { ctl town log "$@"; }
events() { awk 'NF > 3 { print $4 }' "$1" | tr '\n' ' '; }

{ line intake 1 info one; line intake 4 warning four ',"why":"so it is"'; line intake 5 debug five; } >"$(log_of intake)"
{ line reporting 2 error two; echo "==1==ERROR: not an event"; line reporting 3 info three; } >"$(log_of reporting)"

show intake reporting >"$work/out"
same "in order of time, what is no event behind the line before it" "$(events "$work/out")" "one two ==1==ERROR: three four five "
same "the day is said once" "$(grep -c '^2026-11-28$' "$work/out")" 1
ok "with what else is known" grep -q '11:00:04.000  warning  intake .* four  why="so it is"' "$work/out"
same "a level and worse" "$(show intake reporting --level warning | awk 'NF > 3 {print $4}' | tr '\n' ' ')" "two four "
same "a text" "$(show intake reporting --grep 'SO IT' | grep -c four)" 1
same "a time" "$(show intake reporting --since 2026-11-28T10:00:04Z | awk 'NF > 3 {print $4}' | tr '\n' ' ')" "four five "
same "as the daemons wrote it" "$(show intake --json)" "$(cat "$(log_of intake)")"
same "what is no event is a document, too" "$(show reporting --json | jq -c .event | tr '\n' ' ')" '"two" "==1==ERROR: not an event" "three" '
ok "no colour in a pipe" bash -c "! grep -q $'\e' '$work/out'"
ok "levels have colours" grep -q $'\e\[31m.*two' <(ctl town --color=always log reporting)
for _ in $(seq 40); do printf 'x%.0s' {1..9} ' '; done >"$work/words"
line intake 6 info six ",\"long\":\"$(cat "$work/words")\"" >>"$(log_of intake)"
same "lines are at most 100 characters" "$(show intake | awk 'length($0) > 100')" ""
ok "a node without a log is named" grep -q 'notification has no log here' <(show intake notification 2>&1)
same "wrong arguments" "$(show --level loud >/dev/null 2>&1; echo $?) $(show --since soon >/dev/null 2>&1; echo $?) $(show nobody >/dev/null 2>&1; echo $?)" "2 2 2"
same "a reader that has enough" "$(show intake 2>&1 | head -n 1)" "2026-11-28"

# ---- followed ------------------------------------------------------------------------------------

"$BIN/oneplanctl" --town "$work/town" log intake --follow >"$work/follow" &
pid=$!
seen() { for _ in $(seq 100); do grep -q " $1" "$work/follow" && return; sleep 0.05; done; return 1; }
ok "what is there" seen six
line intake 7 info seven >>"$(log_of intake)"
ok "what comes" seen seven
line intake 8 info eight >>"$(log_of intake)"
mv "$(log_of intake)" "$(log_of intake).1"
line intake 9 info nine >"$(log_of intake)"
ok "before it was moved away" seen eight
ok "and what comes then" seen nine
: >"$(log_of intake)"
sleep 0.5
line intake 10 info ten >>"$(log_of intake)"
ok "and after it was emptied" seen ten
kill -INT "$pid"
wait "$pid"
same "an interrupt ends it" "$?" 0
same "each line once, in order" "$(events "$work/follow")" "one four five six seven eight nine ten "
same "with a time, also what was rotated away" "$(show intake --since 2026-11-28T10:00:05Z | awk 'NF > 3 {print $4}' | tr '\n' ' ')" \
	"five six seven eight ten "

# ---- the journal ---------------------------------------------------------------------------------

mkdir "$work/bin"
cat >"$work/bin/journalctl" <<-END
	#!/bin/sh
	echo "\$*" >"$work/asked"
	cat "$work/journal"
END
chmod +x "$work/bin/journalctl"
{ line planning.family 1 info from_journal; line intake 2 info also; } >"$work/journal"
PATH="$work/bin:$PATH" show --journal planning.family intake --since 2026-11-28T09:00:00Z >"$work/out"
same "out of the journal" "$(events "$work/out")" "from_journal also "
same "of the nodes' units" "$(grep -o -- '-u.*' "$work/asked")" "-u oneplan-intake -u oneplan-planning@family"
ok "from that time on" grep -q -- "--namespace=oneplan .*--since=@1795856400 " "$work/asked"
