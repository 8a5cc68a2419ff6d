# shellcheck shell=bash
# Two versions in one town, forth and back: make upgrade-check. Here the steps, and their order.
set_up() { start_town && refer family; }
verify() {
	want "every daemon was started again" test "$(sort -u "$T/log/restarted" | wc -l)" = 6 && works &&
		want "each stop was in order" test -z "$(grep -l 'last stop was not clean' "$T"/log/*)" &&
		want "nothing is set aside" test "$(oneplanctl --json quarantine planning.family | jq '.records // [] | length')" = 0
}
