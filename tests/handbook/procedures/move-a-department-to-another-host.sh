# shellcheck shell=bash
# The records that the department has are there behind the move.
set_up() { start_town && refer family && oneplanctl wait; }
verify() {
	export ONEPLAN_TOWN=$T/etc
	works && want "it answers at the new address" grep -q 'tcp://127.0.0.2' "$T/etc/town.ini" &&
		want "its journals go on" test "$(oneplanctl --json call planning.family list_queues '{}' |
			jq '.cursors[] | select(.owner == "intake").through')" -gt 3
}
