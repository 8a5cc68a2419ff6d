# shellcheck shell=bash
# Intake's disk is small, and old files of a restore fill it.
set_up() {
	mkdir -p "$T/small" "$T/lib/intake" && mount -t tmpfs -o size=128m tmpfs "$T/small" || return 1
	rm -r "$T/lib/intake" && mkdir "$T/small/intake" && ln -s "$T/small/intake" "$T/lib/intake"
	start_town && mkdir "$T/lib/intake/before-1" || return 1
	fallocate -l 80M "$T/lib/intake/before-1/data.mdb"
	within 10 is_full
}
is_full() { [ "$(status_of intake room)" != ok ]; }
verify() { want "there is room" test "$(status_of intake room)" = ok && works; }
