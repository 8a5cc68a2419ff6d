#!/usr/bin/env bash
# make demo: a synthetic year of an entrance and three departments through real daemons on loopback, counted a second
# time. All of it lies in the town's directory; running it again changes nothing. What happens to somebody who turns to the
# entrance today is shown by make demo-today, in the same town.
set -euo pipefail
cd "$(dirname "$0")/.."
town=${1:-run} bin=${BIN:-build}
year=$town/year departments=(social employment family)
ctl=("$bin/oneplanctl" --town "$town")
whole=(--from 2016-09-09 --until 2017-09-08) # the year: what is added today is not in it

# shellcheck source=deploy/demo/say.sh
. deploy/demo/say.sh

# One file into one node; tells what became of its lines in one line.
import() { # node, file
	local counts
	if ! counts=$("${ctl[@]}" --json import "$1" "$2" 2>"$2.log"); then
		cat "$2.log" >&2
		return 1
	fi
	jq -r --arg node "$1" '"  \($node): \(.lines) lines, \(.imported) imported, \(.already_there) already there, " +
		"\(.ms / 100 | floor / 10) s"' <<<"$counts"
}

# The files of a phase, each into its department, all at once.
import_phase() { # 1 or 2
	local department pid pids=() failed=0
	for department in "${departments[@]}"; do
		import "planning.$department" "$year/planning.$department.$1.ndjson" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
	[ "$failed" = 0 ] || { echo "the departments' part of the year was not imported" >&2; return 1; }
	"${ctl[@]}" wait
}

# The figures of a report's total as { column: number }.
figures() { # report
	"${ctl[@]}" --json report "$1" "${whole[@]}" | jq -c '[.columns[].name] as $names | .rows[-1].cells
		| to_entries | map({key: $names[.key], value: .value.value}) | from_entries'
}

# The seven numbers of the story from both sides must be the same.
compare() { # figures of R5
	local names='{inquiries, in_course, completed, ordinary_support, needed_before, assessed, back_within_12_months}'
	local got want
	got=$(jq -S "$names" <<<"$1")
	want=$(tests/system/count_year.sh "$year" | jq -S "$names")
	if [ "$got" = "$want" ]; then
		echo "the second counter agrees"
	else
		echo "the second counter does not agree (< the report, > counted from the files):" >&2
		diff <(echo "$got") <(echo "$want") >&2 || return 1
	fi
}

# ---- the year ----------------------------------------------------------------------------------

say "a town in $town/: keys, settings, daemons on loopback"
[ -e "$town/town.ini" ] || "${ctl[@]}" town init >/dev/null
if [ ! -e "$town/portal/operators.ini" ]; then # its password lies beside it, for this demo only
	(umask 077; openssl rand -hex 12 >"$town/portal/password")
	"$bin/oneplan-portal" --config "$town/portal/portal.ini" --add-operator demo <"$town/portal/password"
fi
deploy/town.sh up "$town"

say "a synthetic first year: $year/"
"$bin/oneplan-demo" --seed 1 --out "$year"
echo "  $(cat "$year"/*.ndjson | wc -l) lines, flagged historical: nobody is told of them"
import intake "$year/inquiries.ndjson"
"${ctl[@]}" wait
echo "each department by itself"
import_phase 1
echo "what builds on another department: answers to proposals, and what came of them"
import_phase 2

say "the nodes and what waits between them"
"${ctl[@]}" status
"${ctl[@]}" queues

say "report R5: what the year came to"
"${ctl[@]}" report R5 "${whole[@]}"
effect=$(figures R5)
jq -r '"Of \(.inquiries) inquiries, \(.in_course) citizens came into a course. \(.completed) have completed theirs; " +
	"only \(.ordinary_support) of them went on to ordinary support, although \(.needed_before) would previously " +
	"have needed face-to-face support. \(.back_within_12_months) came back within 12 months."' <<<"$effect"
compare "$effect"
for report in R1 R2 R3 R4 R6 R7 R8 R9; do
	say "report $report"
	"${ctl[@]}" report "$report" "${whole[@]}"
done
for report in R1 R2 R3 R4 R5 R6 R7 R8 R9; do
	"${ctl[@]}" report "$report" "${whole[@]}" --svg >"$town/$report.svg"
done
"${ctl[@]}" report R5 "${whole[@]}" --svg --language da >"$town/R5.da.svg"
echo "as pictures: $town/R1.svg to $town/R9.svg, and in Danish $town/R5.da.svg"

say "look around (the town keeps running; make down stops it)"
cat <<END
  make demo-today TOWN=$town                             somebody turns to the entrance now, and gets a date and a plan
  $bin/oneplanctl --town $town report R5 --by department ${whole[*]}
                                                         the story, department by department
  $bin/oneplanctl --town $town report R5 --events --column ordinary_support ${whole[*]}
                                                         the events behind one figure
  $bin/oneplanctl --town $town report R2 --svg > r2.svg  a report as a picture
  $bin/oneplanctl --town $town call planning.social list_plan_work '{"limit":10}' --client portal --actor caseworker:ane/social
                                                         the list of work of a department
  $bin/oneplanctl --town $town trace REFERENCE           one inquiry from record to record
  $bin/oneplanctl --town $town journal intake --tail     the last records
  $bin/oneplanctl --town $town queues                    what waits for whom
  http://$(sed -n 's/^listen = //p' "$town/portal/portal.ini")                                  the same in a browser: log in as demo, with the
                                                         password in $town/portal/password
  $bin/oneplanctl --town $town call intake --list        what can be said to the entrance
END
