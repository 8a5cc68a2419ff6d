# shellcheck shell=bash
# Somebody writes another limit, which intake reads when it starts itself again.
set_up() {
	start_town && sed -i 's/^\[intake\]/&\nsoon_days = 3/' "$ONEPLAN_TOWN/intake/node.ini"
}
verify() {
	want "the node has read it" within 5 grep -q 'starts again by itself.*soon_days' "$T/log/intake" && within 5 oneplanctl status && works
}
