# What the campaigns share beside what system tests do: their size, a generator that a seed replays, and the row they end
# with. A campaign says what it found wrong with `violation`, and ends with `row`; progress goes to standard error.
# shellcheck shell=bash
export BIN=${BIN:-build} # released programs, unless told otherwise: campaigns preload libraries
# shellcheck source=tests/system/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../system/lib.sh"

SEED=${SEED:-1}
RANDOM=$SEED
violations=0

size() { # default, full: how often, unless COUNT says it
	if [ -n "${COUNT:-}" ]; then echo "$COUNT"; elif [ -n "${FULL:-}" ]; then echo "$2"; else echo "$1"; fi
}

violation() { # what
	echo "violation: $*" >&2
	violations=$((violations + 1))
}

must() { # what, then a command that must succeed
	local what=$1
	shift
	"$@" >/dev/null || violation "$what"
}

need() { # the same, where there is no going on without it
	must "$@"
	[ "$violations" = 0 ] || { row aborted=1; exit 1; }
}

row() { # key=value ...
	echo "$(basename "$0" .sh) seed=$SEED $* violations=$violations"
	failures=$((failures + violations))
}
