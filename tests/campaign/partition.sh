#!/usr/bin/env bash
# Every daemon of a town has a network of its own, and the switch between them lies: links are cut, pass one way only, are
# slow and lossy, flap, or vanish without a word and come back with the process started anew. All the while clients work
# in the network of their node and over the switch. Nobody waits for anybody: a client beside its node is answered
# whatever the rest does; after each fault all links are up and everything has arrived within 5 s; and what was
# acknowledged is there, once.
set -uo pipefail
# shellcheck source=tests/campaign/lib.sh
. "$(dirname "$0")/lib.sh"

count=$(size 20 400)
heal_limit_ms=5000 answer_limit_ms=3000
declare -A holder address

leave() { # the networks go with the last process in them
	local pid
	[ -z "${SWITCH_PID:-}" ] || kill "$SWITCH_PID"
	for pid in "${histories[@]}"; do kill -KILL -- "-$pid" 2>/dev/null; done
	for pid in "${holder[@]}"; do kill -KILL "$pid" 2>/dev/null; done
	finish
}
histories=()
trap leave EXIT

# ---- the networks and the town in them ------------------------------------------------------------

inside() { # whose network, command
	local whose=$1
	shift
	nsenter --net="/proc/${holder[$whose]}/ns/net" "$@"
}
ctl() { shift; inside desk "$BIN/oneplanctl" --town "$work/town" "$@"; }
start_node() { # town, node
	setsid nsenter --net="/proc/${holder[$2]}/ns/net" "$BIN/oneplan-${2%%.*}" --config "$work/$1/$2/node.ini" \
		>>"$work/$1/$2/log" 2>&1 </dev/null &
	echo $! >"$work/$1/$2/pid"
}
switch() { # what it shall do
	local said
	echo "$*" >&"${SWITCH[1]}"
	read -r said <&"${SWITCH[0]}"
	[ "$said" = ok ] || violation "the switch cannot $*: $said"
}

"$BIN/oneplanctl" --town "$work/town" town init --base-port 7610 >/dev/null || exit 1
mapfile -t nodes < <(cd "$work/town" && dirname -- */node.ini)
i=0 ports=()
for name in "${nodes[@]}" desk; do
	unshare --net sleep infinity &
	holder[$name]=$!
	address[$name]=10.77.0.$((++i))
	ports+=("$name=${holder[$name]}")
done
for name in "${nodes[@]}" desk; do
	until [ "$(readlink "/proc/${holder[$name]}/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
done
coproc SWITCH { "$BIN/oneplan-switch" --seed "$SEED" "${ports[@]}" 2>"$work/switch.log"; }
read -r said <&"${SWITCH[0]}"
[ "$said" = ok ] || { cat "$work/switch.log"; exit 1; }
for name in "${nodes[@]}" desk; do
	inside "$name" ip link set lo up
	inside "$name" ip address add "${address[$name]}/24" dev wire0
	inside "$name" ip link set wire0 up
done
# each node has a port of its own: that tells which address it gets
for name in "${nodes[@]}"; do
	port=$(sed -n 's|^listen = tcp://127.0.0.1:||p' "$work/town/$name/node.ini")
	sed -i "s|tcp://127.0.0.1:$port\$|tcp://${address[$name]}:$port|" "$work/town/town.ini" "$work"/town/*/node.ini
done
for name in "${nodes[@]}"; do start_node town "$name"; done
for _ in $(seq 50); do ctl town --timeout 1s status >/dev/null 2>&1 && break; sleep 0.1; done
need "a town in networks of its own comes up" ctl town status

# ---- clients ----------------------------------------------------------------------------------------

first=1
clients() { # in whose network, node, what ...
	local whose=$1 node=$2
	shift 2
	setsid nsenter --net="/proc/${holder[$whose]}/ns/net" "$BIN/oneplan-history" run --town "$work/town" --node "$node" \
		--seed "$SEED" --first "$first" --clients 2 --pause 100 --out "$work/$whose-$node" "$@" &
	histories+=($!)
	first=$((first + 2))
}
clients intake intake --what inquiries
clients desk intake --what inquiries
clients planning.social planning.social --what capacity --to family
clients planning.employment planning.employment --what capacity --to social
clients planning.family planning.family --what capacity --to social

# ---- faults -----------------------------------------------------------------------------------------

tenths() { sleep "$(($1 / 10)).$(($1 % 10))"; }
anyone() { local all=("${nodes[@]}" desk); echo "${all[RANDOM % ${#all[@]}]}"; }
fault_cut() { local who; who=$(anyone); switch cut "$who"; tenths $((5 + RANDOM % 60)); }
fault_cut_two() { switch cut "$(anyone)"; switch cut "$(anyone)"; tenths $((5 + RANDOM % 60)); }
fault_one_way() {
	local ways=(from to)
	switch "${ways[RANDOM % 2]}" "$(anyone)"
	tenths $((5 + RANDOM % 60))
}
fault_slow() { switch slow "$(anyone)" $((10 + RANDOM % 90)) $((1 + RANDOM % 15)); tenths $((10 + RANDOM % 40)); }
fault_flap() {
	local who
	who=$(anyone)
	for _ in 1 2 3 4 5 6 7 8; do
		switch cut "$who"
		tenths $((1 + RANDOM % 6))
		switch heal "$who"
		tenths $((1 + RANDOM % 6))
	done
}
# the host stops at once, and comes back as somebody who knows of no connection
fault_vanish() {
	local some=(reporting notification planning.family) who
	who=${some[RANDOM % 3]}
	switch cut "$who"
	kill_node town "$who"
	tenths $((1 + RANDOM % 30))
	start_node town "$who"
	tenths $((1 + RANDOM % 20))
}
kinds=(cut cut_two one_way slow flap vanish)
[ -z "${ONLY:-}" ] || kinds=("$ONLY")

for ((k = 0; k < count; k++)); do
	kind=${kinds[k % ${#kinds[@]}]}
	"fault_$kind"
	switch heal
	took=$(inside desk "$BIN/oneplan-history" drained --town "$work/town") || violation "after $kind not everything arrived"
	echo "$kind $took" >>"$work/heals"
	echo "$(date +%T.%3N) $kind healed after ${took% *} ms, last ${took#* }" >&2
	[ "${took%%.*}" -le $heal_limit_ms ] || violation "after $kind it took ${took% *} ms until all was well"
	tenths $((1 + RANDOM % 10))
done
for pid in "${histories[@]}"; do kill -TERM "$pid"; done
for pid in "${histories[@]}"; do must "the clients end well" wait "$pid"; done
histories=()

# ---- what must hold ----------------------------------------------------------------------------------

must "every follower has everything" ctl town wait
must "what was addressed is what was taken" inside desk "$BIN/oneplan-history" balance --town "$work/town"
figure() { tr ' ' '\n' <<<"$1" | sed -n "s/^$2=//p"; }
sent=0 acknowledged=0 again=0 max=0 p99=0
for node in intake planning.social planning.employment planning.family; do
	said=$(inside desk "$BIN/oneplan-history" check --town "$work/town" --node "$node" "$work"/*-"$node".*) ||
		violation "the history of $node"
	echo "$node: $said" >&2
	sent=$((sent + $(figure "$said" sent))) acknowledged=$((acknowledged + $(figure "$said" ok)))
	again=$((again + $(figure "$said" asked_again)))
	[ "$(figure "$said" unknown)" = 0 ] || violation "$node left somebody without an answer"
done
for node in intake planning.social planning.employment; do # beside their nodes, which were never ended
	said=$("$BIN/oneplan-history" times --town "$work/town" "$work/$node-$node".*)
	echo "beside $node: $said" >&2
	[ "$(figure "$said" max_ms | cut -d. -f1)" -le $answer_limit_ms ] || violation "$node kept a client waiting that was beside it"
	max=$(printf '%s\n' "$max" "$(figure "$said" max_ms)" | sort -n | tail -n 1)
	p99=$(printf '%s\n' "$p99" "$(figure "$said" p99_ms)" | sort -n | tail -n 1)
done
sorted=$(cut -d' ' -f2 "$work/heals" | sort -n)
nth() { sed -n "$((($(wc -l <<<"$sorted") * $1 + 99) / 100))p" <<<"$sorted"; }
row faults="$count" heal_p50_ms="$(nth 50)" heal_p99_ms="$(nth 99)" heal_max_ms="$(nth 100)" sent="$sent" \
	acknowledged="$acknowledged" asked_again="$again" beside_p99_ms="$p99" beside_max_ms="$max"
