#!/usr/bin/env bash
# Mail against a real SMTP server with STARTTLS and AUTH, which is killed, slow and refusing in turn: nothing is sent
# twice, nothing is lost silently, and the daemon never waits for it. Text messages and post beside it.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

mailbox=$work/mailbox mode=$work/mode phone=$work/phone smtp='' gateway=''
smtp_port=$(free_base_port)
gateway_port=$((smtp_port + 1))

mails() { wc -l <"$mailbox"; }
listens() { # port
	for _ in $(seq 100); do
		ss -Hltn "sport = :$1" | grep -q . && return
		sleep 0.05
	done
	return 1
}
start_server() {
	deploy/demo/mail_server.py "$smtp_port" "$work/cert.pem" "$work/key.pem" "$mailbox" "$mode" 2>>"$work/smtp.log" &
	smtp=$!
	listens "$smtp_port"
}
kill_server() {
	kill -KILL "$smtp"
	wait "$smtp" 2>/dev/null
	smtp=''
}
kill_servers() {
	[ -z "$smtp" ] || kill_server
	[ -z "$gateway" ] || { kill -KILL "$gateway" && wait "$gateway"; } 2>/dev/null
}
trap 'kill_servers; finish' EXIT

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
	-keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
touch "$mailbox" "$phone"
echo ok >"$mode"
start_server
tests/system/sms_gateway.py "$gateway_port" "$phone" &
gateway=$!
listens "$gateway_port"

new_mail_town() { # name: a town whose notification sends to the server, soon and at any hour
	new_town "$1" || return 1
	stop_node "$1" notification
	(
		umask 077
		echo 'correct horse' >"$work/$1/notification/smtp.password"
		echo 'open sesame' >"$work/$1/notification/sms.token"
	)
	cat >>"$work/$1/notification/node.ini" <<-END

		[notification]
		quiet_from = 0
		quiet_until = 0
		receipt_wait = 1s
		retry = 1s, 1s, 1s, 2s, 2s, 2s, 4s, 4s, 8s, 8s
		send_timeout = 4s
		sender = din-indgang@example.dk
		department_addresses = social:social@example.dk, family:family@example.dk
		smtp_url = smtp://localhost:$smtp_port
		smtp_user = oneplan
		smtp_password_file = smtp.password
		smtp_ca_file = $work/cert.pem
		sms_url = http://127.0.0.1:$gateway_port/messages
		sms_token_file = sms.token
	END
	start_node "$1" notification
	until ctl "$1" --timeout 1s status >/dev/null 2>&1; do sleep 0.1; done
}

start=$(date -u -d '+3 days 09:00' +%Y-%m-%dT%H:%M:%SZ)
slots() { # n: times for many
	local i
	for ((i = 0; i < $1; i++)); do
		printf '%s{"slot":"0190b8a0-0000-7000-8000-%012x","desk":"d%d","start":"%s","minutes":45,"mode":"venue","places":50,"languages":["da","en"]}' \
			"$([ "$i" = 0 ] || echo ,)" "$i" "$i" "$start"
	done
}
inquire() { # address, how to reach it (email): prints the reference
	ctl town --json call intake receive_inquiry '{"channel":"digital","asker":"citizen","life_areas":["mental_health"],"words":"jeg kan ikke sove",
		"language":"en","contact":"'"${2:-email}"'","contact_at":"'"$1"'"}' | jq -r .reference
}
outbox() { ctl town --json call notification list_outbox "{\"state\":\"$1\"}"; }
in_state() { outbox "$1" | jq -r --arg s "$1" '[.states[]? | select(.state == $s) | .messages] | add // 0'; }
within() { # seconds, then a command that is to succeed by then
	local until=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$until" ] || return 1
		sleep 0.2
	done
}
settled() { [ "$(in_state pending)$(in_state sending)" = 00 ]; }
has_mails() { [ "$(mails)" -ge "$1" ]; }
is_in() { [ "$(in_state "$1")" -ge "$2" ]; }
ticks() { # the node answers although its channel does not
	local before after
	before=$(date +%s%N)
	ctl town --timeout 2s call notification show_status '{}' >/dev/null || return 1
	after=$(date +%s%N)
	[ $(((after - before) / 1000000)) -lt 1500 ]
}

ok "a town starts" new_mail_town town
ok "times are published" ctl town call intake publish_slots "{\"slots\":[$(slots 4)]}"

# one inquiry, one mail
reference=$(inquire anna@example.dk)
ok "a live inquiry leads to a mail" within 15 has_mails 1
sleep 2.5
same "to exactly one" "$(mails)" 1
ok "which is sent" within 5 is_in sent 1
same "to whoever asked" "$(jq -r '.to[0]' "$mailbox")" anna@example.dk
same "over TLS and authenticated" "$(jq -c '[.tls, .authenticated]' "$mailbox")" '[true,true]'
ok "it names the reference" grep -qF "$reference" <(jq -r .body "$mailbox")
ok "and the promised date" grep -qF "$(TZ=Europe/Copenhagen LC_ALL=C date -d "$start" '+%A %-d %B %Y at %H:%M')" <(jq -r .body "$mailbox")
same "and nothing of what was said" "$(jq -r '.subject + .body' "$mailbox" | grep -ciE 'sove|mental|anna')" 0
same "operators see it without address and text" "$(outbox sent | jq -c '.messages[0] | [.occasion, .address, .body]')" '["receipt_promise",null,null]'

ctl town --json trace "$reference" >"$work/traced"
same "its trace ends with what the channel said" "$(jq -r '[.hops[] | select(.node == "notification") | .type | select(startswith("message_"))] | join(" ")' "$work/traced")" \
	"message_queued message_sending message_sent"
same "and says when each follower had applied it" "$(jq -c '[.hops[0].deliveries[] | select(.follower == "notification") | .known]' "$work/traced")" "[true]"

# the other channels
reference=$(inquire 12345678 sms)
got_sms() { [ "$(wc -l <"$phone")" -ge "$1" ]; }
ok "a text message goes to the gateway" within 15 got_sms 1
ok "with the reference" grep -qF "$reference" "$phone"
inquire 99999999 sms >/dev/null
ok "the gateway refuses: the message has failed" within 15 is_in failed 1
task=$(ctl town --json call notification list_tasks '{}' | jq -r '.tasks[0].task')
ok "and a person tells it" ctl town call notification finish_task "{\"task\":\"$task\"}"
reference=$(inquire 'Vej 1, 7000 Fredericia' letter)
ok "a letter lies in the spool" within 15 grep -rqF "$reference" "$work/town/notification/spool/letter" --include='*.json'
same "and no half of one" "$(find "$work/town/notification/spool" -name '*.tmp')" ""

# the server is down
kill_server
inquire bo@example.dk >/dev/null
tried() { [ "$(outbox pending | jq '[.messages[]? | select(.deferred == "no_answer" and .attempts >= 1)] | length')" = 1 ]; }
ok "the server is down: the message waits for its next try" within 20 tried
start_server
ok "it is back: the message is delivered" within 30 has_mails 2
sleep 1
same "once" "$(mails)" 2
ok "nothing is left" within 10 settled

# the server refuses
echo refuse >"$mode"
inquire carl@example.dk >/dev/null
ok "the server refuses: the message has failed" within 20 is_in failed 2
same "and a person is asked to tell it" "$(ctl town --client portal --json call notification list_tasks '{}' | jq -r '[.tasks[].kind] | join(",")')" undeliverable
same "with the address, for those who may see it" "$(ctl town --client portal --json call notification list_tasks '{}' | jq -r '.tasks[0].address')" carl@example.dk
task=$(ctl town --client portal --json call notification list_tasks '{}' | jq -r '.tasks[0].task')
ok "who says when it is done" ctl town call notification finish_task "{\"task\":\"$task\"}"
same "then nothing is left to do" "$(ctl town --client portal --json call notification list_tasks '{}' | jq -r '.tasks // [] | length')" 0
same "nothing was sent" "$(mails)" 2

# an operator mends the outbox
echo ok >"$mode"
mend() { ctl town --json "$1" notification outbox/email "${@:2}" --by Ida --reason 'the mailbox is there again'; }
peek() { ctl town --json peek notification outbox/email "$@"; }
failed=$(peek --state failed --fields)
same "what failed can be looked into" "$(jq -c '[.items[] | [.state, .type, .attempts]]' <<<"$failed")" '[["failed","receipt_promise",1]]'
same "masked" "$(grep -c carl <<<"$failed") $(jq -r '.items[0].fields | fromjson | .address' <<<"$failed")" "0 ***"
dry=$(mend retry --state failed --dry-run | jq -c 'del(.dry_run)')
sleep 1.5
same "a dry run sends nothing" "$(mails) $(in_state failed)" "2 2"
same "the real one does what it said" "$(mend retry --state failed | jq -c .)" "$dry"
ok "and it arrives" within 15 has_mails 3
same "where it was meant to go" "$(jq -r '.to[0]' "$mailbox" | tail -n 1)" carl@example.dk
ctl town --json pause notification outbox/email --by Ida --reason 'the relay moves' >/dev/null 2>&1
same "a pause without an end is none" "$?" 2
ok "the outbox is paused" ctl town pause notification outbox/email --for 7s --by Ida --reason 'the relay moves'
reference=$(inquire dina@example.dk)
ok "what comes waits" within 15 is_in pending 1
kill_node town notification
start_node town notification
within 5 ctl town --timeout 1s status >/dev/null 2>&1
same "also after kill -9" "$(mails) $(ctl town --json pause notification | jq -r '.pauses[0].queue + " " + .pauses[0].by')" "3 outbox/email Ida"
ok "it goes on by itself" within 20 has_mails 4
same "no sooner" "$(ctl town --json pause notification | jq '.pauses // [] | length')" 0
echo busy >"$mode"
inquire egon@example.dk >/dev/null
ok "a message is tried in vain" within 15 tried
until [ "$(peek | jq -r '.items[0].state // ""')" = pending ] && mend bury --type receipt_promise --state pending >/dev/null; do sleep 0.1; done
echo ok >"$mode"
sleep 3
same "buried, it is tried no more" "$(mails) $(peek | jq -r '.items[0].state')" "4 buried"
ok "kicked" mend kick --all
ok "it goes out" within 15 has_mails 5
same "every verb is journalled" "$(ctl town --json journal notification --limit 0 --fields |
	jq -r '(.records[]? // .) | select(.type == "items_mended") | .fields | fromjson | .verb + ":" + .by' | xargs)" "retry:Ida bury:Ida kick:Ida"

# the server is too slow with its last answer
echo slow 8 >"$mode"
inquire dora@example.dk >/dev/null
ok "the server is slow: its answer is waited for" within 20 is_in sending 1
ok "and the node goes on answering" ticks
ok "in vain: nobody knows whether it was sent" within 20 is_in uncertain 1
ok "and the node goes on answering" ticks
same "somebody is asked to find out" "$(ctl town --client portal --json call notification list_tasks '{}' | jq -r '.tasks[0].kind')" uncertain
message=$(outbox uncertain | jq -r '.messages[0].message')
same "a retry might send it twice, so it is refused" "$(mend retry "$message" | jq -r '.items[0].why')" 'may have been sent already: sent again only when it may come twice'
same "unless that is wanted" "$(mend retry "$message" --twice --dry-run | jq -r '"\(.done) \(.items[0].why)"')" "1 may come twice"
ok "it was: it counts as sent" ctl town call notification resolve_uncertain "{\"message\":\"$message\",\"answer\":\"consider_sent\"}"
same "and nothing is uncertain" "$(in_state uncertain)" 0
sleep 8
same "it was sent once" "$(grep -c dora@ "$mailbox")" 1

# the server answers slowly, the node is killed anywhere
echo slow 0.15 >"$mode"
: >"$mailbox"
sent_before=$(in_state sent)
(for i in $(seq 24); do inquire "p$i@example.dk" >/dev/null; done) &
asking=$!
for _ in 1 2 3 4 5; do
	sleep "$((RANDOM % 2)).$((RANDOM % 9 + 1))"
	kill_node town notification
	start_node town notification
done
wait "$asking"
within 5 ctl town --timeout 1s status >/dev/null 2>&1
ok "killed five times, in the end everything is settled" within 60 settled
uncertain=$(in_state uncertain) sent=$(($(in_state sent) - sent_before))
same "each of 24 was sent, or is uncertain ($uncertain are)" "$((sent + uncertain))" 24
same "no message was sent twice" "$(jq -r .id "$mailbox" | sort | uniq -d)" ""
same "nobody got two" "$(jq -r '.to[0]' "$mailbox" | sort | uniq -d)" ""
unaccounted() { # sent, and not in the mailbox
	ctl town --json call notification list_outbox '{"state":"sent","limit":100}' | jq -r '.messages[] | select(.channel == "email") | .message' | tail -n "$sent" |
		while read -r id; do grep -q "$id" "$mailbox" || echo "$id"; done
}
same "what counts as sent was taken by the server" "$(unaccounted)" ""

# a plan: commitments that nobody keeps
social() { ctl town --json call planning.social "$1" "$2" --client portal --actor caseworker:kaj/social; }
promise() { # version that was seen, whose it is, when it is due: prints the version
	social make_commitment "{\"plan\":\"$plan\",\"seen_version\":$1,\"by\":\"$2\",\"what\":\"see the doctor\",\"due\":\"$3\"}" | jq -r .version
}
to() { jq -r --arg to "$1" 'select(.to[0] == $to) | .subject + "\n" + .body' "$mailbox"; }
echo ok >"$mode"
: >"$mailbox"
reference=$(ctl town --json call intake receive_inquiry '{"channel":"digital","asker":"citizen","number":"2211660000","name":"Eva Prøve",
	"life_areas":["health"],"language":"en","contact":"email","contact_at":"eva@example.dk"}' | jq -r .reference)
citizen=$(ctl town --client portal --json call intake show_inquiry "{\"reference\":\"$reference\"}" | jq -r '[.. | .citizen? // empty][0]')
ok "a citizen is known at the entrance" within 15 has_mails 1
plan=$(social open_part "{\"citizen\":\"$citizen\",\"number\":\"2211660000\",\"life_areas\":[\"health\"]}" | jq -r .plan)
soon=$(date -u -d '+2 seconds' +%Y-%m-%dT%H:%M:%SZ)
version=$(promise 1 citizen "$soon")
ok "and makes a commitment, as the municipality does" test "$(promise "$version" municipality "$soon")" -gt 1
ok "nobody keeps them: both are told" within 20 has_mails 3
sleep 2.5
same "once" "$(mails)" 3
same "the citizen that something is overdue" "$(to eva@example.dk | grep -c 'A commitment that you made was due on')" 1
same "the department of its own, by the plan" "$(to social@example.dk | grep -c "${plan: -8}")" 2
same "and nobody what it is about" "$(jq -r '.subject + .body' "$mailbox" | grep -ciE 'doctor|health|eva|kaj')" 0
same "nor the citizen which department it is" "$(to eva@example.dk | grep -ci social)" 0
same "an operator finds it by the plan" "$(ctl town --json call notification show_messages "{\"plan\":\"$plan\"}" |
	jq -c '[.messages[].occasion] | unique')" '["commitment_overdue"]'

# an import tells nobody
echo ok >"$mode"
: >"$mailbox"
ok "a second town starts" new_mail_town past
"$BIN/oneplan-demo" --seed 1 --inquiries 612 >"$work/year.ndjson"
ok "612 inquiries of a year before are imported" ctl past import intake "$work/year.ndjson"
ok "notification has them all" ctl past wait
sleep 2.5
same "nothing is sent" "$(mails)" 0
same "nor to be sent" "$(ctl past --json call notification list_outbox '{}' | jq -c '.states // []')" '[]'
same "nor told by people" "$(ctl past --json call notification list_tasks '{}' | jq -c '.tasks // []')" '[]'
