#!/bin/sh
# The restore drill: the newest backup of every node of this machine is put back in a directory of its own, with the
# node's own keys, and looked at (rows, journal, state against the journal). Nodes go on meanwhile, and nothing of theirs
# is touched. What oneplan-drill.service runs; by hand, as root: drill.sh [NODE...]
set -u
town=${ONEPLAN_TOWN:-/etc/oneplan}
from=${ONEPLAN_BACKUPS:-/var/backups/oneplan}
scratch=$(mktemp -d "${CACHE_DIRECTORY:-/var/tmp}/drill.XXXXXX") || exit 111
trap 'rm -rf "$scratch"' EXIT
failed=0

newest() { # node
	for dir in "$from/$1"/[0-9]*T[0-9]*Z; do
		[ -s "$dir/manifest.json" ] && echo "$dir"
	done | sort | tail -n 1
}

# The node's settings and keys beside an empty state.
lay_out() { # node
	mkdir "$scratch/$1" || return 1
	for file in "$town/$1"/*; do
		case $file in */state | */spool | */node.ini | */log | */pid) ;; *) ln -s "$file" "$scratch/$1/" || return 1 ;; esac
	done
	sed '/^[[:space:]]*\(state\|backups\)[[:space:]]*=/d' "$town/$1/node.ini" >"$scratch/$1/node.ini"
}

drill() { # node
	backup=$(newest "$1")
	[ -n "$backup" ] || { echo "$1: NOT RESTORED: there is no backup in $from/$1" >&2; return 1; }
	begun=$(date +%s)
	lay_out "$1" || return 1
	cp -r "$backup" "$scratch/backup" || return 1
	oneplan-"${1%%.*}" --config "$scratch/$1/node.ini" --restore "$scratch/backup" --by "${BY:-restore-drill}" \
		--reason "restore drill" >"$scratch/said" || { echo "$1: NOT RESTORED from $backup" >&2; return 1; }
	echo "$1: restored from $backup in $(($(date +%s) - begun)) s: $(cat "$scratch/said")"
}

[ $# -gt 0 ] || set -- "$town"/*/node.ini
for ini; do
	case $ini in */node.ini) node=$(basename "$(dirname "$ini")") ;; *) node=$ini ;; esac
	drill "$node" || failed=1
	rm -rf "${scratch:?}/$node" "$scratch/backup"
done
exit $failed
