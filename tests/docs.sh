#!/usr/bin/env bash
# proto/MESSAGES.md says what the messages are now.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
if diff -u proto/MESSAGES.md <(build/oneplan-docs); then
	echo "ok - proto/MESSAGES.md is what make docs writes"
else
	echo "not ok - proto/MESSAGES.md is stale: make docs"
	exit 1
fi
