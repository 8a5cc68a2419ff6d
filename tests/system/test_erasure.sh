#!/usr/bin/env bash
# Erasure, proven by searching: a citizen and a relative whose texts are used everywhere are erased at every node that
# recorded something of theirs; then neither a text nor a key is in any byte of any file of the town, daemons running or
# stopped, nor of their memory.
set -uo pipefail
export MALLOC_PERTURB_=165 GLIBC_TUNABLES=glibc.malloc.tcache_count=0 # otherwise libraries leave texts in freed memory
export BIN=build # the sanitizers and a preloaded library do not mix, and keep freed memory
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

${CC:-gcc} -o "$work/unwrap_keys" tests/system/unwrap_keys.c -lsodium
mode=$work/mode smtp_port=$(free_base_port)
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
	-keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
echo busy >"$mode" # mail stays in the outbox
deploy/demo/mail_server.py "$smtp_port" "$work/cert.pem" "$work/key.pem" "$work/mailbox" "$mode" 2>/dev/null &
smtp=$!
trap 'kill -KILL $smtp; finish' EXIT

ok "a town starts" new_town town
stop_node town notification
(umask 077 && echo 'correct horse' >"$work/town/notification/smtp.password")
cat >>"$work/town/notification/node.ini" <<-END

	[notification]
	quiet_from = 0
	quiet_until = 0
	receipt_wait = 1s
	retry = 1s, 8h, 8h
	smtp_url = smtp://localhost:$smtp_port
	smtp_user = oneplan
	smtp_password_file = smtp.password
	smtp_ca_file = $work/cert.pem
END
start_node town notification
BAD_DECODE=$work/poison BAD_DECODE_TYPE=goal_stated
export BAD_DECODE BAD_DECODE_TYPE
stop_node town planning.social
BIN=build/poisoned start_node town planning.social

# ---- what is said of her ------------------------------------------------------------------------

random() { LC_ALL=C tr -dc '[:lower:]' </dev/urandom | head -c 18; }
declare -A text
for what in name words sign mail talk relative street relation goal poisoned step measure note proposal answer purpose \
	preference why basis; do
	text[$what]=$(random)
done
text[number]=0101$((RANDOM % 30 + 50))$((RANDOM % 1000 + 1000))
text[relation]=${text[relative]} # one name, said once
needles() { for what in "${!text[@]}"; do echo "$what text ${text[$what]}"; done; }
needles >"$work/needles"
# the hash by which her number is looked up: whoever has the town's key could try all numbers against it
python3 -c 'import hashlib, sys; print("lookup text", hashlib.blake2b(sys.argv[1].encode(), digest_size=32,
	key=bytes.fromhex(open(sys.argv[2]).read().strip())).hexdigest())' "${text[number]}" "$work/town/intake/town.key" >>"$work/needles"
echo "${text[poisoned]}" >"$BAD_DECODE"

call() { # node, actor, command, JSON
	ctl town --json call "$1" "$3" "$4" --actor "$2" || { echo "$1 $3: refused" >&2 && return 1; }
}
entrance() { call intake "front_desk:desk-1" "$@"; }
at() { local d=$1; shift; call "planning.$d" "caseworker:kim/$d" "$@"; }
plan_of() { at "$1" show_plan "{\"citizen\":\"$citizen\"}" | jq -r .plan; }
seen() { at "$1" show_plan "{\"plan\":\"$plan\"}" | jq --arg d "$1" '[.parties[] | select(.department == $d)][0].version'; }
change() { # department, command, rest of the JSON
	at "$1" "$2" "{\"plan\":\"$plan\",\"seen_version\":$(seen "$1")${3:+,$3}}"
}

inquiry=$(entrance receive_inquiry "{\"channel\":\"phone\",\"asker\":\"citizen\",\"life_areas\":[\"housing\"],
	\"number\":\"${text[number]}\",\"name\":\"${text[name]}\",\"words\":\"${text[words]}\",\"first_sign\":\"${text[sign]}\",
	\"contact\":\"email\",\"contact_at\":\"${text[mail]}@example.dk\"}" | jq -r .inquiry)
citizen=$(entrance show_inquiry "{\"inquiry\":\"$inquiry\"}" | jq -r .inquiry.citizen)
ok "she is known" test "$citizen" != null
entrance hold_first_talk "{\"inquiry\":\"$inquiry\"}" >/dev/null
entrance close_inquiry "{\"inquiry\":\"$inquiry\",\"closing\":\"plan_opened\",\"referred_to\":\"family\",
	\"note\":\"${text[talk]}\"}" >/dev/null
other=$(entrance receive_inquiry "{\"channel\":\"phone\",\"asker\":\"relative\",\"life_areas\":[\"housing\"],
	\"number\":\"${text[number]}\",\"words\":\"${text[words]}\",\"asker_name\":\"${text[relative]}\",
	\"contact\":\"letter\",\"contact_at\":\"${text[street]}\"}" | jq -r .inquiry)
relative=$(entrance show_inquiry "{\"inquiry\":\"$other\"}" | jq -r ".words[-1].from")
ok "so is the relative" test "$relative" != null -a "$relative" != "$citizen"
ctl town wait >/dev/null
plan=$(plan_of family)
goal=$(change family state_goal "\"words\":\"${text[goal]}\",\"stated_by\":\"citizen\",\"life_areas\":[\"housing\"]" | jq -r .id)
change family add_step "\"goal\":\"$goal\",\"words\":\"${text[step]}\"" >/dev/null
change family add_measure "\"goals\":[\"$goal\"],\"kind\":\"coaching\",\"what\":\"${text[measure]}\"" >/dev/null
change family write_note "\"words\":\"${text[note]}\"" >/dev/null
entrance record_consent "{\"citizen\":\"$citizen\",\"given_by\":\"self\",\"from\":[\"family\",\"social\"],\"to\":[\"social\",\"family\"],
	\"purpose\":\"${text[purpose]}\"}" >/dev/null
ctl town wait >/dev/null
change family set_basis "\"to\":\"employment\",\"paragraph\":\"SEL 141 (2024-01-01)\",\"reason\":\"${text[basis]}\"" >/dev/null
change family propose_measure "\"to\":\"social\",\"goals\":[\"$goal\"],\"kind\":\"coaching\",\"what\":\"${text[proposal]}\",
	\"answer_by\":\"$(date -u -d '+3 days' +%Y-%m-%dT%H:%M:%SZ)\"" >/dev/null
change family state_goal "\"words\":\"${text[poisoned]}\",\"stated_by\":\"citizen\",\"life_areas\":[\"housing\"]" >/dev/null
ctl town wait >/dev/null
proposal=$(at social show_plan "{\"plan\":\"$plan\"}" | jq -r '.proposals[0].proposal')
at social answer_proposal "{\"plan\":\"$plan\",\"proposal\":\"$proposal\",\"answer\":\"accepted\",\"reason\":\"${text[answer]}\"}" >/dev/null
call notification "front_desk:desk-1" set_preference "{\"preference\":{\"recipient\":\"$citizen\",
	\"channel\":\"email\",\"address\":\"${text[preference]}@example.dk\"}}" >/dev/null
ctl town --json call intake show_citizen "{\"citizen\":\"$citizen\"}" --actor front_desk:desk-1 --why "${text[why]}" >/dev/null
ctl town wait >/dev/null

# ---- before -------------------------------------------------------------------------------------

ok "what is poisonous is in quarantine" test "$(ctl town --json quarantine planning.social | jq '.records | length')" -ge 1
spooled() { find "$work/town/notification" -name '*.json' | wc -l; }
for _ in $(seq 50); do
	[ "$(spooled)" = 0 ] || break
	sleep 0.1
done
ok "a letter lies in the spool" test "$(spooled)" -ge 1
outbox() { ctl town --json call notification list_outbox '{}' | jq '[.messages[]? | select(.state != "sent" and .state != "dropped")] | length'; }
ok "mail waits in the outbox" test "$(outbox)" -ge 1
mine() { # of what is seen of her at all nodes that recorded something
	entrance show_citizen "{\"citizen\":\"$citizen\"}"
	entrance show_inquiry "{\"inquiry\":\"$inquiry\"}"
	at family show_plan "{\"plan\":\"$plan\"}"
	at social show_plan "{\"plan\":\"$plan\"}"
}
seen_of=$(mine)
for what in number name words goal step measure proposal; do
	ok "her $what is seen" grep -qF "${text[$what]}" <<<"$seen_of"
done
keys() { # what each node's key file holds
	for node in "${nodes[@]}"; do
		"$work/unwrap_keys" "$work/town/$node/state/keys.bin" "$work/town/$node/master.key" | sed "s/^/$node /"
	done
}
keys >"$work/keys.before"
search() { tests/system/search_town.py "$1" "$work/town" "${@:2}"; }
mapfile -t pids < <(for node in "${nodes[@]}"; do pid_of town "$node"; done)
awk '$2 <= 3 {print "slot-" $1 "-" $2, "hex", $3}' "$work/keys.before" >"$work/some"
ok "the searcher finds keys where they lie" test "$(search "$work/some" | wc -l)" -ge 18
grep ' [1-9] ' "$work/keys.before" | awk '{print "raw", "hex", $4}' >"$work/some"
ok "and in memory" test "$(search "$work/some" "${pids[@]}" | grep -c memory)" -ge 1
same "no text of hers lies open in any file but the letter" \
	"$(search "$work/needles" | grep -v '^\(street\|relative\) notification/spool/letter/')" ""

# ---- erased -------------------------------------------------------------------------------------

by='"decided_by":"Ida Leder","why":"asked for it"'
erase() { call "$1" "$2" "$3" "{\"$4\":\"$5\",$by}" >/dev/null; }
for d in family social; do
	change "$d" close_part '"outcome":"less_support"' >/dev/null
done
ok "she is erased at the entrance" erase intake manager:ida erase_citizen citizen "$citizen"
ok "so is the relative" erase intake manager:ida erase_citizen citizen "$relative"
ok "everything arrives" ctl town wait
for d in family social; do
	same "$d has work" "$(ctl town --json call "planning.$d" list_plan_work '{"limit":100}' --actor "caseworker:kim/$d" |
		jq '[.work[] | select(.kind == "erasure")] | length')" 1
	ok "$d erases" erase "planning.$d" "manager:bo/$d" erase_person person "$citizen"
done
ok "everything arrives" ctl town wait
same "every follower has passed every erasure" \
	"$(ctl town --json erasures | jq -c '[.[] | .erasures[]? | .state] | unique')" '["passed"]'
for _ in $(seq 100); do
	[ "$(spooled)" = 0 ] && break
	sleep 0.1
done
same "no letter is left" "$(spooled)" 0

keys >"$work/keys.after"
# a slot that was there and is not any more was destroyed; its key must be nowhere
awk 'NR == FNR {left[$1, $2] = 1; next} !(($1, $2) in left) {
	print "slot-" $1 "-" $2, "hex", $3; print "key-" $1 "-" $2, "hex", $4}' \
	"$work/keys.after" "$work/keys.before" >"$work/gone"
ok "keys were destroyed at every node that had texts of theirs ($(grep -c ^slot "$work/gone"))" \
	test "$(sed -n 's/^slot-\(.*\)-[0-9]* .*/\1/p' "$work/gone" | sort -u | grep -c '^intake$\|^notification$\|^planning\.')" -ge 5
same "no text is in any file while the daemons run" "$(search "$work/needles")" ""
same "no key is, nor in their memory" "$(search "$work/gone" "${pids[@]}")" ""
same "nor a text, when malloc overwrites what is given back" "$(search "$work/needles" "${pids[@]}" | grep memory | sort -u)" ""
for node in "${nodes[@]}"; do stop_node town "$node"; done
same "nor a text in any file when they have stopped" "$(search "$work/needles")" ""
same "nor a key" "$(search "$work/gone")" ""
