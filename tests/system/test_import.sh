#!/usr/bin/env bash
# Importing twice changes nothing; shuffling causes before effects leaves the figures; one line edited by
# hand changes exactly the figures that it should.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

"$BIN/oneplan-demo" --seed 3 --inquiries 150 >"$work/year.ndjson"
"$BIN/oneplan-demo" --seed 3 --inquiries 150 --shuffle 9 >"$work/shuffled.ndjson"

figures() { # town: reports without the journal positions
	local report
	for report in R1 R2 R3; do
		ctl "$1" --json report "$report" | jq -c 'del(.positions)'
		ctl "$1" --json report "$report" --by month | jq -c 'del(.positions)'
	done
}

ok "a town starts" new_town first
ok "a year is imported" ctl first import intake "$work/year.ndjson"
ctl first wait >/dev/null
before=$(fingerprint first) head=$(ctl first --json call intake show_status '{}' | jq .head)
ok "the same file again" ctl first import intake "$work/year.ndjson" >"$work/again.log"
ctl first wait >/dev/null
same "changes nothing" "$(fingerprint first)" "$before"
same "appends nothing" "$(ctl first --json call intake show_status '{}' | jq .head)" "$head"

ok "another town starts" new_town shuffled
ok "the lines in another order" ctl shuffled import intake "$work/shuffled.ndjson"
ctl shuffled wait >/dev/null
same "give the same figures" "$(figures shuffled)" "$(figures first)"

# the first inquiry that came by telephone comes by letter
line=$(grep -n '"channel":"phone"' "$work/year.ndjson" | head -n 1 | cut -d: -f1)
sed "${line}s/\"channel\":\"phone\"/\"channel\":\"letter\"/" "$work/year.ndjson" >"$work/edited.ndjson"
ok "a third town starts" new_town edited
ok "one line edited by hand" ctl edited import intake "$work/edited.ndjson"
ctl edited wait >/dev/null
changed() { # report: cells that differ, as row=difference
	diff <(ctl first report "$1" --csv) <(ctl edited report "$1" --csv) | grep -cE '^[<>]'
}
same "changes two rows of R1: phone and letter" "$(changed R1)" 4
same "nothing of R2" "$(changed R2)" 0
same "nothing of R3" "$(changed R3)" 0
ok "and the two rows are those" test "$(diff <(ctl first report R1 --csv) <(ctl edited report R1 --csv) |
	grep -E '^[<>]' | grep -cE 'phone|letter')" = 4
