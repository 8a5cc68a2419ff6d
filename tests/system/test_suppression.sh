#!/usr/bin/env bash
# A town with the settings of a real one: small counts are shown in no form, nor are the events behind them; what is not
# divided is published.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

SUPPRESS=5
ok "a town starts" new_town town

receive() { # channel
	ctl town --json call intake receive_inquiry \
		"{\"channel\":\"$1\",\"asker\":\"anonymous\",\"life_areas\":[\"housing\"]}" --actor front_desk:ida
}
many() { for _ in 1 2 3 4 5 6 7 8; do receive walk_in || return 1; done; }
ok "eight walk in" many
ok "one calls" receive phone
ok "reporting has everything" ctl town wait

csv=$(ctl town report R1 --by channel --csv)
same "the call is not shown" "$(grep -c '^channel,phone,suppressed,suppressed' <<<"$csv")" 1
same "nor what would give it away" "$(grep -c '^channel,walk_in,suppressed,suppressed' <<<"$csv")" 1
same "the total is" "$(grep -c '^,total,9,' <<<"$csv")" 1
same "in figures there is no number" "$(ctl town --json report R1 --by channel |
	jq -c '[.rows[] | select(.key == "phone") | .cells[] | [.kind, .value]]')" '[["suppressed",0],["suppressed",0]]'
same "in the picture it is hatched" "$(ctl town report R1 --by channel --svg | grep -c 'class="x"')" 2
denied() { ctl town report R1 --by channel --events --row phone --column inquiries 2>&1 | grep -c 'column.*so few that persons'; }
same "its events are refused" "$(denied)" 1
same "those of the total are listed" "$(ctl town --json report R1 --events --column inquiries | jq '.events | length')" 9
same "reports of departments are there" "$(ctl town --json report R5 |
	jq -c '[.columns[].name, .rows[0].cells[0].value]')" \
	'["inquiries","in_course","completed","ordinary_support","needed_before","assessed","back_within_12_months",9]'
