#!/usr/bin/env bash
# make handbook-check: carries out every procedure of deploy/HANDBOOK.md on a town made for it. A procedure is a heading
# with ```sh blocks; tests/handbook/procedures/ has for each a file named after the heading, which makes the situation
# (set_up), may say what the blocks' variables are, and looks whether it was mended (verify). One line a procedure; the
# last line is `N procedures, N failed`.
#   tests/handbook/check.sh [NAME...]    carries out only these; KEEP=1 keeps their towns
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
export BIN=${BIN:-$PWD/build}
here=$PWD/tests/handbook

# heading -> name of its file
blocks() { # directory: a file of commands for each procedure
	awk -v dir="$1" '
		/^## / { name = tolower(substr($0, 4)); gsub(/[^a-z0-9]+/, "-", name); next }
		/^ *```sh$/ { inside = 1; indent = match($0, /`/) - 1; next }
		/^ *```$/ { inside = 0; next }
		inside { print substr($0, indent + 1) > (dir "/" name) }' deploy/HANDBOOK.md
}

end_town() {
	local pid
	# shellcheck disable=SC2013 # they are words
	for pid in $(cat "$T/pids" 2>/dev/null); do
		[[ $(tr '\0' ' ' <"/proc/$pid/cmdline") == *"--config $T"* ]] && kill -KILL "$pid"
	done 2>/dev/null
	# what set_up started beside the town
	[ ! -e "$T/others" ] || xargs kill <"$T/others" 2>/dev/null
	wait 2>/dev/null
	! mountpoint -q "$T/small" || umount "$T/small"
	[ -n "${KEEP:-}" ] || rm -rf "$T"
}

one() { # name, file of commands
	set +e
	T=$(mktemp -d "${TMPDIR:-/tmp}/oneplan-handbook.XXXXXX") || return 1 # without it, T/bin would be /bin
	export T
	trap end_town EXIT
	local town=(make_town)
	# shellcheck source=tests/handbook/lib.sh
	. "$here/lib.sh"
	# shellcheck disable=SC1090
	. "$here/procedures/$1.sh"
	sed "1i set -euo pipefail
		s|/etc/oneplan|$T/etc|g; s|/var/lib/oneplan|$T/lib|g; s|/var/backups/oneplan|$T/backups|g
		s|/srv/new|$T/new|g; s|/usr/lib/oneplan/|$T/usr/|g; s|:7690|:$(free_base_port)|g" "$2" >"$T/commands"
	"${town[@]}" || { echo "no town was made"; return 1; }
	set_up || { echo "the situation could not be made"; return 1; }
	timeout 100 bash -x "$T/commands" >"$T/log/commands" 2>&1 || { echo "a step failed:"; tail -n 4 "$T/log/commands"; return 1; }
	verify
}

work=$(mktemp -d "${TMPDIR:-/tmp}/oneplan-handbook.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
failed=0 procedures=0
tell() { # ok or not ok, what, how long, why
	printf '%s - %-44s %5s\n' "$1" "$2" "$3"
	procedures=$((procedures + 1))
	[ "$1" = ok ] || { failed=$((failed + 1)) && printf '%s\n' "$4" | sed 's/^/    /'; }
}
mkdir "$work/blocks"
blocks "$work/blocks"
for name in $(cd "$work/blocks" && printf '%s\n' * && cd "$here/procedures" && printf '%s\n' * | sed 's/\.sh$//'); do
	[ ! -e "$work/$name" ] || continue
	touch "$work/$name"
	began=$SECONDS
	if [ ! -e "$work/blocks/$name" ]; then
		tell 'not ok' "$name" - 'a test without a procedure'
	elif [ ! -e "$here/procedures/$name.sh" ]; then
		tell 'not ok' "$name" - 'a procedure without a test'
	elif [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then
		continue
	elif (one "$name" "$work/blocks/$name") >"$work/why" 2>&1; then
		tell ok "$name" "$((SECONDS - began)) s"
	else
		tell 'not ok' "$name" "$((SECONDS - began)) s" "$(cat "$work/why")"
	fi
done
echo "$procedures procedures, $failed failed"
[ "$failed" -eq 0 ]
