# shellcheck shell=bash
set_up() { start_town && inquire && cp "$ONEPLAN_TOWN/intake/master.key" "$T/stolen"; }
verify() {
	works && want "it is another" test "$(cat "$T/stolen")" != "$(cat "$ONEPLAN_TOWN/intake/master.key")" || return 1
	systemctl stop oneplan-intake
	cp "$T/stolen" "$ONEPLAN_TOWN/intake/master.key"
	want "the old one opens nothing" bash -c '! systemctl start oneplan-intake'
}
