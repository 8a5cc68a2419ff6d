# shellcheck shell=bash
set_up() { start_town && inquire && oneplanctl wait && "$T/usr/backup"; }
verify() {
	want "every node was restored" test "$(grep -c ': restored from' "$T/log/commands")" = 6 || return 1
	works && want "nodes were left alone" test -z "$(find "$T/lib" -name 'before-*')" || return 1
	# a backup in which a byte is another one does not pass
	local data
	data=$(find "$T/backups/intake" -name data.mdb)
	printf 'x' | dd of="$data" bs=1 seek=20000 conv=notrunc status=none
	want "a backup that is damaged is found" damaged
}
damaged() { ! "$T/usr/drill" intake; }
