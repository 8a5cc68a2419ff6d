#!/usr/bin/env bash
# promtool.sh FILE: puts promtool there, unless it is. Debian has it only in the package of the Prometheus server, whose
# daemon and user nobody needs here: the one program is taken out of the package, and nothing is installed.
set -euo pipefail
file=${1:?where to}

[ ! -x "$file" ] || exit 0
mkdir -p "$(dirname "$file")"
if found=$(command -v promtool); then
	ln -sf "$found" "$file"
	exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" # apt fetches under another user
cd "$work"
echo "fetching promtool (package prometheus)"
if ! apt-get download -qq prometheus 2>/dev/null; then
	sudo=()
	[ "$(id -u)" = 0 ] || sudo=(sudo)
	"${sudo[@]}" apt-get update -qq
	apt-get download -qq prometheus
fi
dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xO ./usr/bin/promtool >promtool
cd - >/dev/null
install -m 755 "$work/promtool" "$file"
