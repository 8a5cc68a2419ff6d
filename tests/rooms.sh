#!/usr/bin/env bash
# The rooms of the house: includes run services -> proto -> common and never from one service to another, and
# each library has one door.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
bad=0

say() { # what, offending lines
	if [ -n "$2" ]; then
		printf 'not ok - %s\n%s\n' "$1" "$2"
		bad=1
	else
		echo "ok - $1"
	fi
}

includes() { grep -rnE '^#include "' --include='*.[ch]' "$@"; }

say "common includes only common" "$(includes common | grep -vE '#include "common/')"
say "proto includes only common and proto" "$(includes proto | grep -vE '#include "(common|proto)/')"
for service in services/*/; do
	service=${service%/}
	say "$service includes only common, proto and itself" \
		"$(includes "$service" | grep -vE "#include \"(common|proto|$service)/")"
done
say "no room includes tests or deploy" "$(includes common proto services | grep -E '#include "(tests|deploy)/')"
say "the inside of the engine and of the daemon stays inside common" \
	"$(includes proto services deploy | grep -E '(engine|daemon)_private\.h' )"

door() { # header, files that may include it
	say "<$1> only in $2" \
		"$(grep -rnE "^#include <$1>" --include='*.[ch]' common proto services deploy | grep -vE "^($2):")"
}
door 'zmq\.h' 'common/bus[a-z_]*\.[ch]'
door 'lmdb\.h' 'common/store_lmdb\.h'
door 'event2?/?[a-z_]*\.h' 'common/(loop|http[a-z_]*)\.[ch]'
door '(evhttp|event2/(http|bufferevent|buffer|listener)[a-z_]*)\.h' 'common/http[a-z_]*\.[ch]'
door 'msgpack\.h' 'common/pack\.c'
door 'jansson\.h' 'common/json\.c'
door '(n?curses|term)\.h' 'services/oneplanctl/screen\.c'
door 'ini\.h' 'common/settings\.c'
door 'systemd/[a-z-]*\.h' 'common/supervisor\.c'
door 'curl/curl\.h' 'services/notification/sender_curl\.c'

say "markup is written by services/portal/html.c only, which escapes" \
	"$(grep -nE '"[^"]*<[/a-zA-Z!]' services/portal/*.[ch] | grep -vE 'SAFE\("|^services/portal/html\.c:|#include')"

say "top level is what it should be" \
	"$(git ls-files | grep -vE '^\.' | sed 's|/.*||' | sort -u | grep -vE '^(services|common|proto|deploy|tests|Makefile|README\.md)$')"
exit $bad
