#!/usr/bin/env bash
# The generator of the synthetic year, checked from outside by rules written down a second time.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
if tests/system/check_generator.sh "${BIN:-build/a/bin}/oneplan-demo"; then
	echo "ok - the synthetic year is consistent, and its numbers belong to nobody"
else
	echo "not ok - the synthetic year is consistent, and its numbers belong to nobody"
	exit 1
fi
