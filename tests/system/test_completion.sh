#!/usr/bin/env bash
# The completion of words that oneplanctl makes for bash: asked as bash asks it, with what was typed so far.
# shellcheck source=tests/system/lib.sh disable=SC2154
. "$(dirname "$0")/lib.sh"

"$BIN/oneplanctl" --town "$work/town" town init --archive >/dev/null
# shellcheck disable=SC1090
. <("$BIN/oneplanctl" completion bash)
export PATH="$BIN:$PATH"

complete_line() { # what was typed, up to the cursor: what it can become
	local COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS COMP_CWORD COMPREPLY=()
	read -ra COMP_WORDS <<<"${1//=/ = }"
	[[ $1 != *[\ =] ]] || [[ $1 == *= ]] || COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_oneplanctl 2>&1
	[ ${#COMPREPLY[@]} = 0 ] || printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
}
gives() { same "$1" "$(complete_line "$1")" "${2:+$2 }"; }

export ONEPLAN_TOWN=$work/town
gives "oneplanctl stat" "status"
gives "oneplanctl town i" "init"
gives "oneplanctl help stat" "status"
gives "oneplanctl key " "make revoke rotate"
gives "oneplanctl --json --town $work/town stat" "status"
gives "oneplanctl journal planning.f" "planning.family"
gives "oneplanctl journal " "archive intake notification planning.employment planning.family planning.social reporting"
gives "oneplanctl journal --from 5 --tail rep" "reporting"
gives "oneplanctl journal intake --fo" "--follow"
gives "oneplanctl follow-anew intake plan" "planning.employment planning.family planning.social"
gives "oneplanctl audit intake " "show verify"
gives "oneplanctl archive archive ver" "verify"
gives "oneplanctl key rotate op" "operator"
gives "oneplanctl key rotate int" "intake"
gives "oneplanctl --client portal-" "portal-operators"
gives "oneplanctl status --color " "always auto never"
gives "oneplanctl status --color=al" "always"
gives "oneplanctl report R" "R1 R2 R3 R4 R5 R6 R7 R8 R9"
gives "oneplanctl report R1 --language=d" "da"
gives "oneplanctl call intake list_sl" "list_slots"
gives "oneplanctl no-such " ""
gives "oneplanctl journal intake zzz" ""
unset ONEPLAN_TOWN
gives "oneplanctl --town $work/to" "$work/town"
gives "oneplanctl --town=$work/town journal int" "intake"
gives "oneplanctl --town $work/nowhere journal " ""

# every command of the table, and every option of it
for name in $("$BIN/oneplanctl" --help | sed -n '/^commands/,/^$/s/^  \([a-z-]*\) .*/\1/p' | sort -u); do
	[[ " $(complete_line "oneplanctl ${name:0:2}") " == *" $name "* ]] || { same "oneplanctl ${name:0:2}" "" "$name"; }
done
ok "every command is completed" true
missing=$(while read -r option; do
	[[ " $(complete_line "oneplanctl report $option") " == *" $option "* ]] || echo "$option"
done < <("$BIN/oneplanctl" report --help | grep -o '^  --[a-z-]*'))
same "every option of a command is completed" "$missing" ""
ok "the script is in order" bash -n <("$BIN/oneplanctl" completion bash)
same "another shell has none" "$("$BIN/oneplanctl" completion fish >/dev/null 2>&1; echo $?)" 2
