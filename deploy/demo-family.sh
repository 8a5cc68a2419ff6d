#!/usr/bin/env bash
# make demo-family: a synthetic family in Guldborgsund with cases in three departments, played through six real daemons and
# a real mail server on loopback. The departments work against each other without knowing it, until there is one plan.
#
# What it prints depends on what happens alone, not on ids or on how often a daemon was killed meanwhile: a test compares
# two runs. The town is made anew each time and stopped at the end; its files stay for a look.
set -euo pipefail
cd "$(dirname "$0")/.."
town=${1:-run-family} bin=${BIN:-build}
export TZ=Europe/Copenhagen LC_ALL=C.UTF-8
ctl=("$bin/oneplanctl" --town "$town")
width=38

# shellcheck source=deploy/demo/say.sh
. deploy/demo/say.sh
tell() { tr -s ' \n' ' ' <<<"$*" | fold -s -w 118 | sed 's/ *$//'; echo; }

# ---- the town and its mail server ----------------------------------------------------------------

mail_port=$((${PORT:-7640} + 9)) mails=$town/mails.ndjson server=''
stop() {
	deploy/town.sh down "$town" >/dev/null || true
	if [ -n "$server" ]; then kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; fi
}

set_up() {
	[ ! -e "$town/town.ini" ] || { deploy/town.sh down "$town" >/dev/null; [ -e "$town/demo-family" ] || {
		echo "$town is another town: remove it, or name another directory" >&2; exit 2; }; rm -rf "$town"; }
	"$bin/oneplanctl" --town "$town" town init --base-port "${PORT:-7640}" >/dev/null
	touch "$town/demo-family" "$mails"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
		-keyout "$town/mail.key" -out "$town/mail.cert" 2>/dev/null
	echo ok >"$town/mail.mode"
	(umask 077; echo 'correct horse' >"$town/notification/smtp.password")
	cat >>"$town/notification/node.ini" <<-END

		[notification]
		quiet_from = 0
		quiet_until = 0
		receipt_wait = 1s
		retry = 1s, 1s, 2s, 2s, 4s
		day_limit = 100
		sender = enindgang@example.dk
		queue_address = indgangen@example.dk
		department_addresses = employment:beskaeftigelse@example.dk, family:familie@example.dk, social:social@example.dk
		smtp_url = smtp://localhost:$mail_port
		smtp_user = oneplan
		smtp_password_file = smtp.password
		smtp_ca_file = $PWD/$town/mail.cert
	END
	[[ $town != /* ]] || sed -i "s#^smtp_ca_file = .*#smtp_ca_file = $town/mail.cert#" "$town/notification/node.ini"
	deploy/demo/mail_server.py "$mail_port" "$town/mail.cert" "$town/mail.key" "$mails" "$town/mail.mode" 2>>"$town/mail.log" &
	server=$!
	trap stop EXIT
	deploy/town.sh up "$town"
}

settle() { # every follower has everything and every mail has left; [--without a department that is down]
	until "${ctl[@]}" --timeout 2s wait "$@" >/dev/null 2>&1; do sleep 0.2; done
	mails_settled
}

# ---- who acts ------------------------------------------------------------------------------------

id() { # a name: always the same id
	local h
	h=$(md5sum <<<"$1")
	printf '0190b8a0-%s-7%s-8%s-%s' "${h:0:4}" "${h:4:3}" "${h:7:3}" "${h:10:12}"
}
key() { # of a request: as new as now
	local h
	h=$(md5sum <<<"$RANDOM$RANDOM$RANDOM$1")
	printf '%s-7%s-8%s-%s' "$(printf %012x "$(date +%s%3N)" | sed 's/^\(.\{8\}\)/\1-/')" "${h:4:3}" "${h:7:3}" "${h:10:12}"
}
call() { # node, actor, command, JSON: prints the reply; asks again with the same key until the outcome is known
	local key reply code
	key=$(key "$3")
	while :; do
		code=0
		reply=$("${ctl[@]}" --client portal --json call "$1" "$3" "$4" --actor "$2" --key "$key" 2>"$town/error") || code=$?
		case $code in
		0) printf '%s\n' "$reply"; return ;;
		3 | 4) sleep 0.2 ;;
		*) echo "$1 $3 $4:" >&2; cat "$town/error" >&2; return "$code" ;;
		esac
	done
}
ask() { # the same for a question
	local reply
	until reply=$("${ctl[@]}" --client portal --json call "$1" "$3" "$4" --actor "$2" 2>"$town/error"); do
		grep -qE 'cannot be reached|unreachable|no answer|timeout|not answer' "$town/error" || { grep -q not_found "$town/error" && echo null && return; cat "$town/error" >&2; return 1; }
		sleep 0.2
	done
	printf '%s\n' "$reply"
}
declare -A worker=([employment]=karen [family]=finn [social]=sofie)
staff() { echo "caseworker:${worker[$1]}/$1"; }
plan_at() { ask "planning.$1" "$(staff "$1")" show_plan "{\"plan\":\"$(id "plan $2")\"}"; }
version() { plan_at "$1" "$2" | jq --arg d "$1" '[.parties[]? | select(.department == $d)][0].version // 0'; }
act() { # department, whose plan, command, the rest of the JSON without braces
	local seen
	seen=$(version "$1" "$2")
	call "planning.$1" "$(staff "$1")" "$3" "{\"plan\":\"$(id "plan $2")\"$([ "$seen" = 0 ] || echo ",\"seen_version\":$seen")${4:+,$4}}" >/dev/null
}
entrance() { call intake front_desk:ida "$@"; }

arrive() { # whose, asker, department, life areas, words, contact
	local inquiry
	inquiry=$(entrance receive_inquiry "{\"channel\":\"phone\",\"asker\":\"$2\",\"number\":\"${number[$1]}\",\"name\":\"${name[$1]}\",
		\"life_areas\":[$4],\"words\":\"$5\"${6:+,$6}}" | jq -r .inquiry)
	settle
	entrance hold_first_talk "{\"inquiry\":\"$inquiry\"}" >/dev/null
	entrance close_inquiry "{\"inquiry\":\"$inquiry\",\"closing\":\"plan_opened\",\"referred_to\":\"$3\"$(
		known "$1" || echo ",\"plan\":\"$(id "plan $1")\"")}" >/dev/null
	arrived+=" $1 "
}
arrived=''
known() { [[ $arrived == *" $1 "* ]]; }
citizen() { ask intake front_desk:ida find_citizen "{\"number\":\"${number[$1]}\"}" | jq -r .citizen.citizen; }
declare -A number=([maja]=1205851000 [morten]=0302831000 [ella]=1403194000 [noah]=2306104000)
declare -A name=([maja]="Maja Prøve" [morten]="Morten Prøve" [ella]="Ella Prøve" [noah]="Noah Prøve")

# ---- what is seen --------------------------------------------------------------------------------

own_view() { # whose: what the citizens themselves see, put together as a portal does
	local d who
	who=$(citizen "$1")
	for d in employment family social; do
		ask "planning.$d" "citizen:$who" show_plan "{\"plan\":\"$(id "plan $1")\"}"
	done | jq -s -L deploy/demo 'include "family"; union'
}
views() { # whose
	local d
	{
		for d in employment family social; do plan_at "$d" "$1"; done
		own_view "$1"
	} | jq -rs -L deploy/demo --argjson w "$width" --arg own "${name[$1]}, as told" \
		'include "family"; map(column($w)) | beside(["employment (Karen)", "family (Finn)", "social (Sofie)", $own]; $w)'
}
conflicts_of() { # whose: what anybody sees, with reasons in both languages and what was decided
	local d
	for d in employment family social; do
		plan_at "$d" "$1" | jq -c --arg d "$d" '.conflicts[]? | . + {seen_by: $d}'
	done | jq -rs 'group_by(.conflict.conflict) | sort_by(.[0].conflict.since, .[0].conflict.kind, .[0].reason_en) | .[] | .[0] as $c
		| "\($c.conflict.kind) (\($c.conflict.severity)), \([.[] | .state] | unique | join(", ")), seen by \([.[].seen_by] | join(", "))",
		  "  da: \($c.reason_da) \($c.suggestion_da)", "  en: \($c.reason_en) \($c.suggestion_en)",
		  ([.[].fates[]?] | unique_by(.fate) | sort_by(.at) | .[] | "  \(.department) \(.state) it\(if .reason then ": \"" + .reason + "\"" else "" end)")' |
		fold -s -w 150
}

fates() { # of every conflict that any department journalled: what became of it
	local d
	for d in employment family social; do
		journal "planning.$d" | jq -c --arg d "$d" 'select(.type | startswith("conflict_")) | {d: $d, type, fields}'
	done | jq -rs '[.[] | . + {id: ((.fields.conflict | if type == "object" then .conflict else . end) // .fields.fate.conflict)}]
		| group_by(.id) | [.[] | {
			kind: ([.[] | select(.type == "conflict_found") | .fields.conflict.kind][0]),
			found: ([.[] | select(.type == "conflict_found") | .d] | unique | join(", ")),
			settled: ([.[] | select(.type == "conflict_settled") | .d + " " + .fields.fate.state] | unique | join(", ")),
			over: ([.[] | select(.type == "conflict_found")] | last | .fields.conflict.until != null),
			gone: ([.[] | select(.type == "conflict_gone") | .d] | unique | join(", "))}]
		| sort_by(.kind, .found, .gone) | .[]
		| "\(.kind): found by \(.found)\(if .settled != "" then "; " + .settled else "" end)\(if .gone != "" then "; gone, says " + .gone elif .over then "; over" else "; still there" end)"'
}
journal() { # node: its records, one a line
	until "${ctl[@]}" --json journal "$1" --limit 0 --fields >"$town/journal" 2>"$town/error"; do sleep 0.2; done
	jq -c '.records[]? | .fields |= (if . then fromjson else {} end)' "$town/journal"
}
ledger() { # from, to, basis: how many records
	local d
	for d in employment family social; do
		journal "planning.$d" | jq -c --arg d "$d" '.type as $type | .grants[]? | select(.to | startswith("planning."))
			| {from: $d, to: .to[9:], basis, consent, paragraph, type: $type}'
	done | jq -rs --arg one "$(id consent-one)" --arg two "$(id consent-two)" --arg noah "$(id consent-noah)" '
		{($one): "consent to one plan", ($two): "consent to employment (withdrawn)", ($noah): "Noah'"'"'s consent"} as $names
		| group_by([.from, .to, .basis, .consent]) | .[]
		| "\(.[0].from) told \(.[0].to) on \(if .[0].basis == "consent" then $names[.[0].consent] // "a consent" elif .[0].basis == "law" then .[0].paragraph else "words addressed to it" end): \(length) records, of them \([.[] | select(.type == "disclosed")] | length) disclosed later"'
}
mails_settled() { # nothing is under way any more
	local i
	for i in $(seq 150); do
		"${ctl[@]}" --json call notification list_outbox '{}' 2>/dev/null |
			jq -e '[.states[]? | select(.state == "sending" or .state == "pending")] | length == 0' >/dev/null && return
		sleep 0.2
	done
}
node_pid() { cat "$town/$1/pid"; }
node_down() {
	: >"$town/$1/down" # a test that kills and starts daemons leaves it alone
	sleep 0.2
	kill -TERM "$(node_pid "$1")"
	while [ -e "/proc/$(node_pid "$1")/exe" ]; do sleep 0.05; done
}
node_up() {
	rm -f "$town/$1/down"
	deploy/town.sh up "$town"
}

# ---- the story -----------------------------------------------------------------------------------

moment() { # "+7 days", "-1 second": that moment, before or after now
	date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ
}
tuesday=$(date -d 'next tuesday + 7 days' +%F) # local days and times
local_time() { date -u -d "@$(date -d "$tuesday $1" +%s)" +%Y-%m-%dT%H:%M:%SZ; }

say "a town in $town/: six daemons, a mail server, all on loopback; everybody in it is made up"
set_up
slots=$(for i in $(seq 8); do printf '%s{"slot":"%s","desk":"desk-%d","start":"%s","minutes":45,"mode":"phone","places":4}' \
	"$([ "$i" = 1 ] || echo ,)" "$(id "slot $i")" "$i" "$(date -u -d '+2 days' +%Y-%m-%dT10:00:00Z)"; done)
entrance publish_slots "{\"slots\":[$slots]}" >/dev/null

say "three doors: the family turns to the entrance, and each matter goes where it belongs"
tell "Maja Prøve (41) asks about work; later about money and sleep; later about the mornings with the children. She asks
for her daughter Ella (7), too. Noah (16) comes by himself. So Maja has a case in all three departments, Ella at family, Noah
at social and family. Nobody sees more than their own."
mail='"contact":"email","contact_at":"maja@example.org"'
arrive maja citizen employment '"work"' "Jeg vil gerne have et job, jeg kan holde til" "$mail"
arrive maja citizen social '"mental_health","economy"' "Jeg sover ikke, og regningerne ligger uåbnede" "$mail"
arrive maja citizen family '"family_and_children"' "Morgenerne er kaos" "$mail"
arrive ella relative family '"own_child","education"' "Hun vil ikke i skole" '"asker_name":"Maja Prøve"'
arrive noah citizen social '"mental_health","education"' "Jeg gider ikke sidde i en klasse mere" \
	'"contact":"email","contact_at":"noah@example.org"'
arrive noah citizen family '"family_and_children"' "Jeg vil gerne bo hos min far om torsdagen" \
	'"contact":"email","contact_at":"noah@example.org"'
settle

maja=$(citizen maja)
act employment maja assign_worker '"worker":"karen","team":"jobs"'
act employment maja state_goal '"goal":"'"$(id job)"'","words":"Et job jeg kan holde til","stated_by":"citizen","life_areas":["work"],"scale":{"start":2,"now":2,"wanted":7}'
act employment maja set_goal_state "\"goal\":\"$(id job)\",\"state\":\"accepted\""
act employment maja add_measure '"measure":"'"$(id activation)"'","goals":["'"$(id job)"'"],"kind":"activation","what":"Virksomhedspraktik","hours_a_week":30,"from":"'"$(date -d '-1 day' +%F)"'"'
act employment maja set_measure_state "\"measure\":\"$(id activation)\",\"state\":\"accepted\""
act employment maja set_measure_state "\"measure\":\"$(id activation)\",\"state\":\"in_progress\""
act employment maja book_appointment '"appointment":"'"$(id jobtalk)"'","measure":"'"$(id activation)"'","what":"Samtale i jobhuset","begins":"'"$(local_time 09:00)"'","ends":"'"$(local_time 10:30)"'","mode":"venue","travel_minutes":30'

act family maja assign_worker '"worker":"finn","team":"families"'
act family maja state_goal '"goal":"'"$(id mornings)"'","words":"Rolige morgener","stated_by":"citizen","life_areas":["family_and_children"],"scale":{"start":3,"now":3,"wanted":8}'
act family maja set_goal_state "\"goal\":\"$(id mornings)\",\"state\":\"accepted\""
act family maja add_measure '"measure":"'"$(id familycoach)"'","goals":["'"$(id mornings)"'"],"kind":"coaching","what":"Familiecoach om morgenen","hours_a_week":4,"from":"'"$(date -d '-1 day' +%F)"'"'
act family maja set_measure_state "\"measure\":\"$(id familycoach)\",\"state\":\"accepted\""
act family maja set_measure_state "\"measure\":\"$(id familycoach)\",\"state\":\"in_progress\""
act family maja write_note '"words":"Naboen har ringet; ikke til andre"'
act family ella assign_worker '"worker":"finn"'
act family ella state_goal '"goal":"'"$(id school)"'","words":"Ella i skole hver dag","stated_by":"relative","life_areas":["education"]'
act family ella book_appointment '"appointment":"'"$(id network)"'","what":"Netværksmøde på skolen","begins":"'"$(local_time 10:15)"'","ends":"'"$(local_time 11:15)"'","mode":"venue","travel_minutes":15,"attendees":["'"$maja"'","'"$(citizen ella)"'"],"life_areas":["education"]'
act family noah assign_worker '"worker":"finn"'

act social maja assign_worker '"worker":"sofie","team":"adults"'
act social maja state_goal '"goal":"'"$(id sleep)"'","words":"Sove om natten","stated_by":"citizen","life_areas":["mental_health"],"scale":{"start":2,"now":2,"wanted":6}'
act social maja set_goal_state "\"goal\":\"$(id sleep)\",\"state\":\"accepted\""
act social maja set_weekly_hours '"hours":25'
act social noah assign_worker '"worker":"sofie"'
act social noah state_goal '"goal":"'"$(id class)"'","words":"Noah går i skole hver dag","stated_by":"department","life_areas":["education"],"scale":{"start":1,"now":1,"wanted":9}'
act social noah answer_plan '"goals":[{"goal":"'"$(id class)"'","says":"disagrees","words":"Jeg vil i lære som tømrer, ikke sidde i en klasse"}]'
settle

say "Maja's plan, as each party sees it: each department knows of nothing but its own"
views maja
tell "Employment asks 30 hours a week of somebody who told social that she has 25; family coaches her in the mornings and has
put a meeting at Ella's school on top of the talk at employment. Nobody can know."

say "social's machine is down; Maja gives her consent at the entrance, late"
settle
node_down planning.social
entrance record_consent "{\"consent\":\"$(id consent-one)\",\"citizen\":\"$maja\",\"given_by\":\"self\",\"from\":[\"employment\",\"family\",\"social\"],\"to\":[\"family\",\"social\"],\"purpose\":\"Én plan\"}" >/dev/null
entrance record_consent "{\"consent\":\"$(id consent-two)\",\"citizen\":\"$maja\",\"given_by\":\"self\",\"from\":[\"family\",\"social\"],\"to\":[\"employment\"],\"purpose\":\"Så jobbet passer til resten\"}" >/dev/null
entrance record_consent "{\"consent\":\"$(id consent-noah)\",\"citizen\":\"$(citizen noah)\",\"given_by\":\"self\",\"from\":[\"social\",\"family\"],\"to\":[\"family\",\"social\"],\"purpose\":\"Så de ved, hvad jeg siger\"}" >/dev/null
settle --without planning.social
soon=$(moment '+12 seconds')
call planning.family "$(staff family)" ask_capacity "{\"question\":\"$(id question)\",\"to\":\"social\",\"kind\":\"coaching\",\"life_areas\":[\"family_and_children\"],\"hours_a_week\":3,\"answer_by\":\"$(moment '+7 days')\"}" >/dev/null
act family maja propose_measure '"proposal":"'"$(id ask-social)"'","to":"social","goals":["'"$(id mornings)"'"],"kind":"coaching","what":"Støtte til søvn og morgen","hours_a_week":3,"begins":"'"$(date +%F)"'","answer_by":"'"$(moment '+7 days')"'","question":"'"$(id question)"'"'
act family maja propose_measure '"proposal":"'"$(id ask-employment)"'","to":"employment","goals":["'"$(id job)"'"],"kind":"other","what":"Praktik på halv tid","answer_by":"'"$soon"'"'
settle --without planning.social
tell "Family asks social whether it has room for three hours of coaching, naming nobody; then asks for it. Both wait for social.
Family asks employment for half time, to be answered at once; nobody there answers."
node_up planning.social
settle
tell "Social is back: what was addressed to it meanwhile arrives, the consent too."
call planning.social "$(staff social)" answer_capacity "{\"question\":\"$(id question)\",\"capacity\":\"waiting_list\",\"wait_weeks\":1}" >/dev/null
act social maja answer_proposal "\"proposal\":\"$(id ask-social)\",\"answer\":\"accepted\",\"measure\":\"$(id socialcoach)\",\"worker\":\"sofie\""
act social maja set_measure_state "\"measure\":\"$(id socialcoach)\",\"state\":\"in_progress\""
due=$(moment '+6 seconds')
act social maja make_commitment '"commitment":"'"$(id bank)"'","by":"municipality","what":"Ringe til banken om gælden","due":"'"$due"'","life_areas":["economy"],"worker":"sofie"'
settle
while [[ $(moment '-1 second') < $soon || $(moment '-1 second') < $due ]]; do sleep 0.5; done # what was promised is due, and what was asked is unanswered
settle

say "Maja's plan again: one plan, and why they are in each other's way"
views maja

say "the conflicts in Maja's and Ella's plans, with their reasons"
conflicts_of maja
conflicts_of ella

say "Noah (16) disagrees with a goal; his dissent stands beside it wherever the goal is seen"
views noah

say "they talk: the plan is put in order"
act family ella move_appointment "\"appointment\":\"$(id network)\",\"begins\":\"$(local_time 13:00)\",\"by\":\"municipality\",\"reason\":\"Maja er til samtale i jobhuset\""
act family maja set_measure_state "\"measure\":\"$(id familycoach)\",\"state\":\"stopped\",\"reason\":\"Social tager morgenerne med\""
hours=$(plan_at employment maja | jq -r '[.conflicts[]? | select(.conflict.kind == "hours")][0].conflict.conflict // empty')
act employment maja settle_conflict "\"conflict\":\"$hours\",\"state\":\"waived\",\"reason\":\"Fuld tid er et krav til 1. januar; så halv tid\""
act employment maja answer_proposal "\"proposal\":\"$(id ask-employment)\",\"answer\":\"rejected\",\"reason\":\"Først fra 1. januar\""
act social maja keep_commitment "\"commitment\":\"$(id bank)\""
settle
act employment maja offer_coordination '"to":"family","reason":"Familien fylder mest nu"'
settle
act family maja accept_coordination
settle
act family maja ask_for_answer
settle # she is told before she answers
act family maja answer_plan "\"says\":\"agrees\",\"words\":\"Nu hænger det sammen\",\"goals\":[{\"goal\":\"$(id mornings)\",\"says\":\"agrees\"}]"
act family maja record_progress "\"goal\":\"$(id mornings)\",\"by_citizen\":{\"value\":6},\"by_worker\":{\"value\":5}"
settle
tell "Ella's meeting is moved, family's coach gives way to social's, employment says why it stays at 30 hours, the bank was
called. Employment hands the coordination to family. Maja says what she thinks of it."

say "Maja no longer wants employment to know of the rest: she withdraws that consent"
entrance withdraw_consent "{\"consent\":\"$(id consent-two)\",\"citizen\":\"$maja\",\"words\":\"De behøver ikke vide alt\"}" >/dev/null
settle

say "Maja's plan at the end: employment is back to its own, the others see the one plan"
views maja

say "the conflicts with their fates"
conflicts_of maja
fates

say "who was told of what, and on which basis (the ledger of disclosures, from the journals alone)"
ledger

say "the mails that were sent"
jq -rs 'sort_by(.to[0], .subject) | .[] | "\(.to[0] | . + " " * ([30 - length, 0] | max))  \(.subject)"' "$mails"
tell "Who has no address of their own is told by a person; nothing that is sensitive is in a mail."
"${ctl[@]}" --client portal --json call notification list_tasks '{}' | jq -r '.tasks[]? | "to be told by a person: \(.occasion) (\(.kind))"' | sort | uniq -c

say "look around: make up TOWN=$town starts it again, make down TOWN=$town stops it"
