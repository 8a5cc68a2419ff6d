# shellcheck shell=bash
# Reporting is down, and something waits for it.
set_up() { start_town && systemctl stop oneplan-reporting && inquire 3; }
verify() {
	want "the queue was shown" grep -q 'link/reporting\|reporting' "$T/log/commands" && works
}
