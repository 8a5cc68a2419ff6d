# What the procedures of the handbook share: a town of their own below $T, as it would lie in /etc, /var/lib and
# /var/backups, and stand-ins for what a test machine has not: a service manager and a package manager.
# shellcheck shell=bash disable=SC2034,SC2119,SC2120
# Everything below is written under $T: it must be a directory of ours, and nothing else.
case ${T:-} in
/*/oneplan-handbook.*) [ -d "$T" ] || exit 1 ;;
*) echo "no directory for the procedure" >&2 && exit 1 ;;
esac
export ONEPLAN_TOWN=$T/etc PATH=$T/bin:$BIN:$PATH
mkdir -p "$T"/{bin,lib,usr,backups/keys,log}
ln -s "$PWD/deploy/backup/backup.sh" "$T/usr/backup"
ln -s "$PWD/deploy/backup/drill.sh" "$T/usr/drill"
export ONEPLAN_BACKUPS=$T/backups CACHE_DIRECTORY=$T/log

cat >"$T/bin/systemctl" <<'END'
#!/usr/bin/env bash
# systemctl ACTION UNIT...: starts and stops the town's daemons, each as its unit does.
action=$1
shift
nodes() {
	case $1 in
	oneplan.target) (cd "$ONEPLAN_TOWN" && dirname -- */node.ini) ;;
	oneplan-planning@*) echo "planning.${1#oneplan-planning@}" ;;
	oneplan-*) echo "${1#oneplan-}" ;;
	esac
}
settings() { if [ "$1" = portal ]; then echo "$ONEPLAN_TOWN/portal/portal.ini"; else echo "$ONEPLAN_TOWN/$1/node.ini"; fi; }
pid_of() { pgrep -f -x -- "[^ ]*/oneplan-[a-z]* --config $(settings "$1")"; }
answers() {
	local listen
	if [ "$1" = portal ]; then
		listen=$(sed -n 's/^listen = //p' "$(settings portal)")
		(exec 3<>"/dev/tcp/${listen%:*}/${listen#*:}") 2>/dev/null
	else
		oneplanctl --timeout 300ms call "$1" show_status '{}' >/dev/null 2>&1
	fi
}
start() {
	pid_of "$1" >/dev/null && return
	setsid "$BIN/oneplan-${1%%.*}" --config "$(settings "$1")" >>"$T/log/$1" 2>&1 </dev/null &
	local pid=$!
	echo $pid >>"$T/pids"
	for _ in $(seq 100); do
		answers "$1" && return
		[ -e "/proc/$pid/exe" ] || break
		sleep 0.1
	done
	echo "$1 did not start: $(tail -n 1 "$T/log/$1")" >&2
	return 1
}
signal() { # which, node
	local pid
	pid=$(pid_of "$2") || return 0
	kill "-$1" "$pid"
	[ "$1" != TERM ] || while [ -e "/proc/$pid/exe" ]; do sleep 0.05; done
}
for unit in "$@"; do
	mapfile -t all < <(nodes "$unit")
	for node in "${all[@]}"; do
		case $action in
		start) start "$node" & ;;
		stop) signal TERM "$node" & ;;
		restart) (signal TERM "$node" && start "$node") & ;;
		reload) signal HUP "$node" & ;;
		esac
		jobs+=($!)
	done
done
for job in "${jobs[@]}"; do wait "$job" || failed=1; done
[ -z "$failed" ]
END
cat >"$T/bin/apt-get" <<'END'
#!/usr/bin/env bash
# A package starts its daemons again; another version is proven by make upgrade-check.
package=${!#}
package=${package%%=*}
for node in $(cd "$ONEPLAN_TOWN" && dirname -- */node.ini); do
	[ "oneplan-${node%%.*}" = "$package" ] || continue
	echo "$node" >>"$T/log/restarted"
	systemctl restart "$(case $node in planning.*) echo "oneplan-planning@${node#planning.}" ;; *) echo "oneplan-$node" ;; esac)" || exit 1
done
END
chmod +x "$T/bin"/*

free_base_port() {
	local port
	while port=$((10000 + SRANDOM % 20000)); do
		ss -Hltn 2>/dev/null | grep -qE ":($port|$((port + 1))|$((port + 2))|$((port + 3))|$((port + 4))|$((port + 5))|$((port + 6))) " ||
			{ echo "$port"; return; }
	done
}
make_town() { # options of town init
	local node
	port=$(free_base_port)
	oneplanctl town init --base-port "$port" "$@" >/dev/null || return 1
	for node in $(cd "$ONEPLAN_TOWN" && dirname -- */node.ini); do
		sed -i "s|^listen = tcp.*|&\nstate = $T/lib/$node|" "$ONEPLAN_TOWN/$node/node.ini"
		mkdir -p "$T/backups/$node"
		cp "$ONEPLAN_TOWN/$node/master.key" "$T/backups/keys/$node.master.key"
	done
}
inquire() { # how many times: prints the last receipt
	local i
	for ((i = 0; i < ${1:-1}; i++)); do
		receipt=$(oneplanctl --json call intake receive_inquiry \
			'{"channel":"phone","asker":"citizen","life_areas":["housing"],"number":"2211660000","name":"Anna Prøve"}') || return 1
	done
	echo "$receipt"
}
refer() { # department
	local inquiry
	inquiry=$(inquire | jq -r .inquiry) && oneplanctl call intake hold_first_talk "{\"inquiry\":\"$inquiry\"}" --actor front_desk:ida &&
		oneplanctl call intake close_inquiry "{\"inquiry\":\"$inquiry\",\"closing\":\"plan_opened\",\"referred_to\":\"$1\"}" \
			--actor front_desk:ida
} >/dev/null
want() { # what, then a command that must succeed
	local what=$1
	shift
	"$@" >"$T/log/want" 2>&1 && return
	echo "not so: $what ($*)"
	tail -n 3 "$T/log/want"
	return 1
}
within() { # seconds, command
	local i
	for ((i = 0; i < $1 * 5; i++)); do "${@:2}" >/dev/null 2>&1 && return; sleep 0.2; done
	return 1
}
all_well() { want "everything has arrived" oneplanctl wait && want "all are up and well" oneplanctl status; }
works() { want "people are served" inquire && all_well; }
running() { pgrep -f -- "--config $ONEPLAN_TOWN/${1:-[a-z.-]*}/node.ini" >/dev/null; }
status_of() { oneplanctl --json call "$1" show_status "{}" | jq -r ".$2"; } # node, field
start_town() { systemctl start oneplan.target && oneplanctl wait >/dev/null; }
set_up() { start_town; }
