#!/usr/bin/env bash
# The manual pages: in order for mandoc, and complete: every command, option and setting that the programs have, and
# every event that they log.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build}
bad=0
none() { # what, what must be empty
	if [ -z "$2" ]; then echo "ok - $1"; else printf 'not ok - %s\n%s\n' "$1" "$(head -n 10 <<<"$2")"; bad=1; fi
}
text() { mandoc -T ascii "build/man/$1" | sed 's/.\x08//g' | tr '\n' ' ' | tr -s ' '; }

none "mandoc finds nothing" "$(mandoc -T lint -W warning build/man/*.[158] 2>&1)"
pages=$(for page in build/man/*.[158]; do text "$(basename "$page")" | wc -c; done | awk '$1 < 1500')
none "no page is nearly empty" "$pages"

daemons="intake planning notification reporting archive portal"
none "every daemon has a page" "$(for d in $daemons; do [ -s "build/man/oneplan-$d.8" ] || echo "$d"; done)"
settings=$(text oneplan-settings.5)$(text oneplan-portal.8)
none "every setting of every daemon is in a page" "$(for d in $daemons; do
	"$BIN/oneplan-$d" --help-settings | sed -n 's/^#*\([a-z_][a-z_0-9]*\) =.*/\1/p' | while read -r key; do
		[[ $settings == *" $key "* ]] || echo "$d: $key"
	done
done)"
none "and so is what each of them means" "$(for d in $daemons; do
	"$BIN/oneplan-$d" --help-settings | sed -n 's/^# \(.*[^ ]\): .*/\1/p' | cut -c1-40 | while read -r line; do
		[[ $(tr -d ' -' <<<"$settings") == *"$(tr -d ' -' <<<"$line")"* ]] || echo "$d: $line"
	done
done)"
none "every option of every daemon is in its page" "$(for d in $daemons; do
	page=$(text "oneplan-$d.8")
	"$BIN/oneplan-$d" --help | grep -oE -- '--[a-z-]+' | sort -u | while read -r option; do
		[[ $page == *" $option"* ]] || echo "$d: $option"
	done
done)"

ctl=$(text oneplanctl.1)
none "every command is in the page of oneplanctl" "$("$BIN/oneplanctl" --help | sed -n '/^commands/,/^$/s/^  \([a-z].*\)/\1/p' |
	awk '{ print (NF > 1 && $2 ~ /^[a-z]/ && ($1 == "town" || $1 == "key" || $1 == "link")) ? $1 " " $2 : $1 }' | while read -r command; do
	[[ $ctl == *" $command "* ]] || echo "$command"
	read -ra words <<<"$command"
	"$BIN/oneplanctl" help "${words[@]}" | sed -n '/^options$/,/^$/s/^  \(--[a-z-]*\).*/\1/p' | while read -r option; do
		[[ $ctl == *" $option "* ]] || echo "$command $option"
	done
done)"
none "and every exit code" "$("$BIN/oneplanctl" --help | sed -n '/^exit codes/,/^$/s/^ *\([0-9]*\)  \(.*\)/\1 \2/p' | while read -r line; do
	[[ $ctl == *" $line"* ]] || echo "$line"
done)"

# the phrase is the second argument of log_event: one text, or two of which one is chosen
logged() {
	cat common/*.c services/*/*.c | tr '\n\t' '  ' | grep -oE 'log_event\([^;]*' | sed -E 's/LOG_(TEXT|INT)\(.*//' |
		sed -E 's/" +"//g' | grep -oE '"[^"]*"' | sort -u
}
explained() { sed -n 's/^DIAGNOSTIC("[a-z]*", \("[^"]*"\).*/\1/p' deploy/man/diagnostics.def | sort -u; }
none "every event that is logged is explained" "$(comm -23 <(logged) <(explained))"
none "and no other" "$(comm -13 <(logged) <(explained))"
exit $bad
