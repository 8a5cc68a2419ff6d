#!/usr/bin/env bash
# A town on this machine: town.sh up|down|status DIR. Daemons run in the background, log to DIR/<node>/log and leave
# their process ids in DIR/<node>/pid. BIN= another directory of programs.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${BIN:-build}
action=${1:?up, down or status} town=${2:?the directory of the town}

nodes() {
	local ini
	for ini in "$town"/*/node.ini; do [ -e "$ini" ] && basename "$(dirname "$ini")"; done
	# the portal is of use once somebody may log in
	if [ -e "$town/portal/operators.ini" ]; then echo portal; fi
}

settings() { if [ "$1" = portal ]; then echo "$town/portal/portal.ini"; else echo "$town/$1/node.ini"; fi; }

program() { echo "$bin/oneplan-${1%%.*}"; }

running() { # node: prints its pid
	local pid
	pid=$(cat "$town/$1/pid" 2>/dev/null) || return 1
	[ -e "/proc/$pid/exe" ] && [[ $(readlink "/proc/$pid/exe") == *oneplan-* ]] && echo "$pid"
}

up() {
	local node
	[ -e "$town/town.ini" ] || "$bin/oneplanctl" --town "$town" town init
	for node in $(nodes); do
		if running "$node" >/dev/null; then continue; fi
		setsid "$(program "$node")" --config "$(settings "$node")" >>"$town/$node/log" 2>&1 </dev/null &
		echo $! >"$town/$node/pid"
	done
	for _ in $(seq 100); do
		"$bin/oneplanctl" --town "$town" --timeout 1s status >/dev/null 2>&1 && return
		[ $? != 1 ] || return 0 # all are up; something else is not well, which status tells
		for node in $(nodes); do running "$node" >/dev/null || break 2; done
		sleep 0.1
	done
	echo "not every node came up; what they said last:" >&2
	for node in $(nodes); do
		running "$node" >/dev/null || { echo "  $node is not there:"; tail -n 1 "$town/$node/log"; } >&2
	done
	return 1
}

down() { # all at once: none waits for another; one that nobody has reaped yet has no program any more
	local node pid
	local -A pids=()
	for node in $(nodes); do
		pid=$(running "$node") || { rm -f "$town/$node/pid"; continue; }
		kill -TERM "$pid"
		pids[$node]=$pid
	done
	for node in $(nodes); do
		pid=${pids[$node]:-}
		[ -n "$pid" ] || continue
		for _ in $(seq 50); do [ -e "/proc/$pid/exe" ] || break; sleep 0.1; done
		[ ! -e "/proc/$pid/exe" ] || { echo "$node does not stop, killed" >&2; kill -KILL "$pid"; }
		rm -f "$town/$node/pid"
		echo "$node stopped"
	done
}

case $action in
up) up ;;
down) down ;;
status) "$bin/oneplanctl" --town "$town" status ;;
*) echo "town.sh up|down|status DIR" >&2; exit 2 ;;
esac
