#!/usr/bin/env bash
# Runs the campaigns named as arguments, one after another, and prints the row that each ends with. SEED and COUNT go to
# each; FULL=1 runs them at full size. What they say on the way is kept in build/log/.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
mkdir -p build/log
limit=1200
[ -n "${FULL:-}" ] && limit=43200
bad=0 begun=$SECONDS

for name in "$@"; do
	log=build/log/campaign_$name.log start=$SECONDS code=0
	if [ ! -x "tests/campaign/$name.sh" ]; then
		echo "$name: there is no such campaign" >&2
		exit 2
	fi
	timeout "$limit" "tests/campaign/$name.sh" >"$log" 2>&1 || code=$?
	line=$(grep -a "^$name seed=" "$log" | tail -n 1)
	echo "${line:-$name ended without a row} seconds=$((SECONDS - start))"
	if [ "$code" -ne 0 ] || [ -z "$line" ] || [[ $line != *" violations=0"* ]]; then
		bad=$((bad + 1))
		tail -n 25 "$log" | sed 's/^/    /'
		echo "    replay: make campaign-$name SEED=${SEED:-1}${COUNT:+ COUNT=$COUNT}"
	fi
done
echo "$# campaigns, $bad with violations, $((SECONDS - begun)) seconds"
[ "$bad" -eq 0 ]
