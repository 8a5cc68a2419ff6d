#!/usr/bin/env bash
# A department joins a town from a host of its own, each step as the README says it: two hosts in networks of their own,
# the entrance and all others on one, planning.youth on the other. Then somebody is referred to it; `link check` names
# what is wrong with a link when something is; and the department is taken out again.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$(realpath "$BIN")
declare -A holder print address=([town]=10.99.0.1 [youth]=10.99.0.2)

leave() { # the networks go with the last process in them
	local host
	deploy/town.sh down "$work/town" >/dev/null
	kill -TERM "$(cat "$work/youth/planning.youth/pid" 2>/dev/null)" 2>/dev/null
	for host in "${!holder[@]}"; do kill -KILL "${holder[$host]}"; wait "${holder[$host]}" 2>/dev/null; done
	finish
}
trap leave EXIT

# ---- the hosts ------------------------------------------------------------------------------------

for host in town youth; do
	unshare --net sleep infinity &
	holder[$host]=$!
	mkdir "$work/$host.home"
done
for host in town youth; do
	until [ "$(readlink "/proc/${holder[$host]}/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
done
nsenter --net="/proc/${holder[town]}/ns/net" ip link add wire type veth peer name wire netns "${holder[youth]}"
for host in town youth; do
	nsenter --net="/proc/${holder[$host]}/ns/net" sh -c \
		"ip link set lo up && ip address add ${address[$host]}/24 dev wire && ip link set wire up"
done
on() { # host, command: there, in the operator's home
	local host=$1
	shift
	(cd "$work/$host.home" && ONEPLAN_TOWN=$work/$host PATH=$bin:$PATH nsenter --net="/proc/${holder[$host]}/ns/net" "$@")
}

# ---- as the README says it ------------------------------------------------------------------------

start() { # host, program and arguments: in the background, as a service manager would
	local host=$1 node
	node=$(basename "$(dirname "$4")")
	shift
	(cd "$work/$host.home" && PATH=$bin:$PATH exec setsid nsenter --net="/proc/${holder[$host]}/ns/net" "$@" \
		>>"$work/$host/$node/log" 2>&1 </dev/null) &
	echo $! >"$work/$host/$node/pid"
}
step() { # host, the line
	local host=$1 line=${2%%#*} other out
	read -ra words <<<"${line//\/etc\/oneplan/$work\/$host}"
	other=$([ "$host" = town ] && echo youth || echo town)
	for i in "${!words[@]}"; do [ "${words[i]}" != FINGERPRINT ] || words[i]=${print[$other]}; done # by telephone
	if [ "${words[0]}" = scp ]; then
		(cd "$work/$host.home" && cp -- "${words[1]}" "$work/${words[2]%:}.home/")
	elif [ "${words[-1]}" = "&" ]; then
		start "$host" "${words[@]:0:${#words[@]}-1}"
		for _ in $(seq 50); do on "$host" oneplanctl --timeout 1s status >/dev/null 2>&1 && return; sleep 0.1; done
		return 1
	else
		out=$(on "$host" "${words[@]}") || { echo "# $out"; return 1; }
		print[$host]=$(grep -oE '^ +([0-9A-Z]{4}-){3}[0-9A-Z]{4}$' <<<"$out" | tr -d ' ' || echo "${print[$host]:-}")
		[ "${words[1]} ${words[2]}" != "town init" ] || [ "$host" != town ] || start_town
	fi
}
start_town() { # in its network; the long ago of the README
	printf '\n[reporting]\nsuppress_below = 0\n' >>"$work/town/reporting/node.ini"
	nsenter --net="/proc/${holder[town]}/ns/net" deploy/town.sh up "$work/town"
}

mapfile -t lines < <(sed -n "/^## Its own department's daemon/,/^## /s/^    \(town\|youth\)\\$ */\1 /p" README.md)
same "the README has the path" "${#lines[@]}" 10
for line in "${lines[@]}"; do
	step "${line%% *}" "${line#* }" >"$work/out"
	same "$line" "$?" 0
	grep '^#' "$work/out"
done

# ---- somebody is referred to it ---------------------------------------------------------------------

intake() { on town oneplanctl --json call intake "$@" --actor front_desk:ida; }
at_youth() { on youth oneplanctl --json call planning.youth "$@" --client portal --actor caseworker:kaj/youth; }
refer() {
	local inquiry
	inquiry=$(intake receive_inquiry '{"channel":"walk_in","asker":"citizen","number":"2211660000",
		"name":"Anna Prøve","life_areas":["housing"],"first_sign":"I sleep at night"}' | jq -r .inquiry)
	intake hold_first_talk "{\"inquiry\":\"$inquiry\"}" >/dev/null &&
		intake close_inquiry "{\"inquiry\":\"$inquiry\",\"closing\":\"plan_opened\",\"referred_to\":\"youth\"}" >/dev/null
}
ok "somebody is referred to the new department" refer
for _ in $(seq 50); do plan=$(at_youth list_plans '{}' | jq -r '.plans[0].plan // empty'); [ -n "$plan" ] && break; sleep 0.1; done
same "which has the plan, and knows whose it is" \
	"$(at_youth show_plan "{\"plan\":\"$plan\"}" | jq -r '.name + " " + .coordinator + " " + .first_sign')" "Anna Prøve youth I sleep at night"
on town oneplanctl wait >/dev/null
ok "and reporting counts it there" test "$(on town oneplanctl report R4 --by department --csv | grep -ci youth)" -ge 1
same "whole, at both ends" "$(on youth oneplanctl status >/dev/null; echo $?) $(on town oneplanctl status >/dev/null; echo $?)" "0 0"

# ---- what is wrong is named ---------------------------------------------------------------------------

ini=$work/youth/planning.youth/node.ini
cp "$ini" "$work/good.ini"
link() { on youth oneplanctl --json --timeout 1s link check planning.youth intake >"$work/link.json"; local code=$?; echo "$code $(jq -r '.links[0] | if .well then "well" else .steps[-1].step end' "$work/link.json")"; }
broken() { # what, want, then what breaks it
	local what=$1 want=$2
	shift 2
	"$@"
	same "$what" "$(link)" "$want"
	ok "with what to do" jq -e '.links[0].steps[-1].remedy | length > 10' "$work/link.json"
	cp "$work/good.ini" "$ini"
}
swap() { sed -i "$1" "$ini"; }
same "a link that is well is" "$(link)" "0 well"
broken "a name that nobody knows" "3 name" swap 's|tcp://10.99.0.1:7610|tcp://nobody.invalid:7610|'
broken "a port where nobody listens" "3 connect" swap 's|tcp://10.99.0.1:7610|tcp://10.99.0.1:7609|'
broken "another node's place" "1 server key" swap 's|tcp://10.99.0.1:7610|tcp://10.99.0.1:7611|'
broken "a followed node that is not in the settings" "1 settings" swap '/^\[follow.intake\]/,/^$/d'
ip_down() { nsenter --net="/proc/${holder[youth]}/ns/net" ip link set wire "$1"; }
broken "a wire that is cut" "3 connect" ip_down down
ip_down up
intake_ini=$work/town/intake/node.ini
cp "$intake_ini" "$work/intake.ini"
hup() { kill -HUP "$(pid_of town intake)"; for _ in $(seq 50); do on town oneplanctl --timeout 1s call intake show_status '{}' >/dev/null 2>&1 && break; sleep 0.1; done; }
at_intake() { sed -i "$1" "$intake_ini"; hup; }
broken "a role that is another there" "1 role" at_intake '/^\[peer.planning.youth\]/,/^$/s/^role = .*/role = portal/'
cp "$work/intake.ini" "$intake_ini"
broken "another department there" "1 role" at_intake '/^\[peer.planning.youth\]/,/^$/s/^department = .*/department = family/'
cp "$work/intake.ini" "$intake_ini"
hup
kill -STOP "$(pid_of town intake)"
broken "a node that hangs" "1 protocol" true
kill -CONT "$(pid_of town intake)"
for _ in $(seq 50); do [ "$(link)" = "0 well" ] && break; sleep 0.2; done
same "all is well again" "$(link)" "0 well"

# ---- what must not be, and back -----------------------------------------------------------------------

card=$work/town.home/planning.youth.card
add() { on town oneplanctl town add-peer "$@" >/dev/null 2>&1; echo $?; }
before=$(cat "$work"/town/*/node.ini "$work/town/town.ini" | sha256sum)
same "a card without its fingerprint is not taken" "$(add "$card")" 2
same "with another one neither" "$(add "$card" --fingerprint 0000-0000-0000-0000)" 2
sed 's|10.99.0.2:7301|10.99.0.9:7301|' "$card" >"$work/forged.card"
same "nor one that was changed on its way" "$(add "$work/forged.card" --fingerprint "${print[youth]}")" 2
same "the right one again changes nothing" "$(add "$card" --fingerprint "${print[youth]}")" 0
sed -i "s|^public_key = .*|public_key = $(sed -n 's/^public = //p' "$work/town/reporting/node.key")|" "$work/forged.card"
other=$(on youth env ONEPLAN_TOWN="$work/nobody" oneplanctl --json town init --node planning.youth --listen tcp://10.99.0.2:7301 | jq -r .fingerprint)
same "another key under that name is refused" "$(add "$work/nobody/planning.youth.card" --fingerprint "$other")" 2
same "and all is as it was" "$(cat "$work"/town/*/node.ini "$work/town/town.ini" | sha256sum)" "$before"
ok "the department is taken out" on town oneplanctl town remove-peer planning.youth
same "its key is let in nowhere any more" "$(link)" "1 let in"
same "nothing of it is left but the copies that were kept" "$(grep -lr youth "$work"/town/*/node.ini "$work/town/town.ini")" ""
ok "copies were kept" test "$(find "$work/town" -name 'node.ini.before-*' | wc -l)" -ge 12
ok "and it comes back with the same card" test "$(add "$card" --fingerprint "${print[youth]}")" = 0
for _ in $(seq 50); do [ "$(link)" = "0 well" ] && break; sleep 0.2; done
same "to where it stood" "$(link)" "0 well"
