/* Style sheets, fonts, pictures and scripts, read once at the start. Their address holds a hash of
 * all of them, so browsers may keep them for ever. */
#ifndef SERVICES_PORTAL_ASSETS_H
#define SERVICES_PORTAL_ASSETS_H

#include "common/bytes.h"

enum { ASSETS_MAX = 512, ASSETS_BYTES = 16 * 1024 * 1024, ASSETS_DEPTH = 8 };

struct asset {
	const char *path; /* below the directory: css/portal.css */
	const char *type;
	struct bytes body;
};

struct assets {
	struct arena arena;
	struct asset at[ASSETS_MAX];
	size_t n;
	char prefix[48]; /* /static/HASH/ */
};

/* Files of types that are not known are left out. ERR_NOT_FOUND, ERR_LIMIT, ERR_SYSTEM. */
enum err assets_load(struct assets *assets, const char *dir, struct reason *reason) MUST_USE;
void assets_done(struct assets *assets);
/* NULL: none. path: as asked for, with the prefix. */
const struct asset *assets_find(const struct assets *assets, const char *path);

#endif
