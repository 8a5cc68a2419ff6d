#!/usr/bin/env bash
# Alerts, their runbook and the dashboard agree with each other, with what nodes tell of themselves, and with the commands
# that there are. That the metrics of common/metrics.def are those of a real page, test_http.sh shows.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

promtool=$PWD/build/tools/promtool
rules=deploy/alerts/oneplan.rules.yml board=deploy/grafana/oneplan.json book=deploy/RUNBOOK.md
alerts=$(sed -n 's/^ *- alert: //p' "$rules" | sort)

# ---- rules ----------------------------------------------------------------------------------------------
ok "promtool takes the rules" "$promtool" check rules "$rules"
ok "and the sample of its settings" "$promtool" check config deploy/prometheus.yml
ok "each alert fires when it should, and not otherwise" "$promtool" test rules deploy/alerts/*.test.yml
tested() { # a pattern of the line behind an alert's name in the tests
	awk -v what="$1" '/alertname:/ {name = $2} $0 ~ what {print name}' deploy/alerts/*.test.yml | sort -u
}
same "for each there is a test that it fires" "$(tested '^ *- exp_labels')" "$alerts"
same "and one that it does not yet" "$(tested '^ *exp_alerts: [[]]')" "$alerts"

# ---- the runbook ----------------------------------------------------------------------------------------
same "each alert has a section, and each section an alert" "$(sed -n 's/^## //p' "$book" | sort)" "$alerts"
same "to which it points" "$(sed -n "s/^ *runbook_url: 'RUNBOOK.md#\(.*\)'$/\1/p" "$rules" | sort)" "${alerts,,}"
for part in 'Means' 'Who is affected' 'Look first' 'Mend' 'Over when'; do
	same "each section says: $part" "$(grep -c "^\*\*$part\.\*\*" "$book")" "$(wc -l <<<"$alerts")"
done
# Every call of oneplanctl in a line of its own: those in code blocks, and those between backquotes, which may run on.
{
	grep '^    oneplanctl' "$book" | sed 's/#.*//; s/|.*//'
	# shellcheck disable=SC2016 # backquotes of the text
	grep -v '^    ' "$book" | tr '\n' ' ' | grep -oE '`oneplanctl[^`]*`' | tr -d '`'
} | sed 's/^ *oneplanctl *//; s/--json //' | sort -u >"$work/calls"
"$BIN/oneplanctl" --help >"$work/help"
unknown() { # the words that are no command, and the options that a command does not have
	local words word option
	while read -r -a words; do
		word=${words[0]}
		if [ ${#words[@]} -gt 1 ] && grep -qE "^  +$word ${words[1]}( |\$)" "$work/help"; then word="$word ${words[1]}"; fi
		# shellcheck disable=SC2086 # two words
		"$BIN/oneplanctl" $word --help >"$work/help.$$" 2>/dev/null || { echo "$word"; continue; }
		for option in $(printf '%s\n' "${words[@]}" | grep '^--'); do
			grep -qE -- "(^|[ ,])$option( |$)" "$work/help.$$" || echo "$word $option"
		done
	done <"$work/calls"
}
ok "the runbook has commands" test "$(wc -l <"$work/calls")" -gt 20
same "they are there, and take these options" "$(unknown)" ""
undeclared() {
	grep -oE 'oneplanctl( --json)? call [A-Za-z.]+ [a-z_]+' "$book" | awk '{print $NF}' | sort -u |
		while read -r word; do grep -qx "### $word" proto/MESSAGES.md || echo "$word"; done
}
same "and what it says to nodes is declared" "$(undeclared)" ""
headings() { # of the handbook, as the runbook names them
	tr '\n' ' ' <"$book" | grep -oE 'in the handbook: ("[^"]+"(, )?)+' | grep -oE '"[^"]+"' | tr -d '"' | sort -u
}
ok "it names procedures of the handbook" test "$(headings | wc -l)" -gt 5
same "which are there" "$(headings | while read -r line; do grep -qx "## $line" deploy/HANDBOOK.md || echo "$line"; done)" ""

# ---- names ------------------------------------------------------------------------------------------------
jq -r '.. | .expr? // empty' "$board" >"$work/expressions"
sed -n '/^METRIC/s/^METRIC([A-Z0-9_]*, \([a-z]*\), "\([a-z0-9_]*\)".*/\1 oneplan_\2/p' common/metrics.def |
	awk '{print $2} $1 == "histogram" {print $2 "_bucket"; print $2 "_sum"; print $2 "_count"}' | sort >"$work/declared"
used() { grep -ohE 'oneplan_[a-z0-9_]+' "$@" | sort -u; }
same "every metric in a rule is one that nodes have" "$(used <(grep -A1 'expr:' "$rules") | comm -23 - "$work/declared")" ""
same "and in the dashboard" "$(used "$work/expressions" | comm -23 - "$work/declared")" ""
same "and in the runbook" "$(used "$book" | comm -23 - "$work/declared")" ""
words() { sed -n "s/^\tVALUE($1, [0-9]*, \([a-z_]*\),.*/\1/p" common/admin.def; }
same "verdicts in rules are those of queues" \
	"$(grep -ohE 'verdict="[a-z_]+"' "$rules" "$work/expressions" | sort -u | sed 's/.*"\(.*\)"/\1/; s/^ok$//' | grep . | sort)" \
	"$(words queue_verdict | grep -v '^ok$' | sort)"

# ---- the dashboard --------------------------------------------------------------------------------------
ok "it is JSON, and has panels" jq -e '.panels | length > 10' "$board"
{
	printf 'groups:\n  - name: board\n    rules:\n'
	# shellcheck disable=SC2016 # the dashboard's own variable
	sed 's/\$node/.*/g' "$work/expressions" | awk '{gsub(/\047/, "\047\047"); printf "      - record: board:e%d\n        expr: \047%s\047\n", NR, $0}'
} >"$work/board.yml"
ok "promtool parses its expressions" "$promtool" check rules "$work/board.yml"
same "all of them" "$(grep -c 'record:' "$work/board.yml")" "$(jq '[.. | .expr? // empty] | length' "$board")"

# ---- the sample of settings -----------------------------------------------------------------------------
"$BIN/oneplanctl" --town "$work/made" town init >/dev/null
same "its targets are where a new town's nodes listen" \
	"$(sed -n "s/.*targets: \['\(.*\)'\], labels: {node: \(.*\)}}/\2 \1/p" deploy/prometheus.yml | sort)" \
	"$(for node in "${nodes[@]}"; do echo "$node $(sed -n 's/^listen = \(127.*\)/\1/p' "$work/made/$node/node.ini")"; done | sort)"
