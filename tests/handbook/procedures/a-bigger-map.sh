# shellcheck shell=bash
# Intake's map is so small that it is busy.
set_up() {
	sed -i 's/^listen = tcp.*/&\nmap_size = 16MiB\nbusy_at = 6/' "$ONEPLAN_TOWN/intake/node.ini"
	systemctl start oneplan.target
	oneplan-demo --seed 5 --inquiries 600 >"$T/year"
	oneplanctl import intake "$T/year" --patience 1s 2>&1
	within 10 is_busy
}
is_busy() { [ "$(status_of intake room)" = busy ]; }
verify() { want "there is room" test "$(status_of intake room)" = ok && works; }
