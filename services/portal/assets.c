/* Reads the files that pages refer to into memory. Touches the directory of the `web` setting. */
#include "services/portal/assets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *end, *type;
} types[] = {{".css", "text/css; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"},
	{".woff2", "font/woff2"}, {".svg", "image/svg+xml"}, {".png", "image/png"}};

static const char *type_of(const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t m = strlen(types[i].end);
		if (n > m && !strcmp(path + n - m, types[i].end))
			return types[i].type;
	}
	return NULL;
}

static enum err read_file(struct assets *assets, const char *path, struct asset *ret)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint8_t *body = fd >= 0 && fstat(fd, &st) == 0 && st.st_size <= ASSETS_BYTES
				? arena_alloc(&assets->arena, (size_t)st.st_size + 1)
				: NULL;
	ssize_t got = body ? read(fd, body, (size_t)st.st_size) : -1;

	if (fd >= 0)
		close(fd);
	if (!body)
		return fd < 0 ? ERR_SYSTEM : ERR_LIMIT;
	ret->body = bytes_of(body, (size_t)st.st_size);
	return got == st.st_size ? ERR_OK : ERR_SYSTEM;
}

struct walk {
	struct assets *assets;
	const char *dir; /* the top */
	struct reason *reason;
};

static enum err read_dir(const struct walk *walk, const char *below, int depth);

/* below: of the directory, "" or "css/" */
static enum err take(const struct walk *walk, const char *below, const char *name, int depth)
{
	struct assets *assets = walk->assets;
	char *path = arena_printf(&assets->arena, "%s%s", below, name);
	char *whole = arena_printf(&assets->arena, "%s/%s", walk->dir, path ? path : "");
	struct stat st;

	if (!path || !whole || assets->n == ASSETS_MAX)
		return reason_set(walk->reason, ERR_LIMIT, walk->dir, "holds too much");
	if (lstat(whole, &st))
		return reason_set(walk->reason, ERR_SYSTEM, whole, "%s", strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		char *next = arena_printf(&assets->arena, "%s/", path);
		return next ? read_dir(walk, next, depth + 1) : ERR_NO_MEMORY;
	}
	struct asset *asset = &assets->at[assets->n];
	*asset = (struct asset){.path = path, .type = type_of(path)};
	if (!asset->type || !S_ISREG(st.st_mode))
		return ERR_OK;
	assets->n++;
	enum err err = read_file(assets, whole, asset);
	return err ? reason_set(walk->reason, err, whole, "cannot be read, or is too large")
		   : ERR_OK;
}

static enum err read_dir(const struct walk *walk, const char *below, int depth)
{
	char path[4096];
	enum err err = ERR_OK;
	int n = snprintf(path, sizeof(path), "%s/%s", walk->dir, below);
	DIR *dir = n > 0 && (size_t)n < sizeof(path) && depth < ASSETS_DEPTH ? opendir(path) : NULL;

	if (!dir)
		return reason_set(walk->reason, ERR_NOT_FOUND, walk->dir,
			"holds no files for pages: %s", strerror(errno));
	for (const struct dirent *entry; !err && (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.')
			err = take(walk, below, entry->d_name, depth);
	closedir(dir);
	return err;
}

static int by_path(const void *a, const void *b)
{
	const struct asset *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void make_prefix(struct assets *assets)
{
	crypto_generichash_state state;
	uint8_t hash[16];
	char text[33];

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	for (size_t i = 0; i < assets->n; i++) {
		const struct asset *asset = &assets->at[i];
		crypto_generichash_update(
			&state, (const uint8_t *)asset->path, strlen(asset->path) + 1);
		crypto_generichash_update(&state, asset->body.p, asset->body.n);
	}
	crypto_generichash_final(&state, hash, sizeof(hash));
	sodium_bin2hex(text, sizeof(text), hash, sizeof(hash));
	snprintf(assets->prefix, sizeof(assets->prefix), "/static/%s/", text);
}

enum err assets_load(struct assets *assets, const char *dir, struct reason *reason)
{
	const struct walk walk = {assets, dir, reason};

	assets->n = 0;
	arena_init(&assets->arena, ASSETS_BYTES);
	enum err err = read_dir(&walk, "", 0);
	if (err)
		return err;
	if (assets->n == 0)
		return reason_set(reason, ERR_NOT_FOUND, dir, "holds no files for pages");
	qsort(assets->at, assets->n, sizeof(assets->at[0]), by_path);
	make_prefix(assets);
	return ERR_OK;
}

void assets_done(struct assets *assets)
{
	arena_done(&assets->arena);
}

const struct asset *assets_find(const struct assets *assets, const char *path)
{
	size_t n = strlen(assets->prefix);
	struct asset wanted = {.path = path + n};

	if (n == 0 || strncmp(path, assets->prefix, n) != 0)
		return NULL;
	return bsearch(&wanted, assets->at, assets->n, sizeof(wanted), by_path);
}
