#!/usr/bin/env bash
# The systemd units and the lists of the packages, without building them: units are good, hardened, and each daemon has
# its unit, its user, its package. tests/deb/check.sh (make deb-check) runs what they make.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
limit=20 # of systemd-analyze security, in tenths
bad=0
work=$(mktemp -d "${TMPDIR:-/tmp}/oneplan-units.XXXXXX")
trap 'rm -rf "$work"' EXIT

say() { # what, what is wrong with it
	if [ -n "$2" ]; then
		printf 'not ok - %s\n%s\n' "$1" "$2"
		bad=1
	else
		echo "ok - $1"
	fi
}

units=$work/units
cp -r deploy/systemd "$units"
# programs of the packages are not here; what systemd starts for them is
sed -i -E 's#=/usr/(sbin/oneplan-[a-z]+|lib/oneplan/[a-z]+)#=/bin/true#' "$units"/*.service
export SYSTEMD_UNIT_PATH=$units:/usr/lib/systemd/system
say "systemd-analyze verify finds nothing" "$(systemd-analyze verify --man=no "$units"/*.{service,target,timer} 2>&1)"

for unit in "$units"/*.service; do
	name=$(basename "$unit")
	score=$(systemd-analyze security --offline=true --no-pager "$unit" 2>&1 |
		sed -nE 's/.*Overall exposure level for .*: ([0-9]+)\.([0-9]+) .*/\1\2/p')
	say "$name is exposed to at most $((limit / 10)).$((limit % 10)) (${score:0:1}.${score:1})" \
		"$([ -n "$score" ] && [ "$score" -le "$limit" ] || echo "systemd-analyze security says ${score:-nothing}")"
done

control=deploy/debian/control
for main in services/*/main.c; do
	daemon=$(basename "$(dirname "$main")")
	[ "$daemon" = oneplanctl ] && continue
	package=oneplan-$daemon
	say "$package has its package, unit, user and files" "$(
		grep -q "^Package: $package\$" $control || echo "$control has no $package"
		grep -qE "^DAEMONS := .*\b$daemon\b" deploy/debian/rules || echo "deploy/debian/rules does not install $daemon"
		unit=$(ls deploy/systemd/"$package".service deploy/systemd/"$package"@.service 2>/dev/null)
		[ -n "$unit" ] || echo "deploy/systemd has no unit of it"
		for line in "User=$package" Type=notify PartOf=oneplan.target WantedBy=oneplan.target "ExecStart=/usr/sbin/$package"; do
			grep -qE "^$line( |\$)" "$unit" || echo "$unit has no line $line"
		done
		grep -q "^u $package " "deploy/debian/$package.sysusers" || echo "deploy/debian/$package.sysusers makes no user"
		[ -s "deploy/debian/$package.tmpfiles" ] || echo "deploy/debian/$package.tmpfiles is not there"
	)"
done
say "every package of $control is known to deploy/debian/rules" "$(sed -n 's/^Package: //p' $control |
	grep -vE '^oneplan-(common|ctl)$' | while read -r package; do
	[ -e "services/${package#oneplan-}/main.c" ] || echo "$package is no daemon"
done)"
say "maintainer scripts and what timers run are good shell" "$(for script in deploy/debian/*.{postinst,prerm,postrm} deploy/backup/*.sh; do
	sh -n "$script" 2>&1
done)"
say "no maintainer script takes settings, keys or state away" \
	"$(grep -nE '\b(rm|unlink|shred|find|userdel|deluser)\b' deploy/debian/*.{postinst,prerm,postrm})"
libraries() { grep -oE '\blib[a-z0-9.-]+-dev\b' | sort -u; }
say "the libraries of $control are those of the Makefile" "$(diff \
	<(sed -n '/^Build-Depends:/,/^[A-Z]/p' $control | libraries) \
	<(sed -n '/^DEBIAN [:+]=/,/[^\\]$/p' Makefile | libraries | grep -v cmocka))"
exit $bad
