#!/usr/bin/env bash
# make demo: a synthetic year of an entrance through real daemons on loopback, then a few live inquiries. All of it lies in
# the town's directory; running it again changes nothing of the year and adds a few more live inquiries.
set -euo pipefail
cd "$(dirname "$0")/.."
town=${1:-run} bin=${BIN:-build}
ctl=("$bin/oneplanctl" --town "$town")

say() { printf '\n\033[1m== %s\033[0m\n' "$*" | if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then cat; else sed 's/\x1b\[[0-9;]*m//g'; fi; }

say "a town in $town/: keys, settings, daemons on loopback"
deploy/town.sh up "$town"

say "a synthetic first year of an entrance: $town/inquiries.ndjson"
"$bin/oneplan-demo" --seed 1 >"$town/inquiries.ndjson"
wc -l <"$town/inquiries.ndjson" | sed 's/$/ lines: slots, inquiries, talks, flagged historical/'
"${ctl[@]}" import intake "$town/inquiries.ndjson"
"${ctl[@]}" wait

say "the nodes and what waits between them"
"${ctl[@]}" status
"${ctl[@]}" queues

for report in R1 R2 R3; do
	say "report $report"
	"${ctl[@]}" report "$report"
done
for report in R1 R2 R3; do "${ctl[@]}" report "$report" --svg >"$town/$report.svg"; done

say "today: what somebody gets back who turns to the entrance"
"$bin/oneplan-demo" --live 4 --seed "$(date +%s)" >"$town/live.ndjson"
while IFS= read -r line; do
	command=$(jq -r .command <<<"$line")
	if [ "$command" = receive_inquiry ]; then
		printf '\n%s asks by %s: %s\n' "$(jq -r .with.asker <<<"$line")" "$(jq -r .with.channel <<<"$line")" \
			"$(jq -r '.with.words // "(no words)"' <<<"$line")"
	fi
	reply=$("${ctl[@]}" --json call intake "$command" "$(jq -c .with <<<"$line")" --actor "$(jq -r '.by // "front_desk:desk-1"' <<<"$line")")
	[ "$command" = receive_inquiry ] && jq -r '"  reference \(.reference)\n  \(.why)"' <<<"$reply"
done <"$town/live.ndjson"

say "look around (the town keeps running; make down stops it)"
cat <<END
  $bin/oneplanctl --town $town report R2 --by month --until 2017-09-30
                                                         waiting times, month by month
  $bin/oneplanctl --town $town report R2 --svg > r2.svg  the same as a picture
  $bin/oneplanctl --town $town trace REFERENCE           one inquiry from record to record
  $bin/oneplanctl --town $town journal intake --tail     the last records
  $bin/oneplanctl --town $town queues                    what waits for whom
  $bin/oneplanctl --town $town call intake --list        what can be said to the entrance
  $bin/oneplanctl --town $town call notification list_tasks '{}'   whom a person must tell, as no mail server is set
END
