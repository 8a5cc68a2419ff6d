# shellcheck shell=bash
set_up() { start_town && cp -r "$ONEPLAN_TOWN" "$T/thief"; }
verify() {
	works && want "the old key is let in nowhere" test "$(oneplanctl --town "$T/thief" --timeout 300ms call intake show_status '{}' >/dev/null 2>&1; echo $?)" = 3
}
