#!/usr/bin/env bash
# make bench-growth: cost per inquiry at 10 thousand and 3 million stored, bytes written per inquiry. SMALL= LARGE=
set -euo pipefail
cd "$(dirname "$0")/../.."
dir=$(mktemp -d "${TMPDIR:-/tmp}/oneplan-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
build/oneplan-bench-growth "$dir" "${SMALL:-10000}" "${LARGE:-3000000}"
