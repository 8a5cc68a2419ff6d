#!/usr/bin/env bash
# What a daemon says to a service manager, its keys as credentials, a reload with good and with bad settings, and the
# end that it is asked for: within 2 s, under load, with a follower that stands still, and what was answered is kept.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

said=$work/said
python3 tests/system/notified.py "$work/socket" "$said" &
listener=$!
until [ -S "$work/socket" ]; do sleep 0.05; done

ok "a town starts" new_town town
ini=$work/town/intake/node.ini log=$work/town/intake/log
until_said() { # jq's condition: at least one line is like that
	local try
	for try in $(seq 200); do
		[ "$(jq -c "select($1)" "$said" 2>/dev/null | wc -l)" -gt "${2:-0}" ] && return
		sleep 0.05
	done
	echo "never said: $1 ($try)" >&2
	return 1
}
start_watched() { # as start_node, under a service manager that wants a sign of life every second
	NOTIFY_SOCKET=$work/socket WATCHDOG_USEC=1000000 start_node town intake
}
answers() { ctl town --timeout 5s call intake show_status '{}'; }

# ---- keys as credentials, and what is said --------------------------------------------------------

stop_node town intake
mkdir "$work/credentials"
mv "$work/town/intake"/{node,master,town}.key "$work/credentials"
chmod 440 "$work/credentials"/*.key
CREDENTIALS_DIRECTORY=$work/credentials start_watched
ok "with its keys as credentials it says that it answers" until_said '.READY == "1" and (.STATUS | startswith("answers: record"))'
ok "and does" answers
ok "it says that its loop turns" until_said '.WATCHDOG == "1"' 3
same "every half of the time that the service manager allows" \
	"$(jq -s '[.[] | select(.WATCHDOG).at_ms] | (.[-1] - .[0]) / (length - 1) | . > 400 and . < 900' "$said")" true
mv "$work/credentials"/*.key "$work/town/intake"
"$BIN/oneplan-intake" --config "$ini" --check >"$work/check" 2>&1
same "a file outside of the credentials may be read by its owner only" \
	"$? $(jq -r .rule "$work/check")" "2 must be readable by its owner only (0600)"
chmod 600 "$work/town/intake"/*.key

# ---- reload ---------------------------------------------------------------------------------------

cp "$ini" "$work/good.ini"
kill -HUP "$(pid_of town intake)"
ok "a reload is said, with its time" until_said '.RELOADING == "1" and (.MONOTONIC_USEC | tonumber) > 0'
ok "and its end" until_said '.READY == "1"' 1

ctl other town init >/dev/null
visitor() { "$BIN/oneplanctl" --town "$work/other" --timeout 2s --client operator call intake show_status '{}'; }
cp "$work/town/town.ini" "$work/other/town.ini"
peer() { printf '\n[peer.visitor]\nrole = operator\npublic_key = %s\n' "$(sed -n 's/^public *= *//p' "$work/other/keys/operator.key")"; }
tell_bad() { # what is wrong with the file, the field that is named
	local lines
	lines=$(grep -c 'those of before stay in force' "$log")
	peer >>"$ini"
	kill -HUP "$(pid_of town intake)"
	ok "$1: the old settings stay in force, and it says so" \
		timeout 10 bash -c "until [ \$(grep -c 'those of before stay in force' $log) -gt $lines ]; do sleep 0.05; done"
	same "naming the field" "$(grep 'those of before stay' "$log" | tail -n 1 | jq -r .field | grep -cE "$2")" 1
	visitor >/dev/null 2>&1
	same "who was new in the bad file is not let in" "$?" 3
	ok "who was there before is" answers
	cp "$work/good.ini" "$ini"
}
printf '[node]\nnonsense = 1\n' >>"$ini"
tell_bad "a file with an unknown setting" 'node\.ini:[0-9]+'
sed -i 's|^endpoint = tcp://|endpoint = tpc://|' "$ini"
tell_bad "a file with an endpoint that is none" 'planning\..*endpoint'
sed -i '/^\[peer.operator\]/,/^public_key/s/^public_key = ...../public_key = """""/' "$ini"
tell_bad "a file with a key that is none" 'peers\.key'
ok "the service manager hears of it" until_said '.READY == "1" and (.STATUS | contains("not good"))' 2
peer >>"$ini"
kill -HUP "$(pid_of town intake)"
ok "a good file is taken over" timeout 10 bash -c "until grep -q '\"settings reloaded\"' $log; do sleep 0.05; done"
sleep 0.2
ok "who is new in it is let in" visitor

# ---- the end, under load --------------------------------------------------------------------------

"$BIN/oneplan-demo" --seed 7 --inquiries 10000 | grep '"command":"receive_inquiry"' >"$work/lines"
lines=$(wc -l <"$work/lines")
split -n l/4 "$work/lines" "$work/part."
kill -STOP "$(pid_of town reporting)" # its session takes nothing any more
pids=()
for part in "$work"/part.a?; do
	ctl town --json import intake "$part" >"$part.json" 2>"$part.log" &
	pids+=($!)
done
busy() { # every client is still at work
	local pid
	for pid in "${pids[@]}"; do kill -0 "$pid" 2>/dev/null || return 1; done
}
stop_under_load() { # round
	local intake begun took
	intake=$(pid_of town intake)
	ok "clients are at work when it is stopped for the $1. time" busy
	begun=$(date +%s%N)
	kill -TERM "$intake"
	while [ -e "/proc/$intake/exe" ]; do sleep 0.01; done
	took=$((($(date +%s%N) - begun) / 1000000))
	ok "stop $1 under load ends within 2 s ($took ms)" test "$took" -lt 2000
	start_watched
}
for round in 1 2; do
	sleep 0.4
	stop_under_load $round
done
ok "it says that it stops" until_said '.STOPPING == "1"' 1
kill -CONT "$(pid_of town reporting)"
for pid in "${pids[@]}"; do wait "$pid"; done
same "every line was imported, once" "$(cat "$work"/part.a?.json | jq -sc '[map(.imported + .already_there), map(.refused)] | map(add)')" \
	"[$lines,0]"
same "each stop was clean: nothing is taken one by one afterwards" "$(grep -c 'was not clean' "$log")" 0
same "each said how long it took" "$(grep -c '"stopped"' "$log")" 3
ok "every follower has everything" ctl town wait
same "no inquiry is there twice" "$(ctl town --json call reporting show_report '{"report":"r1"}' |
	jq '[.rows[] | select(.section == null)][0].cells[0].value')" "$lines"
kill "$listener"
