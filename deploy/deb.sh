#!/usr/bin/env bash
# Debian packages of what is committed here, into build/deb/*.deb: deb.sh [VERSION]. The same commit gives the same
# bytes. The source tree build/deb/oneplan stays, with its objects, so that a next time only what changed is compiled.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:-0.1.$(git rev-list --count HEAD)}
tree=build/deb/oneplan fresh=build/deb/fresh
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH DEB_BUILD_OPTIONS="noautodbgsym nocheck parallel=$(nproc)" LC_ALL=C.UTF-8 TZ=UTC

rm -rf "$fresh"
mkdir -p "$fresh" "$tree"
git archive HEAD | tar -x -C "$fresh"
cp -r build/portal "$fresh/portal-web" # what npm brought, by lock file
cp -r "$fresh/deploy/debian" "$fresh/debian"
cat >"$fresh/debian/changelog" <<CHANGELOG
oneplan ($version) bookworm; urgency=medium

  * Built from $(git rev-parse HEAD).

 -- oneplan maintainers <maintainers@oneplan.example>  $(date -uR -d "@$SOURCE_DATE_EPOCH")
CHANGELOG

# only what differs is written, so that objects stay younger than their sources
while read -r file; do
	[ -e "$fresh/$file" ] || rm -f "$tree/$file"
done < <(cd "$tree" && find . -path ./build -prune -o -type f -print)
while read -r file; do
	cmp -s "$fresh/$file" "$tree/$file" || install -D -m "$(stat -c %a "$fresh/$file")" "$fresh/$file" "$tree/$file"
done < <(cd "$fresh" && find . -type f)
rm -rf "$fresh"

(cd "$tree" && dpkg-buildpackage -us -uc -b -nc >../log 2>&1) || { tail -n 40 build/deb/log; exit 1; }
echo "in build/deb:"
(cd build/deb && ls -- *_"$version"_*.deb)
