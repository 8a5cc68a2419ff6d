/* The file of operators: reads it, checks passwords, writes it anew. Touches that file. */
#include "services/portal/operators.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/settings.h"

enum { ARENA_BYTES = 1024 * 1024, FILE_BYTES = 256 * 1024, HASH_BYTES = crypto_pwhash_STRBYTES };

static const struct setting table[] = {
	{"operator.*", "role", SETTING_TEXT, 0, "operator", 1, 24,
		"operator, administrator or auditor"},
	{"operator.*", "password", SETTING_TEXT, 0, NULL, 20, HASH_BYTES - 1, "an Argon2id hash"},
};

struct one {
	char name[NAME_MAX_BYTES + 1];
	char role[25];
	char hash[HASH_BYTES];
};

struct all {
	struct one *at;
	size_t n;
	struct arena arena;
};

static bool is_role(const char *role)
{
	return !strcmp(role, "operator") || !strcmp(role, "administrator") ||
	       !strcmp(role, "auditor");
}

bool operators_name_valid(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= NAME_MAX_BYTES &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

static struct one *find(struct all *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->at[i].name, name))
			return &all->at[i];
	return NULL;
}

static bool take_item(void *ctx, const char *section, const char *name, const char *key,
	const char *value, struct reason *reason)
{
	struct all *all = ctx;
	struct one *one = find(all, name);
	bool password = !strcmp(key, "password");

	(void)section;
	if (!operators_name_valid(name) || (!one && all->n == OPERATORS_MAX) ||
		(!password && !is_role(value))) {
		(void)reason_set(
			reason, ERR_INVALID, "", "a name, a role, or one too many: %.40s", name);
		return false;
	}
	if (!one) {
		one = &all->at[all->n++];
		snprintf(one->name, sizeof(one->name), "%s", name);
	}
	if (password)
		snprintf(one->hash, sizeof(one->hash), "%s", value);
	else
		snprintf(one->role, sizeof(one->role), "%s", value);
	return true;
}

static enum err load(struct all *all, const char *path, struct reason *reason)
{
	const struct settings_source source = {path, table, 2, take_item, all};
	struct stat st;
	char nothing;

	*all = (struct all){.n = 0};
	arena_init(&all->arena, ARENA_BYTES);
	all->at = arena_alloc(&all->arena, OPERATORS_MAX * sizeof(*all->at));
	if (!all->at)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	if (stat(path, &st) == 0 && st.st_mode & 027)
		return reason_set(reason, ERR_INVALID, path,
			"must be for its owner only (0600), or also for its group to read (0640)");
	return settings_load(&source, &nothing, &all->arena, reason);
}

static void forget(struct all *all)
{
	arena_done(&all->arena);
}

/* ---- checking -------------------------------------------------------------------------------- */

static enum err hash_password(char ret[HASH_BYTES], const char *password, struct reason *reason)
{
	if (crypto_pwhash_str(ret, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
		    crypto_pwhash_MEMLIMIT_INTERACTIVE))
		return reason_set(reason, ERR_NO_MEMORY, "", "no memory to hash a password");
	return ERR_OK;
}

enum err operators_init(struct operators *operators, const char *path, struct reason *reason)
{
	char nobody[65];
	uint8_t random[32];

	_Static_assert(sizeof(operators->decoy) >= HASH_BYTES, "a hash fits");
	operators->path = path;
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(nobody, sizeof(nobody), random, sizeof(random));
	return hash_password(operators->decoy, nobody, reason);
}

static void print_of(const struct one *one, uint8_t ret[PRINT_BYTES])
{
	crypto_generichash(
		ret, PRINT_BYTES, (const uint8_t *)one->hash, strlen(one->hash), NULL, 0);
}

static void know(const struct one *one, struct operator_known *ret)
{
	snprintf(ret->name, sizeof(ret->name), "%s", one->name);
	snprintf(ret->role, sizeof(ret->role), "%s", one->role);
	print_of(one, ret->print);
}

enum err operators_check(const struct operators *operators, const char *name, const char *password,
	struct operator_known *ret, struct reason *reason)
{
	struct all all;
	enum err err = load(&all, operators->path, reason);
	struct one *one = err ? NULL : find(&all, name);
	const char *hash = one ? one->hash : operators->decoy;
	size_t n = strlen(password);

	if (err == ERR_NOT_FOUND) /* nobody was added yet: that is nobody's business */
		err = ERR_OK;
	bool good = crypto_pwhash_str_verify(hash, password, n <= PASSWORD_MAX ? n : 0) == 0;
	if (!err && one && good)
		know(one, ret);
	else if (!err)
		err = reason_set(reason, ERR_DENIED, "", "no such name and password");
	forget(&all);
	return err;
}

bool operators_still(const struct operators *operators, const struct operator_known *known)
{
	struct operator_known now = {.name = ""};
	struct all all;
	enum err err = load(&all, operators->path, NULL);
	struct one *one = err ? NULL : find(&all, known->name);

	if (one)
		know(one, &now);
	forget(&all);
	return now.name[0] && !strcmp(now.role, known->role) &&
	       sodium_memcmp(now.print, known->print, PRINT_BYTES) == 0;
}

/* ---- changing -------------------------------------------------------------------------------- */

/* The portal may run as somebody else than who edits the file: it is to be read by whom the one
 * before was, or, when there was none, by the group of its directory. */
static bool give(int fd, const char *path)
{
	struct stat st;
	char copy[4096];

	if (stat(path, &st) == 0)
		return fchown(fd, st.st_uid, st.st_gid) == 0 && fchmod(fd, st.st_mode & 0640) == 0;
	snprintf(copy, sizeof(copy), "%s", path);
	if (stat(dirname(copy), &st) || st.st_gid == getegid())
		return true;
	return fchown(fd, (uid_t)-1, st.st_gid) == 0 && fchmod(fd, 0640) == 0;
}

static enum err write_all(const char *path, const struct all *all, struct reason *reason)
{
	char next[4096];
	FILE *file = NULL;
	int n = snprintf(next, sizeof(next), "%s.next", path);
	int fd = n > 0 && (size_t)n < sizeof(next)
			 ? open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
			 : -1;

	if (fd >= 0)
		file = fdopen(fd, "w");
	if (!file)
		return reason_set(
			reason, ERR_SYSTEM, path, "cannot be written: %s", strerror(errno));
	fputs("# Who may log in to the operators' page; `oneplan-portal --add-operator NAME` adds "
	      "one.\n",
		file);
	for (size_t i = 0; i < all->n; i++)
		if (all->at[i].name[0])
			fprintf(file, "\n[operator.%s]\nrole = %s\npassword = %s\n",
				all->at[i].name, all->at[i].role, all->at[i].hash);
	bool good = fflush(file) == 0 && give(fd, path) && fsync(fd) == 0;
	good = fclose(file) == 0 && good;
	if (!good || rename(next, path))
		return reason_set(
			reason, ERR_SYSTEM, path, "cannot be written: %s", strerror(errno));
	return ERR_OK;
}

static size_t characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static enum err check_new(const struct operator_new *new, struct reason *reason)
{
	size_t n = strlen(new->password);

	if (!operators_name_valid(new->name))
		return reason_set(reason, ERR_INVALID, "name", "1 to %d of a-z, 0-9, - and _",
			NAME_MAX_BYTES);
	if (!is_role(new->role))
		return reason_set(
			reason, ERR_INVALID, "role", "must be operator, administrator or auditor");
	if (characters(new->password) < PASSWORD_MIN || n > PASSWORD_MAX)
		return reason_set(reason, ERR_INVALID, "password",
			"must have at least %d characters and at most %d bytes", PASSWORD_MIN,
			PASSWORD_MAX);
	if (strchr(" \t", new->password[0]) || strchr(" \t", new->password[n - 1]) ||
		strpbrk(new->password, "\r\n"))
		return reason_set(reason, ERR_INVALID, "password",
			"must be one line that neither begins nor ends with a space");
	return ERR_OK;
}

enum err operators_put(const char *path, const struct operator_new *new, struct reason *reason)
{
	struct all all;
	enum err err = check_new(new, reason);

	if (err)
		return err;
	err = load(&all, path, reason);
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	struct one *one = err ? NULL : find(&all, new->name);
	if (!err && !one && all.n == OPERATORS_MAX)
		err = reason_set(reason, ERR_LIMIT, path, "has as many operators as it may");
	if (!err && !one)
		one = &all.at[all.n++];
	if (!err)
		err = hash_password(one->hash, new->password, reason);
	if (!err) {
		snprintf(one->name, sizeof(one->name), "%s", new->name);
		snprintf(one->role, sizeof(one->role), "%s", new->role);
		err = write_all(path, &all, reason);
	}
	forget(&all);
	return err;
}

enum err operators_remove(const char *path, const char *name, struct reason *reason)
{
	struct all all;
	enum err err = load(&all, path, reason);
	struct one *one = err ? NULL : find(&all, name);

	if (!err && !one)
		err = reason_set(reason, ERR_NOT_FOUND, "name", "is no operator");
	if (one)
		one->name[0] = '\0';
	if (!err)
		err = write_all(path, &all, reason);
	forget(&all);
	return err;
}
