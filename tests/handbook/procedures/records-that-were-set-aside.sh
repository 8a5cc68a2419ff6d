# shellcheck shell=bash
# Reporting cannot decode what is about one inquiry, until the cause is mended.
set_up() {
	local receipt inquiry
	mkdir "$T/programs" && ln -s "$BIN"/oneplan* "$T/programs" && ln -sf "$PWD/build/poisoned/oneplan-reporting" "$T/programs"
	export BIN=$T/programs BAD_DECODE=$T/poison
	start_town && receipt=$(inquire) && inquiry=$(jq -r .inquiry <<<"$receipt") &&
		oneplanctl wait && jq -r .reference <<<"$receipt" >"$BAD_DECODE" && oneplanctl follow-anew reporting intake --by test --reason "so that it comes again" &&
		oneplanctl call intake hold_first_talk "{\"inquiry\":\"$inquiry\"}" --actor front_desk:ida &&
		oneplanctl wait && within 10 lies_aside && rm "$BAD_DECODE"
}
aside() { oneplanctl --json quarantine reporting | jq '.records | length'; }
lies_aside() { [ "$(aside)" -ge 2 ]; }
verify() {
	want "nothing lies aside" test "$(aside)" = 0 && works
}
