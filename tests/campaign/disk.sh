#!/usr/bin/env bash
# Disks that are full. The states of the entrance, a department and reporting lie on small disks of their own while a year
# is imported, and others' files on them grow and go at random, up to the last byte and the last inode. Nobody ends or
# does so with a documented code and not over and over; who has no room says busy and goes on by itself when there is
# room again; at the end everything is there, and nothing twice. Then nodes begin on disks with no room for a database,
# for data keys, or for another file. COUNT: how often the others' files change.
set -uo pipefail
if [ -z "${OWN_MOUNTS:-}" ]; then OWN_MOUNTS=1 exec unshare -m --propagation private "$0"; fi
# shellcheck source=tests/campaign/lib.sh
. "$(dirname "$0")/lib.sh"

changes=$(size 40 4000)
small=(intake planning.social reporting)
declare -A disk_size=([intake]=120 [planning.social]=104 [reporting]=112) # MiB, of which a node keeps 48 for itself
busy=0 ended=0 full=0 kinds=tmpfs

mount_disk() { # town, node, kind: ext4 or tmpfs
	local state=$work/$1/$2/state
	mkdir -m 700 "$state"
	if [ "$3" = ext4 ] && truncate -s "${disk_size[$2]}M" "$work/$2.img" && mkfs.ext4 -q -m 0 -N 64 "$work/$2.img" &&
		mount -o loop "$work/$2.img" "$state"; then
		rmdir "$state/lost+found"
		kinds=ext4,tmpfs
	else # where there are no loop devices, for all
		mount -t tmpfs -o "size=${disk_size[$2]}m,nr_inodes=64" tmpfs "$state"
	fi
}

keep_running() { # town: whoever ended is started again, as a supervisor does, and told of
	local node pid code
	for node in "${nodes[@]}"; do
		pid=$(pid_of "$1" "$node")
		[ -e "/proc/$pid/exe" ] && continue
		code=$(tail -n 1 "$work/$1/$node/log" | cut -c1-200)
		echo "$node ended: $code" >&2
		ended=$((ended + 1))
		sleep 0.2
		start_node "$1" "$node"
	done
}

rooms() { # town: how many of the small ones have none
	local node
	for node in "${small[@]}"; do
		ctl "$1" --timeout 2s --json call "$node" show_status '{}' 2>/dev/null | jq -r .room
	done | grep -cE 'busy|stopped'
}

left() { echo $(($(stat -f -c '%a * %S' "$1"))); }

change() { # town: what others have on one of the disks
	local node=${small[RANDOM % 3]} state bytes
	state=$work/$1/$node/state
	bytes=$(left "$state")
	case $((RANDOM % 7)) in
	0 | 1) rm -f "$state"/other.* ;;
	2) head -c "$bytes" /dev/zero >"$state/other.$RANDOM" 2>/dev/null ;; # to the last byte
	3) fallocate -l $((bytes > 2097152 ? bytes - RANDOM * 60 : 4096)) "$state/other.$RANDOM" 2>/dev/null ;;
	4) [ "$bytes" -lt 65536 ] || fallocate -l $((bytes / 2)) "$state/other.$RANDOM" 2>/dev/null ;;
	5) for _ in $(seq 70); do : >"$state/other.$RANDOM.$RANDOM" || break; done 2>/dev/null ;; # to the last inode
	6) truncate -s $((RANDOM * 10)) "$state"/other.* 2>/dev/null ;;
	esac
	[ "$(left "$state")" -gt 65536 ] || full=$((full + 1))
}

"$BIN/oneplan-demo" --seed "$SEED" --inquiries 200 --out "$work/year"
must "a town starts" new_town calm
must "a year with room enough" import_year calm "$work/year"
must "everybody has everything" ctl calm wait
want=$(fingerprint calm)
deploy/town.sh down "$work/calm" >/dev/null

# ---- while a year is imported ---------------------------------------------------------------------------------------

"$BIN/oneplanctl" --town "$work/town" town init --base-port "$(free_base_port)" >/dev/null
for node in "${small[@]}"; do
	mount_disk town "$node" "$([ "$node" = intake ] && echo ext4 || echo tmpfs)" || violation "no disk for $node"
done
cp "$work/town.key" "$work/town/intake/town.key" # as new_town does, which would make the town itself
printf '\n[reporting]\nsuppress_below = 0\n' >>"$work/town/reporting/node.ini"
must "a town on small disks starts" deploy/town.sh up "$work/town"
import() { # as in lib.sh, with more patience
	ctl "$1" --json import "$3" "$2/$4.ndjson" --patience 600s >"$work/$1.$4.json" 2>"$work/$1.$4.log"
}
import_year town "$work/year" >"$work/import.said" 2>&1 &
import=$!
for _ in $(seq "$changes"); do
	change town
	sleep "0.$((RANDOM % 4 + 1))"
	keep_running town
	[ "$(rooms town)" = 0 ] || busy=$((busy + 1))
done
for node in "${small[@]}"; do rm -f "$work/town/$node/state"/other.*; done
end=$((SECONDS + 60))
while [ -d "/proc/$import" ] && [ "$SECONDS" -lt "$end" ]; do
	sleep 0.5
	keep_running town
done
[ -d "/proc/$import" ] && kill "$import" 2>/dev/null && violation "with room again the import does not go on"
wait "$import" || violation "the import ends with an error: $(tail -n 3 "$work/import.said")"
must "with room again everybody has everything" ctl town wait
[ "$(fingerprint town)" = "$want" ] || violation "state and figures are others: $(diff <(fingerprint town) <(echo "$want") | head -n 4 | cut -c1-200)"
[ "$ended" -le "$changes" ] || violation "daemons ended over and over"
deploy/town.sh down "$work/town" >/dev/null
for node in "${small[@]}"; do umount "$work/town/$node/state"; done

# ---- beginning with no room ---------------------------------------------------------------------------------------

begin() { # size in KiB, inodes: what comes of a first start, in $code; 0: it runs
	local pid
	mount -t tmpfs -o "size=${1}k,nr_inodes=$2" tmpfs "$work/town/intake/state"
	start_node town intake
	pid=$(pid_of town intake)
	code=0
	for _ in $(seq 40); do
		[ -e "/proc/$pid/exe" ] || { wait "$pid" 2>/dev/null; code=$?; break; }
		ctl town --timeout 1s call intake show_status '{}' >/dev/null 2>&1 && break
		sleep 0.1
	done
}
with_room() { # what: the disk is made larger, and it gets to work
	mount -o remount,size=200m,nr_inodes=100 "$work/town/intake/state"
	[ "$code" = 0 ] || start_node town intake
	import town "$work/year" intake inquiries || violation "$1: with room again it does not take its import"
	stop_node town intake
	umount "$work/town/intake/state"
}
starts=0 refused=0
for room in "1024 100" "32800 100" "32900 100" "33200 100" "49500 100" "100000 3" "100000 4" "100000 5" "100000 6"; do
	begin "${room% *}" "${room#* }"
	case $code in
	0) ;;
	75 | 111) refused=$((refused + 1)) ;;
	*) violation "a start with $room (KiB, inodes) ended with $code" ;;
	esac
	starts=$((starts + 1))
	with_room "$room"
done
row disks="$kinds" changes="$changes" full="$full" busy_seen="$busy" ended="$ended" starts="$starts" refused="$refused"
