#!/usr/bin/env bash
# The packages as a department meets them: installed on a machine with systemd, a town made, an inquiry answered under
# the whole hardening, reload, crash, hang, backup, restore drill, upgrade, removal. As root; called by make deb-check,
# with the packages in build/deb. Takes about two minutes.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/deb/lib.sh
. tests/deb/lib.sh
version=${VERSION:-0.1.$(git rev-list --count HEAD)} next=$version.1
nodes=(intake planning.employment planning.family planning.social notification reporting archive)
units=(oneplan-intake oneplan-planning@{employment,family,social} oneplan-notification oneplan-reporting oneplan-archive oneplan-portal)
failures=0
trap shut_down EXIT
trap 'exit 1' HUP INT TERM

ok() { # what, then a command that must succeed
	local what=$1
	shift
	if "$@" >"$machine/out" 2>&1; then
		echo "ok - $what"
	else
		echo "not ok - $what"
		tail -n 15 "$machine/out" | sed 's/^/    /'
		failures=$((failures + 1))
	fi
}
same() { # what, got, want
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		printf 'not ok - %s: got %s, want %s\n' "$1" "$2" "$3"
		failures=$((failures + 1))
	fi
}
until_true() { # seconds, command
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || { "$@"; return 1; }
		sleep 0.2
	done
}
all_up() { inside oneplanctl --timeout 2s status; }
pid_of() { inside systemctl show -P MainPID "$1"; }
head_of() { inside oneplanctl --json call "$1" show_status '{}' | jq .head; }
inquiry() { inside oneplanctl --json call intake receive_inquiry \
	'{"channel":"phone","asker":"citizen","life_areas":["housing"],"number":"010190-1234"}'; }

install() { # version, packages
	local package files=()
	for package in "${@:2}"; do files+=("/mnt/$(cd build/deb && echo "$package"_"$1"_*.deb)"); done
	inside dpkg --force-confold -i "${files[@]}"
}
packages=(oneplan-common oneplan-intake oneplan-planning oneplan-notification oneplan-reporting oneplan-archive oneplan-portal oneplan-ctl)

ok "a machine with systemd starts" boot build/deb
ok "the packages are installed" install "$version" "${packages[@]}"
[ $failures -eq 0 ] || exit 1
same "and start nothing by themselves" "$(inside systemctl list-units --no-legend 'oneplan-*.service' | wc -l)" 0

# ---- five minutes ---------------------------------------------------------------------------------

ok "a town is made" inside oneplanctl town init --archive
ok "and started" inside systemctl enable --now oneplan.target "${units[@]}"
ok "every node answers" until_true 60 all_up
for unit in "${units[@]}"; do
	pid=$(pid_of "$unit")
	same "$unit runs as $(inside ps -o user:32= -p "$pid"), filtered, without privileges" \
		"$(inside ps -o user:32= -p "$pid" | tr -d ' ') $(inside cat "/proc/$pid/status" |
			awk '/^(NoNewPrivs|Seccomp|CapEff|CapBnd):/ {printf "%s%s", sep, $2; sep = " "}')" \
		"${unit%%@*} 0000000000000000 0000000000000000 1 2"
done
same "no daemon can read another's master key" "$(inside setpriv --reuid oneplan-notification --regid oneplan-notification \
	--init-groups cat /etc/oneplan/intake/master.key 2>/dev/null | wc -c)" 0
same "nor its own, which systemd hands over" "$(inside setpriv --reuid oneplan-intake --regid oneplan-intake \
	--init-groups cat /etc/oneplan/intake/master.key 2>/dev/null | wc -c)" 0
family=$(pid_of oneplan-planning@family)
same "a department sees its own files only" "$(inside nsenter -t "$family" -m sh -c 'ls /etc/oneplan /var/lib/oneplan' | tr '\n' ' ')" \
	"/etc/oneplan: planning.family  /var/lib/oneplan: planning.family "
same "freed memory is overwritten" "$(inside sh -c "tr '\\0' '\\n' </proc/$family/environ" | grep -cE '^(MALLOC_PERTURB_=165|GLIBC_TUNABLES=.*tcache_count=0)$')" 2
ok "an inquiry gets a promise" inquiry
ok "everybody has it" inside oneplanctl wait
same "the service manager shows how a node stands" "$(inside systemctl show -P StatusText oneplan-intake |
	grep -cE '^answers: record [0-9]+ of epoch 1')" 1
# shellcheck disable=SC2016 # of the inner shell
ok "the operators' pages answer" until_true 20 inside bash -c \
	'exec 3<>/dev/tcp/127.0.0.1/$(sed -n "s/^listen = 127.0.0.1://p" /etc/oneplan/portal/portal.ini)
	printf "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" >&3; head -n 1 <&3 | grep -q "HTTP/1.1"'
same "logs are in a journal of their own" "$(inside journalctl --namespace=oneplan -u oneplan-intake -o cat |
	jq -r 'select(.event == "started").node' | head -n 1)" intake

# ---- reload, crash, hang --------------------------------------------------------------------------

before=$(pid_of oneplan-intake)
inside oneplanctl --town /root/other town init >/dev/null
public=$(inside sed -n 's/^public *= *//p' /root/other/keys/operator.key)
inside sh -c "printf '\n[peer.visitor]\nrole = operator\npublic_key = %s\n' '$public' >/etc/oneplan/intake/new &&
	cat /etc/oneplan/intake/node.ini /etc/oneplan/intake/new >/etc/oneplan/intake/next && rm /etc/oneplan/intake/new &&
	chmod 600 /etc/oneplan/intake/next && mv /etc/oneplan/intake/next /etc/oneplan/intake/node.ini"
ok "settings that root put there anew are reloaded" inside systemctl reload oneplan-intake
inside sh -c 'cp /etc/oneplan/town.ini /root/other/town.ini'
ok "and in force" until_true 5 inside oneplanctl --town /root/other --timeout 2s --client operator call intake show_status '{}'
same "in the same process" "$(pid_of oneplan-intake)" "$before"
inside systemctl kill --kill-whom=main --signal=KILL oneplan-intake
ok "a daemon that was killed is there again" until_true 30 inside oneplanctl --timeout 1s call intake show_status '{}'

public=$(inside sed -n 's/^public *= *//p' /etc/oneplan/notification/node.key)
ok "a key is rotated while all run" inside oneplanctl key rotate notification
same "into a new one" "$(inside sed -n 's/^public *= *//p' /etc/oneplan/notification/node.key | grep -cvF "$public")" 1
ok "that everybody knows" inside oneplanctl wait
begun=$(date +%s%N)
inside systemctl stop oneplan-planning@social
took=$((($(date +%s%N) - begun) / 1000000))
ok "a unit stops within 2 s ($took ms)" test "$took" -lt 2000
same "in order" "$(inside systemctl show -P Result oneplan-planning@social)" success
inside systemctl start oneplan-planning@social

inside mkdir -p /etc/systemd/system/oneplan-reporting.service.d
inside sh -c 'printf "[Service]\nWatchdogSec=2s\nTimeoutStopSec=1s\nRestartSec=1s\n" >/etc/systemd/system/oneplan-reporting.service.d/soon.conf'
inside systemctl daemon-reload
inside systemctl restart oneplan-reporting
before=$(pid_of oneplan-reporting)
sleep 3
same "a daemon whose loop turns is left alone" "$(pid_of oneplan-reporting)" "$before"
inside systemctl kill --kill-whom=main --signal=STOP oneplan-reporting
started_again() { [ "$(pid_of "$1")" != "$2" ] && [ "$(pid_of "$1")" != 0 ]; }
ok "one that hangs is started again by the watchdog" until_true 20 started_again oneplan-reporting "$before"
ok "and answers" until_true 20 inside oneplanctl --timeout 1s call reporting show_status '{}'

# ---- backup and drill -----------------------------------------------------------------------------

ok "the nightly backup" inside systemctl start oneplan-backup.service
same "has one of every node" "$(inside sh -c 'ls -d /var/backups/oneplan/*/2*Z/manifest.json | wc -l')" ${#nodes[@]}
ok "the restore drill restores them all" inside systemctl start oneplan-drill.service
same "and says so" "$(inside journalctl --namespace=oneplan -u oneplan-drill -o cat | grep -c ': restored from ')" ${#nodes[@]}
newest=$(inside sh -c 'ls -d /var/backups/oneplan/intake/2*Z')
inside dd if=/dev/urandom of="$newest/db/data.mdb" bs=4096 seek=20 count=8 conv=notrunc status=none
inside systemctl start oneplan-drill.service 2>/dev/null
same "a backup that rotted fails the drill" "$(inside systemctl show -P Result oneplan-drill.service) $(
	inside journalctl --namespace=oneplan -u oneplan-drill -o cat | grep -c 'intake: NOT RESTORED')" "exit-code 1"
for _ in 1 2 3; do
	sleep 1.1
	inside env KEEP=2 /usr/lib/oneplan/backup intake >/dev/null
done
same "as many are kept as were asked for" "$(inside sh -c 'ls -d /var/backups/oneplan/intake/2*Z | wc -l')" 2
inside systemctl stop oneplan-intake
kept=$(inside sh -c 'ls /var/backups/oneplan/intake')
inside env KEEP=1 /usr/lib/oneplan/backup intake >/dev/null 2>&1
same "a backup that fails takes nothing away, and says so" "$? $(inside sh -c 'ls /var/backups/oneplan/intake')" "1 $kept"
head=$(inside sh -c 'jq .head /var/backups/oneplan/intake/*/manifest.json | tail -n 1')
ok "root puts a backup back" inside oneplanctl restore intake "/var/backups/oneplan/intake/$(tail -n 1 <<<"$kept")" --by drill --reason test
ok "and the node takes the files over" inside systemctl start oneplan-intake
ok "and answers" until_true 20 inside oneplanctl --timeout 1s call intake show_status '{}'

# ---- upgrade and removal --------------------------------------------------------------------------

inside systemctl stop oneplan-archive
head=$(head_of intake)
family=$(pid_of oneplan-planning@family)
ok "the next version is installed" install "$next" "${packages[@]}"
ok "what ran runs again" until_true 60 inside sh -c "oneplanctl --timeout 2s status | grep -c ' up ' | grep -qx $((${#nodes[@]} - 1))"
ok "an instance, too" started_again oneplan-planning@family "$family"
same "what was stopped stays so" "$(inside systemctl is-active oneplan-archive)" inactive
same "with the state of before" "$(($(head_of intake) >= head))" 1
same "the programs are the new ones" "$(inside dpkg-query -s oneplan-intake | sed -n 's/^Version: //p')" "$next"
ok "the former version is put back" install "$version" "${packages[@]}"
ok "and runs" until_true 60 inside oneplanctl --timeout 1s call intake show_status '{}'

ok "the entrance is removed" inside dpkg -r oneplan-intake
same "its daemon has stopped" "$(inside systemctl is-active oneplan-intake) $(inside pgrep -fc ^/usr/sbin/oneplan-intake)" "inactive 0"
same "the other daemons go on" "$(inside systemctl is-active oneplan-planning@family)" active
sums() { inside sh -c 'sha256sum /etc/oneplan/intake/*.key /etc/oneplan/intake/node.ini /var/lib/oneplan/intake/keys.bin /var/lib/oneplan/intake/db/data.mdb'; }
sums=$(sums)
same "purged, it says what is left" "$(inside dpkg -P oneplan-intake | grep -c 'is left')" 3
same "and leaves it" "$(sums)" "$sums"
ok "installed again" install "$version" oneplan-intake
ok "and started" inside systemctl start oneplan-intake
ok "it goes on where it was" until_true 20 inside sh -c "oneplanctl --json call intake show_status '{}' | jq -e '.head >= $head'"
same "nobody failed" "$(inside systemctl list-units --failed --no-legend 'oneplan*' | grep -v drill)" ""
[ $failures -eq 0 ]
