# shellcheck shell=bash
# One backup is older than it may be.
set_up() {
	start_town && inquire && mkdir "$T/backups/intake/20200101T000000Z" && echo '{}' >"$T/backups/intake/20200101T000000Z/manifest.json"
}
whole() { # node
	local dir
	for dir in "$T/backups/$1"/*Z; do
		"oneplan-${1%%.*}" --config "$ONEPLAN_TOWN/$1/node.ini" --verify-backup "$dir" || return 1
	done
}
verify() {
	local node
	for node in intake reporting notification planning.family planning.social planning.employment; do
		want "the backup of $node is whole" whole "$node" || return 1
	done
	want "there are two of intake, and the old one is gone" test "$(find "$T/backups/intake" -mindepth 1 -maxdepth 1 | wc -l)" = 2 && works
}
