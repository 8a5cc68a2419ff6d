#!/usr/bin/env bash
# make bench: how fast, and beside each figure what disk, LMDB or ZeroMQ could do at most, in the same run. About five
# minutes; rows go to standard output (Markdown, to be pasted into RESULTS.md) and to build/bench/results.csv. Real daemons on
# loopback, with CURVE; everything below build/bench (OUT= another place). EACH= seconds a figure; QUICK=1: fewer rows.
set -euo pipefail
cd "$(dirname "$0")/../.."
export BIN=build
each=${EACH:-4} flights="1 4 64 256" delays="0 1 5"
[ -z "${QUICK:-}" ] || flights="1 64" delays="0 1"
out=${OUT:-$PWD/build/bench}
mkdir -p "$out"
work=$out/work csv=$out/results.csv
town=$work/alone
rm -rf "$work"
mkdir "$work"
clean_up() {
	local ini
	for ini in "$work"/*/town.ini; do
		[ ! -e "$ini" ] || deploy/town.sh down "$(dirname "$ini")" >/dev/null 2>&1 || true
	done
	rm -rf "$work"
}
trap clean_up EXIT

# ---- rows ---------------------------------------------------------------------------------------

row() { # what, in flight, flush delay, figure, unit, [beside what, its figure]
	local ratio='' limit=${7:-}
	[ -z "$limit" ] || ratio=$(awk -v a="$4" -v b="$limit" 'BEGIN {if (b > 0) printf "%.2f", a / b}')
	printf '| %-44s | %4s | %2s | %9s | %-9s | %-31s | %9s | %6s |\n' "$1" "$2" "$3" "$4" "$5" "${6:-}" "$limit" "$ratio"
	echo "\"$1\",$2,$3,$4,$5,\"${6:-}\",$limit,$ratio" >>"$csv"
}
head_row() { printf '| %-44s | %4s | %2s | %9s | %-9s | %-31s | %9s | %6s |\n|---|--:|--:|--:|---|---|--:|--:|\n' what n ms figure unit beside limit ratio; }
of() { # key of a line of key=value
	awk -v key="$1" '{for (i = 1; i <= NF; i++) {n = index($i, "="); if (substr($i, 1, n - 1) == key) print substr($i, n + 1)}}'
}
calc() { awk "BEGIN {printf \"%.$1f\", $2}"; }

# ---- the machine --------------------------------------------------------------------------------

idle_share() { # over a second, in percent
	local a b
	read -ra a </proc/stat
	sleep 1
	read -ra b </proc/stat
	awk -v a="${a[*]}" -v b="${b[*]}" 'BEGIN {split(a, x); split(b, y); for (i = 2; i <= 9; i++) all += y[i] - x[i]
		printf "%.0f", 100 * (y[5] - x[5] + y[6] - x[6]) / all}'
}
machine() {
	local idle
	idle=$(idle_share)
	echo "$(date -u +%FT%TZ), $(nproc) x $(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo), Linux $(uname -r), $(git rev-parse --short HEAD 2>/dev/null || echo 'no commit')"
	echo "before it began: load $(cut -d' ' -f1-3 /proc/loadavg), $idle % idle"
	[ "$idle" -ge 95 ] || echo "WARNING: the machine is not idle; rates are too low and times too long, ratios say more"
	echo
}

# ---- daemons ------------------------------------------------------------------------------------

free_port() { # base of ten free ones
	local port
	while port=$((10000 + SRANDOM % 20000)); do
		ss -Hltn | awk -v p="$port" '{n = $4; sub(/.*:/, "", n); if (n >= p && n < p + 10) bad = 1} END {exit bad}' && echo "$port" && return
	done
}
new_town() { $BIN/oneplanctl --town "$1" town init --base-port "$(free_port)" --archive >/dev/null; }
start() { # town, node, environment
	env "${@:3}" setsid "$BIN/oneplan-${2%%.*}" --config "$1/$2/node.ini" >>"$1/$2/log" 2>&1 </dev/null &
	echo $! >"$1/$2/pid"
}
pid_of() { cat "$1/$2/pid"; }
end() { # town, node, signal
	local pid
	pid=$(pid_of "$1" "$2")
	kill "-${3:-TERM}" "$pid"
	wait "$pid" 2>/dev/null || true
}
bench() { timeout 300 "$BIN/oneplan-bench-town" "$@"; }
raw() { timeout 300 "$BIN/oneplan-bench-raw" "$@"; }
seconds() { # of a command
	local from=$EPOCHREALTIME
	"$@" >/dev/null
	calc 3 "$EPOCHREALTIME - $from"
}

# ---- what could be at most ----------------------------------------------------------------------

declare -A lmdb echo lmdb_written
limits() {
	local n said
	mkdir "$work/raw"
	said=$(raw flush "$work/raw" "$each")
	flush_us=$(of p50_us <<<"$said")
	row "a page written and flushed (fdatasync)" 1 0 "$(of per_s <<<"$said")" /s
	row "  p50" 1 0 "$flush_us" us
	row "  p99" 1 0 "$(of p99_us <<<"$said")" us
	for n in $flights; do
		rm -rf "$work/raw" && mkdir "$work/raw"
		said=$(raw lmdb "$work/raw" "$n" "$each")
		lmdb[$n]=$(of per_s <<<"$said") lmdb_written[$n]=$(of written <<<"$said")
		row "LMDB, rows of inquiries, n a commit" "$n" 0 "${lmdb[$n]}" /s
		row "  p50 of a commit" "$n" 0 "$(of p50_us <<<"$said")" us
	done
	for n in $flights; do
		said=$(raw echo "$n" "$(calc 3 "$each / 2")" "$(free_port)")
		echo[$n]=$(of per_s <<<"$said")
		row "ZeroMQ echo with CURVE" "$n" 0 "${echo[$n]}" /s
		row "  p50" "$n" 0 "$(of p50_us <<<"$said")" us
		[ "$n" != 1 ] || echo_us=$(of p50_us <<<"$said")
	done
	rm -rf "$work/raw"
}

# ---- the entrance alone -------------------------------------------------------------------------

inquiries() { # in flight, delay
	local n=$1 ms=$2 said two
	said=$(bench load "$town" "$n" "$each" "$(pid_of "$town" intake)")
	two=$(calc 0 "2 * ($flush_us + 1000 * $ms)")
	if [ "$ms" = 0 ]; then
		row "inquiries" "$n" "$ms" "$(of per_s <<<"$said")" /s "LMDB, the same rows" "${lmdb[$n]}"
		row "  the same" "$n" "$ms" "$(of per_s <<<"$said")" /s "ZeroMQ echo" "${echo[$n]}"
	else
		row "inquiries" "$n" "$ms" "$(of per_s <<<"$said")" /s "n in two flushes" "$(calc 0 "$n * 1e6 / $two")"
	fi
	row "  p50" "$n" "$ms" "$(of p50_us <<<"$said")" us "two flushes" "$two"
	row "  p99" "$n" "$ms" "$(of p99_us <<<"$said")" us "two flushes" "$two"
	row "  largest" "$n" "$ms" "$(of max_us <<<"$said")" us
	[ "$ms" = 0 ] || return 0
	row "  processor time of the daemon" "$n" "$ms" "$(of cpu_us <<<"$said")" us
	row "  handed to write calls" "$n" "$ms" "$(of written <<<"$said")" bytes "LMDB, the same rows" "${lmdb_written[$n]}"
	row "  went to the disk, in whole folios" "$n" "$ms" "$(of stored <<<"$said")" bytes
}
calls() { # in flight
	local said all
	said=$(bench load "$town" "$1" 0.1 "$(pid_of "$town" intake)")
	if ! perf stat -x, -o "$work/calls" -e raw_syscalls:sys_enter,syscalls:sys_enter_fdatasync -p "$(pid_of "$town" intake)" \
		"$BIN/oneplan-bench-town" load "$town" "$1" "$each" "$(pid_of "$town" intake)" >"$work/said" 2>/dev/null; then
		row "  system calls (perf cannot count them here)" "$1" 0 - "" ""
		return
	fi
	all=$(of all <"$work/said")
	row "  system calls" "$1" 0 "$(awk -F, -v n="$all" '/sys_enter,/ && !/fdatasync/ {printf "%.2f", $1 / n}' "$work/calls")" calls
	row "  inquiries a commit" "$1" 0 "$(awk -F, -v n="$all" '/fdatasync/ {printf "%.1f", n / $1}' "$work/calls")" ""
}
alone() {
	local n ms
	new_town "$town"
	for ms in $delays; do
		start "$town" intake LD_PRELOAD=build/bench/slow_flush.so FLUSH_MS="$ms"
		[ "$ms" != 0 ] || { end "$town" intake; start "$town" intake; }
		bench first "$town" >/dev/null
		for n in $flights; do inquiries "$n" "$ms"; done
		[ "$ms" != 0 ] || for n in 1 64; do calls "$n"; done
		end "$town" intake
	done
}

# ---- beginning again ----------------------------------------------------------------------------

restart() {
	local empty=$work/empty took none records
	new_town "$empty"
	start "$empty" intake && bench first "$empty" >/dev/null && end "$empty" intake KILL # the first start makes files
	none=$(seconds eval "start '$empty' intake; bench first '$empty'")
	end "$empty" intake
	start "$town" intake && records=$(bench first "$town" | of head)
	end "$town" intake KILL
	took=$(seconds eval "start '$town' intake; bench first '$town'")
	row "kill -9 to the first answer, $records records" 1 0 "$took" s "nothing stored" "$none"
}
replay() { # node
	local took records
	took=$(seconds eval "start '$town' '$1'; bench await '$town' '$1'")
	records=$(bench first "$town" | of head)
	row "replay by a new $1 node, $records records" "" 0 "$(calc 0 "$records / $took")" records/s \
		"LMDB, rows of inquiries" "$(calc 0 "3 * ${lmdb[${flights##* }]}")"
	memory "$town" "$1" "after that replay"
	end "$town" "$1"
}
memory() { # town, node, when
	local dirty clean
	read -r dirty clean < <(awk '/^Private_Dirty/ {d += $2} /^Private_Clean/ {c += $2} END {print d, c}' "/proc/$(pid_of "$1" "$2")/smaps_rollup")
	row "memory of $2 $3" "" "" "$(calc 1 "$dirty / 1024")" MiB "aim" 64
	row "  pages of its files that only it has mapped" "" "" "$(calc 1 "$clean / 1024")" MiB
}

# ---- a whole town -------------------------------------------------------------------------------

whole() {
	local said node
	town=$work/whole
	new_town "$town"
	for node in intake reporting notification planning.employment planning.family planning.social; do start "$town" "$node"; done
	for node in reporting notification; do bench await "$town" $node >/dev/null; done
	said=$(bench load "$town" 64 "$each" "$(pid_of "$town" intake)")
	row "inquiries, five followers beside" 64 0 "$(of per_s <<<"$said")" /s "LMDB, the same rows" "${lmdb[64]}"
	row "  p99" 64 0 "$(of p99_us <<<"$said")" us
	for node in reporting notification; do bench await "$town" $node >/dev/null; done
	said=$(bench spread "$town" 1000 "$(calc 3 "2 * $each")")
	row "1000 inquiries a second, answered" "" 0 "$(of per_s <<<"$said")" /s
	row "  answer p50" "" 0 "$(of answer_p50_us <<<"$said")" us "two flushes" "$((2 * flush_us))"
	row "  answer p99" "" 0 "$(of answer_p99_us <<<"$said")" us "two flushes" "$((2 * flush_us))"
	row "  answered to applied everywhere, p50" "" 0 "$(of p50_us <<<"$said")" us "two flushes and an echo" "$((2 * flush_us + echo_us))"
	row "  answered to applied everywhere, p99" "" 0 "$(of p99_us <<<"$said")" us "two flushes and an echo" "$((2 * flush_us + echo_us))"
	for node in intake reporting notification planning.social; do memory "$town" $node ""; done
}

machine
echo 'what,in_flight,flush_ms,figure,unit,beside,limit,ratio' >"$csv"
head_row
limits
alone
restart
replay reporting
replay archive
memory "$town" intake ""
end "$town" intake
whole
