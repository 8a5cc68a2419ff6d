# shellcheck shell=bash
verify() {
	want "nothing runs" test -z "$(pgrep -f -- "--config $ONEPLAN_TOWN/")" &&
		start_town && works &&
		want "the stop was in order" test -z "$(grep -l 'last stop was not clean' "$T"/log/*)"
}
