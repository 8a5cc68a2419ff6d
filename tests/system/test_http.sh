#!/usr/bin/env bash
# The pages of a node: alive, ready and not, metrics that move and pass promtool; what it does to those who are slow, many
# or no HTTP clients; and that commands go on meanwhile.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

ini=$work/town/intake/node.ini
page() { curl -s --max-time 15 "http://127.0.0.1:$port/$1" "${@:2}"; }
status() { page "$1" -o /dev/null -w '%{http_code}' "${@:2}"; }
metric() { page metrics | grep -v '^#' | grep -F "oneplan_$1 " | sed 's/.* //'; }
inquiry='{"channel":"phone","asker":"citizen","life_areas":["housing"]}'

ok "a town starts" new_town town
port=$(sed -n 's/^listen = 127.0.0.1://p' "$ini")

# ---- pages ----------------------------------------------------------------------------------------------
same "it is alive" "$(page healthz)" "intake is alive"
same "and ready" "$(status readyz):$(page readyz)" "200:ready"
same "as JSON" "$(page readyz -H 'Accept: application/json')" '{"ready":true,"reasons":[]}'
same "or by its address" "$(page 'readyz?format=json')" '{"ready":true,"reasons":[]}'
same "an unknown page" "$(status nothing)" 404
same "another method" "$(status metrics -X POST -d x)" 405
same "tells which" "$(page metrics -X DELETE -D - -o /dev/null | tr -d '\r' | grep -i '^allow')" "Allow: GET, HEAD"
head=$(curl -sI "http://127.0.0.1:$port/healthz" | tr -d '\r')
same "HEAD has the length and no body" "$(grep -c '^HTTP/1.1 200\|^Content-Length: 16' <<<"$head")" 2
same "headers have a limit" "$(status healthz -H "X: $(printf 'x%.0s' {1..9000})")" 400

# ---- metrics ------------------------------------------------------------------------------------------
page metrics >"$work/page"
ok "promtool finds nothing to say" build/tools/promtool check metrics <"$work/page"
same "every metric that is declared is there" \
	"$(sed -n 's/^# TYPE oneplan_\([a-z0-9_]*\) .*/\1/p' "$work/page" | sort)" \
	"$(sed -n 's/^METRIC([A-Z0-9_]*, [a-z]*, "\([a-z0-9_]*\)".*/\1/p' common/metrics.def | sort)"
curl -s "http://127.0.0.1:$(sed -n 's/^listen = 127.0.0.1://p' "$work/town/notification/node.ini")/metrics" >"$work/other"
ok "nor to those of another kind of node" build/tools/promtool check metrics <"$work/other"
same "which has an outbox by state" "$(grep -c '^oneplan_queue_items{queue="outbox/email",state="[a-z]*"} 0$' "$work/other")" 7
before=$(metric journal_head)
ctl town call intake receive_inquiry "$inquiry" >/dev/null
ctl town call intake receive_inquiry "${inquiry/\}/,\"number\":\"320170-1234\"\}}" >/dev/null 2>&1
ctl town wait >/dev/null
sleep 0.3 # a page is as old as that at most
same "a command is counted" "$(metric 'requests_total{type="receive_inquiry",status="ok"}')" 1
same "a refused one too, for what it was" "$(metric 'requests_total{type="receive_inquiry",status="invalid"}')" 1
same "and both are timed" "$(metric 'request_duration_seconds_count{type="receive_inquiry"}')" 2
ok "the journal has grown" test "$(metric journal_head)" -gt "$before"
ok "commits were timed" test "$(metric commit_duration_seconds_count)" -gt 1
ok "turns too" test "$(metric turn_duration_seconds_count)" -gt 1
same "reporting has what is for it" "$(metric 'link_delivered_total{follower="reporting"}')" \
	"$(metric 'link_addressed_total{follower="reporting"}')"
same "queues are those of show_queues" \
	"$(page metrics | sed -n 's/^oneplan_queue_depth{queue="\([^"]*\)",kind="[a-z]*"} \(.*\)/\1 \2/p')" \
	"$(ctl town --json call intake show_queues '{}' | jq -r '.queues[] | "\(.queue) \(.depth)"')"
same "each has one verdict" "$(page metrics | grep '^oneplan_queue_verdict' | grep -c ' 1$')" \
	"$(page metrics | grep -c '^oneplan_queue_depth')"
ok "memory is that of the process" test "$(metric process_private_memory_bytes)" -gt 1000000
same "no label holds an id" "$(page metrics | grep -cE '[0-9a-f]{8}-[0-9a-f]{4}-')" 0
ctl town backup intake "$work/backup" >/dev/null
sleep 1.5
ok "a backup is known" test "$(metric backup_last_success_timestamp_seconds | cut -d. -f1)" -gt $(($(date +%s) - 60))
stop_node town intake
start_node town intake
for _ in $(seq 100); do [ "$(status healthz)" = 200 ] && break; sleep 0.1; done
ok "also after the next start" test "$(metric backup_last_success_timestamp_seconds | cut -d. -f1)" -gt $(($(date +%s) - 60))

# ---- slow ones and many ---------------------------------------------------------------------------------
drip() { # a header that never ends, a byte at a time, for as long as it is let
	local began=$SECONDS fd
	trap '' PIPE
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET /metrics HTTP/1.1\r\nHost: here\r\nX: ' >&"$fd"
	while printf x >&"$fd" && [ $((SECONDS - began)) -lt 30 ]; do sleep 0.2; done 2>/dev/null
	echo $((SECONDS - began))
}
drip >"$work/drip" 2>/dev/null &
dripping=$!
crowd=()
for _ in $(seq 40); do
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	crowd+=("$fd")
done
page healthz >"$work/behind" &
behind=$!
sleep 0.5
ok "commands go on beside a crowd" ctl town call intake receive_inquiry "$inquiry"
same "and no more than so many are let in" \
	"$(find "/proc/$(pid_of town intake)/fd" -lname 'socket:*' -printf '%l\n' | tr -dc '0-9\n' | sort >"$work/inodes"
		ss -Htne state established "sport = :$port" | sed -n 's/.* ino:\([0-9]*\) .*/\1/p' | sort | comm -12 - "$work/inodes" | wc -l)" 32
wait "$behind"
same "who stands behind it is served when its time is up" "$(cat "$work/behind")" "intake is alive"
for fd in "${crowd[@]}"; do exec {fd}>&-; done
wait "$dripping"
ok "who drips is cut off after 5 s" test "$(cat "$work/drip")" -le 8
ok "and counted" test "$(metric http_connections_cut_total)" -ge 1

# ---- not ready ------------------------------------------------------------------------------------------
stop_node town intake
cp "$ini" "$work/node.ini"
cp -r --sparse=always "$work/town/intake/state" "$work/older"
sed -i 's/^listen = tcp.*/&\nmap_size = 4MiB\nbusy_at = 1\nstop_at = 2/' "$ini"
start_node town intake
for _ in $(seq 100); do [ "$(status readyz)" = 503 ] && break; sleep 0.1; done
same "without room it is not ready" "$(status readyz)" 503
ok "says why" grep -qE '^room: (busy|stopped), [0-9]+ % of the (map|disk) is used: commands have to wait$' <(page readyz)
same "in JSON too" "$(page 'readyz?format=json' | jq -c '[.ready, .reasons[0].what]')" '[false,"room"]'
same "it is alive all the same" "$(status healthz)" 200
same "metrics say it" "$(page metrics | grep -c '^oneplan_room_state{state="ok"} 0')" 1
stop_node town intake
cp "$work/node.ini" "$ini"
start_node town intake
for _ in $(seq 100); do [ "$(status readyz)" = 200 ] && break; sleep 0.1; done
same "with room it is ready again" "$(status readyz)" 200
ctl town call intake receive_inquiry "$inquiry" >/dev/null
ctl town wait >/dev/null
stop_node town intake
mv "$work/town/intake/state" "$work/newer"
mv "$work/older" "$work/town/intake/state"
start_node town intake
for _ in $(seq 100); do [ "$(status readyz)" = 503 ] && break; sleep 0.1; done
ok "put back by hand it is not ready" grep -q '^diverged: [0-9]* followers or followed nodes' <(page readyz)
for _ in $(seq 100); do [ "$(metric 'link_diverged{follower="reporting"}')" = 1 ] && break; sleep 0.1; done
same "and metrics say with whom" "$(metric 'link_diverged{follower="reporting"}')" 1

# ---- settings -------------------------------------------------------------------------------------------
cp "$ini" "$work/bad.ini"
cp "$work/town/intake/"*.key "$work/"
for listen in 0.0.0.0:9101 192.0.2.1:9101 localhost:9101 127.0.0.1; do
	sed -i "s/^listen = [^t].*/listen = $listen/" "$work/bad.ini"
	out=$("$BIN/oneplan-intake" --config "$work/bad.ini" --check 2>&1)
	same "$listen is refused" "$?" 2
	ok "by field and rule" grep -q '"field":"http.listen","rule":"must be a' <<<"$out"
done
stop_node town reporting
sed -i "s/^listen = 127.*/listen = 127.0.0.1:$port/" "$work/town/reporting/node.ini"
"$BIN/oneplan-reporting" --config "$work/town/reporting/node.ini" 2>"$work/in_use"
same "a port in use ends the start" "$?" 75
ok "with its name" grep -q '"field":"http.listen"' "$work/in_use"

# ---- the end --------------------------------------------------------------------------------------------
exec {fd}<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /met' >&"$fd"
began=$(date +%s%N)
stop_node town intake
ok "an open connection does not hold up the stop" test $(($(date +%s%N) - began)) -lt 2000000000
exec {fd}>&-
