# shellcheck shell=bash
verify() {
	works && want "it follows" test "$(oneplanctl --json call intake list_queues '{}' |
		jq '[.queues[], .cursors[] | select(.follower == "planning.youth" or .owner == "planning.youth")] | length')" = 2 &&
		want "it is referred to" takes
}
takes() {
	refer youth && oneplanctl wait && oneplanctl --json call planning.youth list_plans '{}' --client portal --actor caseworker:kaj/youth |
		jq -e '.plans | length == 1'
}
