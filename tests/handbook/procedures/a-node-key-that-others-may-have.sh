# shellcheck shell=bash
set_up() { start_town && cp -r "$ONEPLAN_TOWN" "$T/thief"; }
verify() {
	all_well && want "the key is another" test "$(key etc)" != "$(key thief)" &&
		want "the old one stands nowhere" test -z "$(grep -rlF -- "$(key thief)" "$T"/etc/*/node.ini "$T/etc/town.ini")" && works
}
key() { sed -n 's/^public = //p' "$T/$1/planning.family/node.key"; }
