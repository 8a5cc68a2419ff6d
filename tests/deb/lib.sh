# A machine for a test: this one's files under an overlay in memory, and systemd as its first process, in namespaces of
# its own with a network of its own. Everything in it ends with that process, and nothing of it is left.
# shellcheck shell=bash
machine=$(mktemp -d "${TMPDIR:-/tmp}/oneplan-machine.XXXXXX")
groups_made=()

# Inside the namespaces: the root, and systemd in the place of this shell.
boot_here() { # machine, a directory that is shown as /mnt
	local root=$1/root
	mkdir -p "$1/over" "$root"
	mount -t tmpfs tmpfs "$1/over" || exit 1
	mkdir -p "$1/over/upper" "$1/over/work"
	mount -t overlay overlay -o "lowerdir=/,upperdir=$1/over/upper,workdir=$1/over/work" "$root" || exit 1
	mount -t proc proc "$root/proc"
	mount -t sysfs -o ro sysfs "$root/sys"
	mount --rbind /dev "$root/dev"
	mount --bind "$2" "$root/mnt"
	mount -t tmpfs tmpfs "$root/run"
	mount -t tmpfs tmpfs "$root/tmp"
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
	else # systemd mounts the rest
		mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
		mkdir "$root/sys/fs/cgroup/systemd"
		mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
	fi
	rm -f "$root/usr/sbin/policy-rc.d"
	rm -rf "$root/etc/machine-id" "$root/var/log/journal" "$root/etc/systemd/system/"*.wants
	tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
	# not a chroot, in which the kernel makes no user namespaces
	mkdir "$root/before"
	cd "$root" && pivot_root . before && umount -l /before || exit 1
	mount --make-rshared / # as a container manager leaves it: systemd hands credentials over by a mount
	exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		/lib/systemd/systemd --unit=basic.target --log-target=null --show-status=0
}

# Groups of processes of its own, so that systemd finds itself at their root.
enter_groups() {
	local hierarchy group what
	for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do
		if [ ! -e "$hierarchy/cgroup.procs" ] || [ -L "$hierarchy" ]; then continue; fi
		group=$hierarchy/$(basename "$machine")
		mkdir "$group" || return 1
		groups_made+=("$group")
		for what in cpuset.cpus cpuset.mems; do # without them nothing may be in it
			[ ! -e "$hierarchy/$what" ] || cat "$hierarchy/$what" >"$group/$what"
		done
		echo "$BASHPID" >"$group/cgroup.procs" || return 1
	done
}
leave_groups() {
	local group
	for group in "${groups_made[@]}"; do
		echo "$BASHPID" >"${group%/*}/cgroup.procs"
	done
}

boot() { # a directory that is shown as /mnt
	local try
	enter_groups || return 1
	export -f boot_here
	# shellcheck disable=SC2016 # they are of the inner shell
	unshare --mount --propagation private --pid --fork --uts --ipc --net --cgroup --kill-child \
		bash -c 'boot_here "$1" "$2"' boot "$machine" "$(realpath "$1")" </dev/null >"$machine/boot.log" 2>&1 &
	unshared=$!
	leave_groups
	for try in $(seq 150); do
		init=$(pgrep -P "$unshared" | head -n 1)
		[ -n "$init" ] && inside systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded' && return
		sleep 0.2
	done
	echo "the machine does not start ($try)" >&2
	cat "$machine/boot.log" >&2
	return 1
}

inside() { # a command and its arguments, in the machine
	nsenter -t "$init" --mount --uts --ipc --net --pid --cgroup -r --wdns=/ \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive ONEPLAN_TOWN=/etc/oneplan "$@"
}

shut_down() {
	local group
	[ -z "${init:-}" ] || kill -KILL "$init" 2>/dev/null
	[ -z "${unshared:-}" ] || wait "$unshared" 2>/dev/null
	for group in "${groups_made[@]}"; do
		for _ in $(seq 20); do # the kernel clears up behind processes that have just ended
			find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
			[ -e "$group" ] || break
			sleep 0.1
		done
	done
	rm -rf "$machine"
}
