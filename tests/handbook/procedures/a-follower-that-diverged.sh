# shellcheck shell=bash
# Intake is put back to before what reporting has; all others were down meanwhile.
set_up() {
	local others=(oneplan-notification oneplan-planning@{employment,family,social})
	start_town && inquire && oneplanctl wait && oneplanctl backup intake "$T/backups/intake/monday" --by Ida || return 1
	systemctl stop "${others[@]}" && inquire 3 && within 10 has_all && systemctl stop oneplan-intake &&
		oneplanctl restore intake "$T/backups/intake/monday" --by Ida --reason 'a drill' &&
		systemctl start oneplan.target && within 20 diverged
}
# not only what is for it: what it knows of the rest is what it is a witness of
has_all() {
	[ "$(oneplanctl --json call reporting list_queues '{}' | jq '.cursors[] | select(.owner == "intake").through')" = "$(status_of intake head)" ]
}
diverged() { [ "$(status_of reporting diverged)" = 1 ]; }
verify() { works && want "reporting is served" test "$(status_of reporting diverged)" != 1; }
