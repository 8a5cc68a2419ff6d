# shellcheck shell=bash
# Something writes over the head of the database of a node that runs: it ends by itself, and does not fill the disk. The
# last backup is as young as its followers.
set_up() {
	start_town && inquire && oneplanctl wait && oneplanctl backup intake "$T/backups/intake/monday" --by Ida || return 1
	dd if=/dev/urandom of="$T/lib/intake/db/data.mdb" bs=4096 count=4 conv=notrunc status=none
	want "it ends by itself" within 20 gone &&
		want "the disk is not filled" test "$(du -sm "$T/lib/intake" | cut -f 1)" -lt 200
}
gone() { ! running intake; }
verify() { works && want "the old files are kept" test -e "$(ls -d "$T"/lib/intake/before-*)/db/data.mdb"; }
