#!/usr/bin/env bash
# Debian packages of what is committed here, into build/deb/*.deb: deb.sh [VERSION]. The same commit gives the same
# bytes. The source tree build/deb/oneplan stays, with its objects, so that a next time only what changed is compiled.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:-0.1.$(git rev-list --count HEAD)}
tree=build/deb/oneplan
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
DEB_BUILD_OPTIONS="noautodbgsym nocheck parallel=$(nproc)"
export GIT_INDEX_FILE=$PWD/build/deb/index SOURCE_DATE_EPOCH DEB_BUILD_OPTIONS LC_ALL=C.UTF-8 TZ=UTC

# an index of its own: only what differs is written, so that objects stay younger than their sources
[ -d "$tree" ] || rm -f "$GIT_INDEX_FILE"
mkdir -p "$tree"
git --work-tree="$tree" read-tree --reset -u HEAD
rm -rf "$tree/debian" "$tree/portal-web"
cp -r "$tree/deploy/debian" "$tree/debian"
cp -r build/portal "$tree/portal-web" # what npm brought, by lock file
cat >"$tree/debian/changelog" <<CHANGELOG
oneplan ($version) bookworm; urgency=medium

  * Built from $(git rev-parse HEAD).

 -- oneplan maintainers <maintainers@oneplan.example>  $(date -uR -d "@$SOURCE_DATE_EPOCH")
CHANGELOG

unset GIT_INDEX_FILE
(cd "$tree" && dpkg-buildpackage -us -uc -b -nc >../log 2>&1) || { tail -n 40 build/deb/log; exit 1; }
echo "in build/deb:"
(cd build/deb && ls -- *_"$version"_*.deb)
