#!/usr/bin/env bash
# The operators' pages over a town of real daemons, in a browser (tests/browser/portal.mjs). Pictures of every page are
# kept in build/shots.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

# The portal with sanitizers; the town without, since it has a daemon that is made to fail.
mkdir "$work/bin"
ln -s "$PWD"/build/oneplan* "$work/bin"
ln -sf "$PWD/build/a/bin/oneplan-portal" "$work/bin"
export BIN=$work/bin
export BAD_DECODE=$work/poison
password='correct horse battery'

portal() { "$BIN/oneplan-portal" --config "$work/town/portal/portal.ini" "$@"; }
inquire() {
	ctl town --json call intake receive_inquiry \
		'{"channel":"phone","asker":"citizen","life_areas":["housing"],"name":"Ane Testperson","words":"a private word"}'
}
start_reporting() {
	setsid build/poisoned/oneplan-reporting --config "$work/town/reporting/node.ini" \
		>>"$work/town/reporting/log" 2>&1 </dev/null &
	echo $! >"$work/town/reporting/pid"
}
aside() { ctl town --json quarantine reporting | jq '.records | length'; }
dropped() { ctl town --json call reporting list_queues '{}' | jq '[.cursors[].dropped // 0] | add'; }

# What the browser's test asks for, each answered with one line.
act() {
	case $1 in
	kill-reporting)
		kill_node town reporting
		reference=$(inquire | jq -r .reference)
		echo killed
		;;
	poison)
		receipt=$(inquire)
		jq -r .reference <<<"$receipt" >"$BAD_DECODE"
		ctl town call intake close_inquiry \
			"{\"inquiry\":\"$(jq -r .inquiry <<<"$receipt")\",\"closing\":\"withdrawn\"}" >/dev/null
		start_reporting
		for _ in $(seq 150); do # it has only just been started
			[ "$(aside 2>/dev/null || echo 0)" -lt 2 ] || break
			sleep 0.1
		done 2>/dev/null
		aside
		;;
	heal) rm "$BAD_DECODE" && echo healed ;;
	stop-family) kill -STOP "$(pid_of town planning.family)" && echo stopped ;;
	continue-family) kill -CONT "$(pid_of town planning.family)" && echo continued ;;
	rotate-key)
		if ctl town key rotate portal-operators >"$work/rotated" 2>&1; then
			kill -HUP "$(pid_of town portal)" && echo rotated
		else
			tail -n 1 "$work/rotated"
		fi
		;;
	aside) aside ;;
	dropped) dropped ;;
	dropped-by)
		ctl town --json journal reporting --fields |
			jq -r '.records[]? // . | select(.type == "record_dropped") | .fields | fromjson | "\(.by): \(.reason)"'
		;;
	reference) echo "$reference" ;;
	remove-bo) portal --remove-operator bo ;;
	*) echo "unknown: $1" ;;
	esac
}

ok "a town starts" new_town town
sed -i 's/^listen = .*/&\nrefresh = 500ms\nweb = portal-files/' "$work/town/portal/portal.ini"
ln -s "$PWD/build/portal" "$work/town/portal/portal-files"
ok "its portal's settings are good" portal --check
same "a password that is too short is refused" "$(echo short | portal --add-operator anna 2>&1)" \
	"oneplan-portal: password: must have at least 12 characters and at most 256 bytes"
echo "$password" | portal --add-operator anna >/dev/null
echo "$password" | portal --add-operator bo --role auditor >/dev/null
same "the file of operators is for its owner only" "$(stat -c %a "$work/town/portal/operators.ini")" 600
ok "the portal starts with the town" deploy/town.sh up "$work/town"
listen=$(sed -n 's/^listen = //p' "$work/town/portal/portal.ini")
for _ in $(seq 100); do # its first hash takes a moment
	(exec 3<>"/dev/tcp/${listen%:*}/${listen#*:}") 2>/dev/null && break
	sleep 0.1
done

same "it says that it lives, to anybody" "$(curl -sS -m 5 "http://$listen/healthz")" alive

rm -rf build/shots
coproc BROWSER { BASE=http://$listen PASSWORD=$password MODULES=build/npm/browser SHOTS=build/shots CHROMIUM=$(command -v chromium) \
	timeout 120 node tests/browser/portal.mjs 2>&1; }
browser=$BROWSER_PID
{
	finished=no
	while read -r line; do
		case $line in
		"DO "*) act "${line#DO }" >&"${BROWSER[1]}" ;;
		"not ok - "*)
			echo "$line"
			failures=$((failures + 1))
			;;
		"ok - nothing came from outside") finished=yes; echo "$line" ;;
		*) echo "$line" ;;
		esac
	done <&"${BROWSER[0]}"
} 2>&1
wait "$browser" 2>/dev/null
same "the browser's test came to its end" "$finished" yes
ok "nothing of a password or token is in the log" bash -c "! grep -qE 'correct horse|guess number|[0-9a-f]{64}' '$work/town/portal/log'"
kill -KILL "$(pid_of town portal)"
ok "sessions outlive a kill -9" deploy/town.sh up "$work/town"
