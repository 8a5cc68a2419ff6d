# shellcheck shell=bash
# The node is broken; the last backup is as young as its followers.
set_up() {
	start_town && inquire 3 && oneplanctl wait && oneplanctl backup intake "$T/backups/intake/monday" --by Ida &&
		systemctl stop oneplan-intake && # under a running one it would be another fault
		dd if=/dev/urandom of="$T/lib/intake/db/data.mdb" bs=4096 count=4 conv=notrunc status=none
}
verify() { works && want "the old files are kept" test -e "$(ls -d "$T"/lib/intake/before-*)/db/data.mdb"; }
