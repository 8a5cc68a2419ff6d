#!/usr/bin/env bash
# Nodes of a working town are put back to older states: with `restore`, which begins a new epoch, or by hand, which says
# nothing; an owner, a follower, or both at different times. Whoever has records that the owner lost is found, named by both
# sides and not served until an operator decides; everybody else goes on by itself; nothing is skipped, overwritten, done
# twice or left out. What followers hold in the end is what they get when they follow everything anew.
set -uo pipefail
# shellcheck source=tests/campaign/lib.sh
. "$(dirname "$0")/lib.sh"

working=() # clients
leave() {
	abandon
	finish
}
trap leave EXIT

rounds=$(size 8 100)
found_limit_ms=6000
owners=(intake planning.social) followers=(reporting notification planning.family)

need "a town starts" new_town town
by=(--by 'Ida Holm' --reason 'a campaign')

# ---- what is asked --------------------------------------------------------------------------------------

ask() { ctl town --timeout 5s --json call "$1" list_queues '{}' --client operator; }
head_of() { ctl town --timeout 5s --json call "$1" show_status '{}' --client operator | jq .head; }
# Who has taken how much of a node, that node being down: FOLLOWER THROUGH
taken_of() { # owner
	local follower
	for follower in "${nodes[@]}"; do
		[ "$follower" = "$1" ] || ask "$follower" | jq -r --arg owner "$1" --arg follower "$follower" \
			'.cursors[]? | select(.owner == $owner) | "\($follower) \(.through)"'
	done
}
not_served() { ask "$1" | jq -r '.queues[]? | select(.diverged_at) | .follower' | sort; }
not_taking() { # owner
	local follower
	for follower in "${nodes[@]}"; do
		[ "$follower" = "$1" ] || ask "$follower" | jq -r --arg owner "$1" --arg follower "$follower" \
			'.cursors[]? | select(.owner == $owner and .diverged) | $follower'
	done | sort
}

# ---- work -------------------------------------------------------------------------------------------------

first=1
work() { # name: three clients, until they are stopped
	"$BIN/oneplan-history" run --town "$work/town" --node intake --what inquiries --clients 2 --first "$first" --pause 60 \
		--seed "$((SEED * 1000 + first))" --out "$work/$1.intake" &
	working+=($!)
	"$BIN/oneplan-history" run --town "$work/town" --node planning.social --what capacity --to family --clients 1 \
		--first "$((first + 2))" --pause 60 --seed "$((SEED * 1000 + first))" --out "$work/$1.social" &
	working+=($!)
	first=$((first + 3)) # no two have the same number, ever
}
abandon() { # what they were told may be lost with the node
	local pid
	[ "${#working[@]}" -gt 0 ] || return
	for pid in "${working[@]}"; do
		pkill -KILL -P "$pid"
		kill -KILL "$pid"
	done 2>/dev/null
	wait "${working[@]}" 2>/dev/null
	working=()
}
finish_work() {
	local pid
	for pid in "${working[@]}"; do kill -TERM "$pid"; done
	for pid in "${working[@]}"; do must "the clients end well" wait "$pid"; done
	working=()
}
told_once() { # name: of each acknowledged inquiry people were told once
	local wrong
	wrong=$(awk '$1 == "ok" {print $6}' "$work/$1".intake.* | sort >"$work/entities"
		ctl town --json journal notification --limit 0 | jq -r '.records[] | select(.type == "notices_planned" and .cause) | .entity' |
			sort | uniq -c | awk '{print $2, $1}' | join -a 1 "$work/entities" - | awk '$2 != 1' | wc -l)
	[ "$wrong" = 0 ] || violation "of $wrong inquiries people were told not once"
}

# ---- back in time --------------------------------------------------------------------------------------------

back_up() { # node, how: the state as it is now
	local node=$1
	rm -rf "$work/backup.$node"
	if [ "$2" = verb ]; then
		must "a backup of $node" ctl town backup "$node" "$work/backup.$node" --by 'Ida Holm'
		return
	fi
	kill_node town "$node" # the files of a live database are no copy
	cp -a "$work/town/$node/state" "$work/backup.$node"
	start_node town "$node"
}
put_back() { # node, how
	local node=$1
	if [ "$2" = verb ]; then
		must "$node is restored" ctl town restore "$node" "$work/backup.$node" "${by[@]}"
		rm -rf "$work/town/$node"/state/before-*
	else
		rm -rf "$work/town/$node/state"
		cp -a "$work/backup.$node" "$work/town/$node/state"
	fi
}
answers() { "$BIN/oneplan-history" await --town "$work/town" --node "$1" --since "${EPOCHREALTIME/./}" >/dev/null; }

# After an owner was put back: those who were ahead, and only those, are not served.
expect_divergence() { # owner, file of those ahead
	local owner=$1 began=${EPOCHREALTIME/./} want served taking=-
	want=$(cat "$2")
	while :; do
		served=$(not_served "$owner")
		[ "$served" != "$want" ] || taking=$(not_taking "$owner")
		[ "$taking" != "$want" ] || break
		[ $(((${EPOCHREALTIME/./} - began) / 1000)) -lt $found_limit_ms ] || break
	done
	echo $(((${EPOCHREALTIME/./} - began) / 1000)) >>"$work/found"
	[ "$served" = "$want" ] || violation "$owner does not serve [${served//$'\n'/ }], ahead are [${want//$'\n'/ }]"
	[ "$taking" = "$want" ] || violation "of $owner do not take [${taking//$'\n'/ }], ahead are [${want//$'\n'/ }]"
}
# The same a moment later, with work going on: nobody has taken anything over the break.
expect_stillness() { # owner, file of those ahead
	sleep 0.5
	[ "$(not_taking "$1")" = "$(cat "$2")" ] || violation "somebody went on over the break with $1"
}

resolve() { # owner, how, its head then, file of those ahead
	local owner=$1 how=$2 from=$3 follower react=()
	# what came after the break has the numbers of what was lost
	[ "$how" = verb ] || react=(--react-from "$((from + 1))")
	while read -r follower; do
		must "$follower follows $owner anew" ctl town follow-anew "$follower" "$owner" "${by[@]}" "${react[@]}"
	done <"$4"
}

ahead_total=0
owner_round() { # owner, how, is there work after the backup
	local owner=$1 how=$2 head
	work before
	sleep "0.$((3 + RANDOM % 5))"
	if [ "$3" = idle ]; then
		abandon
		ctl town wait >/dev/null
	fi
	back_up "$owner" "$how"
	[ "$3" = idle ] || sleep "$((RANDOM % 2)).$((1 + RANDOM % 9))"
	kill_node town "$owner"
	abandon
	sleep 0.3 # what was under way has arrived
	taken_of "$owner" >"$work/taken"
	put_back "$owner" "$how"
	start_node town "$owner"
	must "$owner answers" answers "$owner"
	head=$(head_of "$owner")
	[ "$how" = hand ] || head=$((head - 1)) # node_restored is new
	awk -v head="$head" '$2 > head {print $1}' "$work/taken" | sort >"$work/ahead"
	ahead_total=$((ahead_total + $(wc -l <"$work/ahead")))
	work after
	expect_divergence "$owner" "$work/ahead"
	expect_stillness "$owner" "$work/ahead"
	[ "$how" = verb ] || [ ! -s "$work/ahead" ] || must "a new epoch" ctl town new-epoch "$owner" "${by[@]}"
	resolve "$owner" "$how" "$head" "$work/ahead"
}
follower_round() { # follower, how: it is behind, and catches up by itself
	work after
	back_up "$1" "$2"
	sleep "0.$((3 + RANDOM % 7))"
	kill_node town "$1"
	if [ "$1" = planning.family ]; then # others follow it in their turn
		taken_of "$1" >"$work/taken"
	else
		: >"$work/taken"
	fi
	put_back "$1" "$2"
	start_node town "$1"
	must "$1 answers" answers "$1"
	local head
	head=$(head_of "$1")
	[ "$2" = hand ] || head=$((head - 1))
	awk -v head="$head" '$2 > head {print $1}' "$work/taken" | sort >"$work/ahead"
	expect_divergence "$1" "$work/ahead"
	[ "$2" = verb ] || [ ! -s "$work/ahead" ] || must "a new epoch" ctl town new-epoch "$1" "${by[@]}"
	resolve "$1" "$2" "$head" "$work/ahead"
}

hows=(verb hand) idles=(idle busy busy busy)
for ((round = 0; round < rounds; round++)); do
	how=${hows[RANDOM % 2]} owner=${owners[RANDOM % 2]} follower=${followers[RANDOM % 3]} idle=${idles[RANDOM % 4]}
	case $((round % 4)) in
	0 | 2) kind="$owner $how $idle" && owner_round "$owner" "$how" "$idle" ;;
	1) kind="$follower $how" && follower_round "$follower" "$how" ;;
	3) # both, at different times: the follower's is the older one
		kind="$follower and $owner $how"
		back_up "$follower" "$how"
		owner_round "$owner" "$how" busy
		sleep 0.5
		kill_node town "$follower"
		taken_of "$follower" >"$work/taken"
		put_back "$follower" "$how"
		start_node town "$follower"
		must "$follower answers" answers "$follower"
		;;
	esac
	sleep 0.5
	finish_work
	echo "$(date +%T) round $round: $kind, ahead: $(tr '\n' ' ' <"$work/ahead")" >&2
	must "every follower has everything" ctl town wait
	must "what was addressed is what was taken" "$BIN/oneplan-history" balance --town "$work/town"
	for node in intake planning.social; do
		"$BIN/oneplan-history" check --only --town "$work/town" --node "$node" "$work"/after."${node##*.}".* >"$work/said" 2>&1 ||
			violation "the history of $node: $(cat "$work/said")"
	done
	told_once after
	rm -f "$work"/after.* "$work"/before.*
	[ "$violations" = 0 ] || break
done

# ---- what followers hold is what a new one would get ------------------------------------------------------------

replicas() { digests town | grep '"replica/'; }
held=$(replicas)
for follower in reporting notification planning.family; do
	for owner in $(ask "$follower" | jq -r '.cursors[]?.owner'); do
		must "$follower follows $owner anew" ctl town follow-anew "$follower" "$owner" "${by[@]}"
	done
done
must "every follower has everything" ctl town wait
if [ "$(replicas)" != "$held" ]; then
	diff <(replicas) <(echo "$held") | head -n 6 >&2
	violation "a new follower holds something else"
fi
row rounds="$rounds" ahead="$ahead_total" found_max_ms="$(sort -n "$work/found" | tail -n 1)"
