# shellcheck shell=bash
set_up() { start_town && inquire 3 && mkdir "$T/backups/intake/ancient" && touch -d '40 days ago' "$T/backups/intake/ancient"; }
verify() {
	want "it is whole" oneplan-intake --config "$ONEPLAN_TOWN/intake/node.ini" --verify-backup "$(ls -d "$T"/backups/intake/2*)" &&
		want "old ones are gone" test ! -e "$T/backups/intake/ancient" && works
}
