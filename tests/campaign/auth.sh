#!/usr/bin/env bash
# Peers that mean no good to the entrance of a town: without keys, with wrong ones, with a right one and wrong wishes, in
# crowds that say nothing, with frames and messages without end. None is let in or gets what is not its own; honest
# clients go on meanwhile; the daemon's memory and descriptors stay bounded, and it never ends.
set -uo pipefail
# shellcheck source=tests/campaign/lib.sh
. "$(dirname "$0")/lib.sh"

crowd=$(size 10000 15000) # connections that never authenticate
rounds=1
[ -z "${FULL:-}" ] || rounds=10
rss_limit_kib=$((256 * 1024)) connections=2048

need "a town starts" new_town town
intake=$(pid_of town intake)
attack() { # mode, options
	local mode=$1 said most
	shift
	said=$("$BIN/oneplan-attack" "$mode" --town "$work/town" --node intake "$@" 2>&1) || violation "$mode: $said"
	most=$(tr ' ' '\n' <<<"$said" | sed -n 's/^most_open=//p')
	[ "${most:-0}" -le $((connections + 200)) ] || violation "$mode: $most connections were open at a time"
	echo "$said; resident $(memory VmRSS) KiB, at most $(memory VmHWM) KiB" >&2
}
memory() { awk -v what="$1:" '$1 == what {print $2}' "/proc/$intake/status"; }
files() { find "/proc/$intake/fd" -mindepth 1 | wc -l; }
door() { # field, after a tick
	ctl town --json call intake show_status '{}' --client operator | jq ".door.$1"
}
settle() { sleep 1.2; } # a tick of the daemon, which brings status up to date

# ---- none admitted, counted exactly -----------------------------------------------------------------

settle
before_admitted=$(door admitted) before_denied=$(door denied) asked=1
for mode in null plain foreign server; do attack "$mode" --number 200; done
settle
after_admitted=$(door admitted) after_denied=$(door denied)
# the two questions of `door` before this one are connections of our own
[ $((after_admitted - before_admitted)) -eq $((asked + 1)) ] ||
	violation "$((after_admitted - before_admitted - asked - 1)) of those without a good key were admitted"
[ $((after_denied - before_denied)) -eq 200 ] || violation "of 200 foreign keys $((after_denied - before_denied)) were denied"

# ---- a right key, wrong wishes ------------------------------------------------------------------------

denied() { # what, arguments of call
	local what=$1 said
	shift
	said=$(ctl town --timeout 5s call "$@" 2>&1) && violation "$what was done"
	grep -qE 'denied|unknown_type' <<<"$said" || violation "$what: $said"
}
inquiry='{"channel":"phone","asker":"citizen","life_areas":["housing"]}'
install -m 600 "$work/town/planning.family/node.key" "$work/town/keys/family-node.key"
denied "an operator's command of the portal" intake receive_inquiry "$inquiry" --client operator
denied "a follower's command" intake receive_inquiry "$inquiry" --client family-node
denied "a follower's reading of the journal" intake read_journal '{}' --client family-node
denied "a front desk's publishing as a citizen" intake publish_slots '{"slots":[{"slot":"0190b8a0-0000-7000-8000-00000000000a","desk":"d","start":"2036-03-02T09:00:00Z","minutes":45,"mode":"venue","places":1}]}' \
	--client portal --actor citizen:x
attack follow --as operator
attack follow --as portal
# a portal of one department that speaks for another
"$BIN/oneplanctl" key make "$work/town/keys/desk-family.key" >/dev/null 2>&1
sed -n 's/^public *= *//p' "$work/town/keys/desk-family.key" >"$work/public"
printf '\n[peer.desk-family]\nrole = portal\npublic_key = %s\ndepartment = family\n' "$(cat "$work/public")" \
	>>"$work/town/planning.employment/node.ini"
kill -HUP "$(pid_of town planning.employment)"
sleep 0.3
denied "a portal of family that speaks for employment" planning.employment ask_capacity \
	'{"to":"social","kind":"training","answer_by":"2036-03-02T09:00:00Z"}' --client desk-family --actor caseworker:x@employment

# ---- honest clients, and everything at once -----------------------------------------------------------

"$BIN/oneplan-history" run --town "$work/town" --node intake --what inquiries --clients 3 --pause 20 --seed "$SEED" \
	--out "$work/honest" &
honest=$!
"$BIN/oneplan-history" run --town "$work/town" --node intake --what slots --clients 1 --first 10 --pause 20 --seed "$SEED" \
	--out "$work/revoked" &
revoked=$!
sleep 1
before_files=$(files) before_kib=$(memory VmRSS)
echo 5 >"/proc/$intake/clear_refs" # the peak counts from here
for ((round = 0; round < rounds; round++)); do
	attack silent --number "$crowd" --seconds 6
	attack greeting --number 2000 --seconds 5
	attack hello --number 2000 --seconds 5
	attack noise --number 1000 --seconds 1
	attack frame --mib 64
	attack hellos --number 50000
	attack sessions --number 200 --as operator
	attack replay
	attack foreign --number 200
	attack parts --mib 400 --seconds 2
	many=()
	for _ in 1 2 3; do attack parts --mib 200 --seconds 2 & many+=($!); done
	wait "${many[@]}"
done

# ---- a key that is revoked while its owner is connected --------------------------------------------------

ctl town key revoke importer >"$work/revoke.log" 2>&1 || violation "the key cannot be revoked: $(cat "$work/revoke.log")"
sleep 0.2
at_once=$(grep -c '^ok' "$work/revoked.10")
sleep 1.5
[ "$(grep -c '^ok' "$work/revoked.10")" = "$at_once" ] || violation "a revoked key was answered"
[ "$at_once" -gt 10 ] || violation "the importer had not been working"
pkill -KILL -P "$revoked"
kill -KILL "$revoked"

# ---- what must hold ----------------------------------------------------------------------------------------

settle
kill -TERM "$honest"
must "the honest clients end well" wait "$honest"
peak_kib=$(memory VmHWM) after_files=$(files) after_kib=$(memory VmRSS)
must "the entrance is the same process" kill -0 "$intake"
[ "$peak_kib" -le $rss_limit_kib ] || violation "the entrance took $peak_kib KiB"
[ "$(door overrun)" -ge 1 ] || violation "messages without end were let go on"
[ "$after_files" -le $((before_files + 10)) ] || violation "$((after_files - before_files)) descriptors were left open"
said=$("$BIN/oneplan-history" check --town "$work/town" --node intake "$work"/honest.* "$work"/revoked.*) || violation "the history of the entrance"
echo "$said" >&2
figure() { tr ' ' '\n' <<<"$said" | sed -n "s/^$1=//p"; }
# the one may be that of the key that was revoked
[ "$(figure unknown)" -le 1 ] || violation "an honest client was left without an answer"
[ "$(figure max_ms | cut -d. -f1)" -le 5000 ] || violation "an honest client waited $(figure max_ms) ms"
row crowd="$crowd" denied="$(door denied)" turned_away="$(door turned_away)" overrun="$(door overrun)" malformed="$(door malformed)" \
	kib_before="$before_kib" kib_peak="$peak_kib" kib_after="$after_kib" files_before="$before_files" files_after="$after_files" \
	honest="$(figure ok)" honest_p50_ms="$(figure p50_ms)" honest_p99_ms="$(figure p99_ms)" honest_max_ms="$(figure max_ms)"
