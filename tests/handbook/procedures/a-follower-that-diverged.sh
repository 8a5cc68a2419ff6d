# shellcheck shell=bash
# Intake is put back to before what reporting has.
set_up() {
	start_town && inquire && oneplanctl wait && oneplanctl backup intake "$T/backups/intake/monday" --by Ida || return 1
	inquire 3 && oneplanctl wait && systemctl stop oneplan-intake &&
		systemctl stop oneplan-notification oneplan-planning@family oneplan-planning@social oneplan-planning@employment || return 1
	rm -r "$T"/lib/notification "$T"/lib/planning.*
	oneplanctl restore intake "$T/backups/intake/monday" --by Ida --reason 'a drill' && systemctl start oneplan.target &&
		within 10 diverged
}
diverged() { [ "$(status_of reporting diverged)" = 1 ]; }
verify() { works && want "reporting is served" test "$(status_of reporting diverged)" != 1; }
