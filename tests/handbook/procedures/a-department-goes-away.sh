# shellcheck shell=bash
verify() {
	works && want "no node knows it" test -z "$(grep -l social "$ONEPLAN_TOWN"/[inr]*/node.ini "$ONEPLAN_TOWN/town.ini")" &&
		want "its backup is there" test -e "$T/backups/planning.social/last/manifest.json"
}
