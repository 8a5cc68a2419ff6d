#!/bin/sh
# A backup of every node whose settings are on this machine. The node copies and checks it itself (oneplanctl backup);
# this asks for it and takes the oldest away. What oneplan-backup.service runs; by hand, as root: backup.sh [NODE...]
#   KEEP  how many of a node are kept (14)
#   DAYS  how long one is kept at most (30): an erasure waits for it ([node] key_backups_kept)
# The newest whole one is never taken away, and nothing is when the new one was not made.
set -u
town=${ONEPLAN_TOWN:-/etc/oneplan}
to=${ONEPLAN_BACKUPS:-/var/backups/oneplan}
keep=${KEEP:-14} days=${DAYS:-30}
failed=0

case "$keep$days" in *[!0-9]*) echo "KEEP and DAYS must be numbers" >&2; exit 2 ;; esac
if [ "$keep" -lt 1 ] || [ "$days" -lt 1 ]; then echo "KEEP and DAYS must be at least 1" >&2; exit 2; fi

whole() { # node: its whole backups, the oldest first; others have no manifest, or another name
	for dir in "$to/$1"/[0-9]*T[0-9]*Z; do
		[ -s "$dir/manifest.json" ] && basename "$dir"
	done | sort
}

prune() { # node
	oldest=$(date -u -d "$days days ago" +%Y%m%dT%H%M%SZ)
	n=$(whole "$1" | wc -l)
	whole "$1" | head -n -1 | while read -r name; do
		if [ "$n" -gt "$keep" ] || expr "$name" \< "$oldest" >/dev/null; then
			rm -rf -- "${to:?}/$1/$name" && echo "$1: $name taken away"
			n=$((n - 1))
		fi
	done
}

[ $# -gt 0 ] || set -- "$town"/*/node.ini
for ini; do
	case $ini in */node.ini) node=$(basename "$(dirname "$ini")") ;; *) node=$ini ;; esac
	[ -e "$town/$node/node.ini" ] || { echo "$node has no settings in $town" >&2; failed=1; continue; }
	dir=$to/$node/$(date -u +%Y%m%dT%H%M%SZ)
	if oneplanctl --town "$town" backup "$node" "$dir" --by "${BY:-backup-timer}" && [ -s "$dir/manifest.json" ]; then
		prune "$node"
	else
		echo "$node: no backup was made; the newest is $(whole "$node" | tail -n 1 | grep . || echo none)" >&2
		failed=1
	fi
done
exit $failed
