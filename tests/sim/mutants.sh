#!/usr/bin/env bash
# make sim-mutants: every patch in tests/sim/mutants breaks one rule of the program; the simulator must find
# each. A copy of the tree with the patch is built below build/mutants and plays seeds until something does not
# hold. Prints a row for each; ends with 1 when one is not found, or its patch applies no longer.
#   tests/sim/mutants.sh [NAME...]    only these; SEEDS= STEPS= LIMIT= (seconds for each) JOBS= at a time
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
SEEDS=${SEEDS:-2000}
STEPS=${STEPS:-2500}
LIMIT=${LIMIT:-120}
JOBS=${JOBS:-2}
BASELINE=${BASELINE:-60}
ROOT=$PWD/build/mutants
export SEEDS STEPS LIMIT ROOT

# The tree as it is, and what is built of it.
copy_tree() {
	rm -rf "$1" && mkdir -p "$1/build" || return 1
	git ls-files -z -- Makefile common proto services deploy tests | xargs -0 cp -a --parents -t "$1"
	cp -a build/r "$1/build/r"
	if [ "$2" != build/sim/town ]; then cp -a build/a "$1/build/a"; fi
}

row() { printf '%-34s %-11s %6s %9s %6s  %s\n' "$@"; }

# What the run says: the rule that was found broken, how many seeds and steps it took.
judge() {
	local name=$1 log=$2 seconds=$3 why seeds steps
	why=$(sed -n 's/^FAILED: seed [0-9]*, step [0-9]*\( (healing)\)\?: //p' "$log" | head -n 1)
	read -r seeds steps < <(sed -n 's/^\([0-9]*\) seeds, \([0-9]*\) steps.*/\1 \2/p' "$log" | head -n 1)
	if [ -z "$why" ]; then
		row "$name" ESCAPED "${seeds:--}" "${steps:--}" "$seconds" "in spite of $SEEDS seeds or $LIMIT s"
	else
		row "$name" caught "$seeds" "$steps" "$seconds" "$why"
	fi
}

play() {
	local name=$1 dir=$2 program=$3 began=$SECONDS
	if [ "$program" = build/sim/town ]; then
		timeout "$LIMIT" "$dir/$program" --seeds "$SEEDS" --steps "$STEPS" --jobs 1 --keep \
			>"$dir/log" 2>&1
		judge "$name" "$dir/log" $((SECONDS - began))
	elif timeout "$LIMIT" "$dir/$program" >"$dir/log" 2>&1; then
		row "$name" ESCAPED - - $((SECONDS - began)) "$program"
	else
		row "$name" caught - - $((SECONDS - began)) \
			"$program: $(sed -n 's/^\[  FAILED  \] \(test_[a-z_]*\)$/\1/p' "$dir/log" | head -n 1)"
	fi
}

one() {
	local patch=$1 name dir program
	name=$(basename "$patch" .patch)
	dir=$ROOT/$name
	program=$(sed -n 's/^Run: //p' "$patch")
	program=${program:-build/sim/town}
	if ! copy_tree "$dir" "$program"; then
		row "$name" "NO COPY" - - - ""
	elif ! (cd "$dir" && GIT_CEILING_DIRECTORIES=$ROOT git apply -C1 "$OLDPWD/$patch") 2>"$dir/log"; then
		row "$name" "NO PATCH" - - - "it applies no longer: $(head -n 1 "$dir/log")"
	elif ! make --no-print-directory -C "$dir" "$program" >"$dir/log" 2>&1; then
		row "$name" "NO BUILD" - - - "$(grep -m 1 error "$dir/log")"
	else
		play "$name" "$dir" "$program"
	fi >"$ROOT/$name.row"
	rm -rf "$dir"
}

if [ "${1:-}" = --one ]; then
	one "$2"
	exit 0
fi

patches=()
for patch in tests/sim/mutants/*.patch; do
	if [ $# -eq 0 ] || [[ " $* " == *" $(basename "$patch" .patch) "* ]]; then patches+=("$patch"); fi
done
mkdir -p "$ROOT" && rm -f "$ROOT"/*.row
began=$SECONDS
# A simulator that finds something in the program as it is would find it in every mutant.
if ! build/sim/town --seeds "$BASELINE" --steps "$STEPS" --keep >"$ROOT/log" 2>&1 && grep -q '^FAILED' "$ROOT/log"; then
	grep '^FAILED' "$ROOT/log"
	echo "the program itself does not hold: no mutant was made"
	exit 1
fi
printf '%s\n' "${patches[@]}" | xargs -P "$JOBS" -n 1 tests/sim/mutants.sh --one
row mutant "" seeds steps s "found by"
cat "$ROOT"/*.row
caught=$(cat "$ROOT"/*.row | grep -c '^[^ ]* *caught ')
echo "$caught of ${#patches[@]} mutants caught in $((SECONDS - began)) s"
[ "$caught" -eq "${#patches[@]}" ]
