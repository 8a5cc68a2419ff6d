/* Makes a new town: directories, keys and settings files under the directory it is given. */
#include "services/oneplanctl/town_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bus.h"
#include "common/keyring.h"

/* A further department is three lines more here, or a settings file of its own. */
const struct town_kind town_kinds[] = {
	{"intake", "intake", NULL,
		{"planning.employment", "planning.family", "planning.social", NULL},
		"[intake]\ntown_key_file = town.key\n", "town.key"},
	{"reporting", "reporting", NULL,
		{"intake", "planning.employment", "planning.family", "planning.social", NULL}, NULL,
		NULL},
	{"notification", "notification", NULL,
		{"intake", "planning.employment", "planning.family", "planning.social", NULL}, NULL,
		NULL},
	{"planning.employment", "planning", "employment",
		{"intake", "planning.family", "planning.social", NULL},
		"[planning]\ndepartment = employment\n", NULL},
	{"planning.family", "planning", "family",
		{"intake", "planning.employment", "planning.social", NULL},
		"[planning]\ndepartment = family\n", NULL},
	{"planning.social", "planning", "social",
		{"intake", "planning.employment", "planning.family", NULL},
		"[planning]\ndepartment = social\n", NULL},
	/* not in every town, and so the last */
	{"archive", "archive", NULL,
		{"intake", "reporting", "notification", "planning.employment", "planning.family",
			"planning.social", NULL},
		NULL, NULL},
};
const size_t n_town_kinds = sizeof(town_kinds) / sizeof(town_kinds[0]);

const char *const town_clients[] = {"operator", "importer", "portal"};
const size_t n_town_clients = sizeof(town_clients) / sizeof(town_clients[0]);

enum { KINDS = sizeof(town_kinds) / sizeof(town_kinds[0]), CLIENTS = 3 };
enum { FILE_BYTES = 256 * 1024, PORT_MIN = 1024, PORT_MAX = 32767 };

struct making {
	const struct town_plan *plan;
	struct arena *arena;
	struct reason *reason;
	size_t n; /* of town_kinds that this town has */
	struct town_keys nodes[KINDS];
	struct town_keys clients[CLIENTS];
};

/* ---- writing --------------------------------------------------------------------------------- */

static enum err fail(struct making *making, const char *path, const char *what)
{
	return reason_set(making->reason, errno == EEXIST ? ERR_CONFLICT : ERR_SYSTEM, path,
		"cannot be %s: %s", what, strerror(errno));
}

static const char *path_of(struct making *making, const char *folder, const char *name)
{
	const char *path = arena_printf(making->arena, "%s/%s/%s", making->plan->dir, folder, name);

	return path ? path : "";
}

static enum err write_file(struct making *making, const char *path, struct bytes text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(making, path, "made");
	ssize_t put = write(fd, text.p, text.n);
	int failed = fsync(fd);
	if (close(fd) || failed || put < 0 || (size_t)put != text.n)
		return fail(making, path, "written");
	return ERR_OK;
}

static enum err write_text(struct making *making, const char *path, const char *text)
{
	if (!text)
		return reason_set(making->reason, ERR_NO_MEMORY, path, "out of memory");
	return write_file(making, path, bytes_of_string(text));
}

static enum err make_dir(struct making *making, const char *path)
{
	return mkdir(path, 0700) ? fail(making, path, "made") : ERR_OK;
}

static enum err write_keys(struct making *making, const char *path, const struct town_keys *keys)
{
	return write_text(making, path,
		arena_printf(making->arena, "[key]\npublic = %s\nsecret = %s\n", keys->public_key,
			keys->secret_key));
}

/* ---- what stands in the files ---------------------------------------------------------------- */

static void add(struct buffer *out, const char *text)
{
	buffer_add(out, text, text ? strlen(text) : 0);
}

static const char *endpoint_of(struct making *making, size_t kind)
{
	return arena_printf(making->arena, "tcp://%s:%lld", making->plan->listen,
		(long long)making->plan->base_port + (long long)kind);
}

static bool follows(const struct town_kind *kind, const char *owner)
{
	for (size_t i = 0; i < sizeof(kind->follows) / sizeof(kind->follows[0]); i++)
		if (!kind->follows[i])
			return false;
		else if (strcmp(kind->follows[i], owner) == 0)
			return true;
	return false;
}

static void add_peer(
	struct making *making, struct buffer *out, const struct town_kind *peer, const char *key)
{
	add(out, arena_printf(making->arena, "\n[peer.%s]\nrole = %s\npublic_key = %s\n",
			 peer->name, peer->role, key));
	if (peer->department)
		add(out, arena_printf(making->arena, "department = %s\n", peer->department));
}

static void add_peers(struct making *making, const struct town_kind *kind, struct buffer *out)
{
	for (size_t i = 0; i < CLIENTS; i++) {
		const struct town_kind client = {.name = town_clients[i], .role = town_clients[i]};
		add_peer(making, out, &client, making->clients[i].public_key);
	}
	for (size_t i = 0; i < making->n; i++)
		if (follows(&town_kinds[i], kind->name))
			add_peer(making, out, &town_kinds[i], making->nodes[i].public_key);
	for (size_t i = 0; i < making->n; i++)
		if (follows(kind, town_kinds[i].name))
			add(out, arena_printf(making->arena,
					 "\n[follow.%s]\nrole = %s\npublic_key = %s\nendpoint = "
					 "%s\n",
					 town_kinds[i].name, town_kinds[i].role,
					 making->nodes[i].public_key, endpoint_of(making, i)));
}

static enum err write_node_settings(struct making *making, size_t i)
{
	const struct town_kind *kind = &town_kinds[i];
	const char *path = path_of(making, kind->name, "node.ini");
	struct buffer out;

	buffer_init(&out, FILE_BYTES);
	add(&out, arena_printf(making->arena,
			  "# A node of this town. `oneplan-%s --help-settings` explains every "
			  "setting.\n"
			  "[node]\nname = %s\nlisten = %s\n",
			  kind->role, kind->name, endpoint_of(making, i)));
	if (kind->settings) {
		add(&out, "\n");
		add(&out, kind->settings);
	}
	add_peers(making, kind, &out);
	enum err err = out.failed ? reason_set(making->reason, ERR_NO_MEMORY, path, "out of memory")
				  : write_file(making, path, buffer_bytes(&out));
	buffer_done(&out);
	return err;
}

static enum err make_node(struct making *making, size_t i)
{
	const struct town_kind *kind = &town_kinds[i];
	const char *dir = arena_printf(making->arena, "%s/%s", making->plan->dir, kind->name);
	enum err err = dir ? make_dir(making, dir) : ERR_NO_MEMORY;

	if (!err)
		err = write_keys(
			making, path_of(making, kind->name, "node.key"), &making->nodes[i]);
	if (!err)
		err = keyring_make_master(
			path_of(making, kind->name, "master.key"), making->reason);
	if (!err && kind->secret)
		err = keyring_make_master(
			path_of(making, kind->name, kind->secret), making->reason);
	return err ? err : write_node_settings(making, i);
}

static enum err write_town(struct making *making)
{
	struct buffer out;

	buffer_init(&out, FILE_BYTES);
	add(&out, "# Where the nodes of this town are; read by oneplanctl.\n");
	for (size_t i = 0; i < making->n; i++)
		add(&out, arena_printf(making->arena,
				  "\n[node.%s]\nrole = %s\nendpoint = %s\npublic_key = %s\n",
				  town_kinds[i].name, town_kinds[i].role, endpoint_of(making, i),
				  making->nodes[i].public_key));
	enum err err = write_file(making, path_of(making, ".", "town.ini"), buffer_bytes(&out));
	buffer_done(&out);
	return err;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum err check_plan(struct making *making)
{
	const struct town_plan *plan = making->plan;

	if (plan->base_port < PORT_MIN || plan->base_port + (int64_t)making->n - 1 > PORT_MAX)
		return reason_set(making->reason, ERR_INVALID, "--base-port",
			"must be from %d to %d", PORT_MIN, PORT_MAX - (int)making->n + 1);
	if (!*plan->listen || strlen(plan->listen) > 100 || strpbrk(plan->listen, " \t\r\n;#*/") ||
		strcmp(plan->listen, "0.0.0.0") == 0)
		return reason_set(making->reason, ERR_INVALID, "--listen",
			"must be an address that the other nodes can connect to");
	return ERR_OK;
}

static bool is_empty(DIR *dir)
{
	for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return false;
	return true;
}

static enum err make_town_dir(struct making *making)
{
	const char *dir = making->plan->dir;

	if (!mkdir(dir, 0700))
		return ERR_OK;
	DIR *there = errno == EEXIST ? opendir(dir) : NULL;
	if (!there)
		return fail(making, dir, "made");
	bool empty = is_empty(there);
	closedir(there);
	if (access(path_of(making, ".", "town.ini"), F_OK) == 0)
		return reason_set(making->reason, ERR_CONFLICT, dir,
			"holds a town already, and nothing is ever overwritten");
	if (!empty && !making->plan->beside)
		return reason_set(making->reason, ERR_CONFLICT, dir,
			"holds other things; with --force the town is put beside them");
	return chmod(dir, 0700) ? fail(making, dir, "made private") : ERR_OK;
}

static enum err make_keys(struct making *making)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < making->n; i++)
		err = bus_make_keys(making->nodes[i].public_key, making->nodes[i].secret_key);
	for (size_t i = 0; !err && i < CLIENTS; i++)
		err = bus_make_keys(making->clients[i].public_key, making->clients[i].secret_key);
	return err ? reason_set(making->reason, err, "", "no keys can be made here") : ERR_OK;
}

static enum err make_all(struct making *making)
{
	enum err err = check_plan(making);

	if (!err)
		err = make_town_dir(making);
	if (!err)
		err = make_keys(making);
	if (!err)
		err = make_dir(making, path_of(making, "keys", ""));
	for (size_t i = 0; !err && i < CLIENTS; i++) {
		const char *name = arena_printf(making->arena, "%s.key", town_clients[i]);
		err = write_keys(
			making, path_of(making, "keys", name ? name : ""), &making->clients[i]);
	}
	for (size_t i = 0; !err && i < making->n; i++)
		err = make_node(making, i);
	return err ? err : write_town(making);
}

enum err town_make(const struct town_plan *plan, struct arena *arena, struct reason *reason)
{
	struct making making = {.plan = plan,
		.arena = arena,
		.reason = reason,
		.n = plan->archive ? KINDS : KINDS - 1};

	if (sodium_init() < 0)
		return reason_set(reason, ERR_SYSTEM, "", "no source of random bytes");
	enum err err = make_all(&making);
	sodium_memzero(making.nodes, sizeof(making.nodes));
	sodium_memzero(making.clients, sizeof(making.clients));
	return err;
}
