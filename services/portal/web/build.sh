#!/usr/bin/env bash
# Puts what browsers are given into one directory: the design system's style sheet with its pictures and the four
# weights of its font, and the portal's own. build.sh NODE_MODULES DIR
set -euo pipefail
here=$(dirname "$0")
from=${1:?node_modules}/dkfds/dist to=${2:?the directory to make}

rm -rf "$to.next"
mkdir -p "$to.next"/{css,js,img,fonts/IBMPlexSans/complete/woff2,licenses}
# every browser of today reads woff2: the older forms are left out, so that none is asked for first
sed -E 's#url\([^)]*\.(eot|woff|ttf|otf)\)( format\("[^"]*"\))?,?##g; s#,}#}#g; s#/\*\# sourceMappingURL=[^*]*\*/##' \
	"$from/css/dkfds.min.css" >"$to.next/css/dkfds.css"
for weight in Regular Medium SemiBold Bold; do
	cp "$from/fonts/IBMPlexSans/complete/woff2/IBMPlexSans-$weight.woff2" "$to.next/fonts/IBMPlexSans/complete/woff2/"
done
cp -r "$from/img/svg-icons" "$to.next/img/"
cp "$from/img"/logo*.png "$to.next/img/"
cp "$from/LICENSE.md" "$to.next/licenses/dkfds.md"
cp "$from/fonts/IBMPlexSans/complete/woff2/license.txt" "$to.next/licenses/IBMPlexSans.txt"
cp "$here/css/portal.css" "$to.next/css/"
cp "$here/js/portal.js" "$to.next/js/"
rm -rf "$to"
mv "$to.next" "$to"
