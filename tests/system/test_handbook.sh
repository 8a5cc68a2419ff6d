#!/usr/bin/env bash
# No procedure of the handbook without its test, no test without its procedure; and three of them, carried out. All of
# them: make handbook-check.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
tests/handbook/check.sh start restore-a-node a-new-department
