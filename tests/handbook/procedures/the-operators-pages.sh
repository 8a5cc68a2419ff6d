# shellcheck shell=bash
set_up() {
	start_town && sed -i "s|^key_file|web = $BIN/portal\n&|" "$ONEPLAN_TOWN/portal/portal.ini"
}
verify() {
	want "it was started with the town's nodes" grep -q '"event":"started".*"nodes":6' "$T/log/portal" &&
		want "and answers" pgrep -f -x -- "[^ ]*/oneplan-portal --config $ONEPLAN_TOWN/portal/portal.ini" &&
		want "nobody can log in any more" bash -c "! grep -q operator.ida '$ONEPLAN_TOWN/portal/operators.ini'" && works
}
