# shellcheck shell=bash
set_up() { start_town && inquire && rm "$ONEPLAN_TOWN/intake/master.key"; }
verify() { works && want "texts can be read" reads; }
reads() {
	oneplanctl --json call intake list_citizens '{}' >/dev/null 2>&1
	oneplanctl --client portal --json call intake find_citizen '{"number":"2211660000"}' --actor front_desk:ida | jq -e '[.. | strings | select(. == "Anna Prøve")] | length > 0'
}
