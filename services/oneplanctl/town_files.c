/* Makes a new town: directories, keys and settings files under the directory it is given. */
#include "services/oneplanctl/town_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bus.h"
#include "common/keyring.h"

/* Settings that every node of a role has. */
static const char intake_settings[] =
	"[intake]\ntown_key_file = town.key\ndepartments = employment, family, social\n";

/* Other departments: `town init --node planning.NAME`. */
const struct town_kind town_kinds[] = {
	{"intake", "intake", NULL, intake_settings, "town.key"},
	{"reporting", "reporting", NULL, NULL, NULL},
	{"notification", "notification", NULL, NULL, NULL},
	{"planning.employment", "planning", "employment", "[planning]\ndepartment = employment\n",
		NULL},
	{"planning.family", "planning", "family", "[planning]\ndepartment = family\n", NULL},
	{"planning.social", "planning", "social", "[planning]\ndepartment = social\n", NULL},
	/* not in every town, and so the last */
	{"archive", "archive", NULL, NULL, NULL},
};
const size_t n_town_kinds = sizeof(town_kinds) / sizeof(town_kinds[0]);

const struct town_client town_clients[TOWN_CLIENTS] = {{"operator", "operator"},
	{"importer", "importer"}, {"portal", "portal"}, {"portal-operators", "operator"}};

enum { KINDS = sizeof(town_kinds) / sizeof(town_kinds[0]), CLIENTS = TOWN_CLIENTS };
/* So far behind the port of a node is that of its pages for its own host; the portal's is behind
 * the base port. */
enum {
	FILE_BYTES = 256 * 1024,
	PORT_MIN = 1024,
	PORT_MAX = 32767,
	HTTP_BEHIND = 10,
	PORTAL_BEHIND = 20
};

struct making {
	const struct town_plan *plan;
	struct arena *arena;
	struct reason *reason;
	const struct town_kind *kinds;
	size_t n;             /* of them, that this town has */
	struct town_kind one; /* of a plan for one node */
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
	if (making->plan->endpoint)
		return making->plan->endpoint;
	return arena_printf(making->arena, "tcp://%s:%lld", making->plan->listen,
		(long long)making->plan->base_port + (long long)kind);
}

static int http_port_of(struct making *making, size_t kind)
{
	const char *endpoint = endpoint_of(making, kind);
	const char *colon = endpoint ? strrchr(endpoint, ':') : NULL;

	return colon ? (int)strtol(colon + 1, NULL, 10) + HTTP_BEHIND : 0;
}

bool town_follows(const char *role, const char *owner_role)
{
	if (!strcmp(role, "archive"))
		return strcmp(owner_role, "archive") != 0;
	if (!strcmp(role, "intake"))
		return !strcmp(owner_role, "planning");
	return !strcmp(owner_role, "planning") || !strcmp(owner_role, "intake");
}

static bool follows(const struct town_kind *kind, const struct town_kind *owner)
{
	return kind != owner && town_follows(kind->role, owner->role);
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
		const struct town_kind client = {
			.name = town_clients[i].name, .role = town_clients[i].role};
		if (making->clients[i].public_key[0])
			add_peer(making, out, &client, making->clients[i].public_key);
	}
	for (size_t i = 0; i < making->n; i++)
		if (follows(&making->kinds[i], kind))
			add_peer(making, out, &making->kinds[i], making->nodes[i].public_key);
	for (size_t i = 0; i < making->n; i++)
		if (follows(kind, &making->kinds[i]))
			add(out, arena_printf(making->arena,
					 "\n[follow.%s]\nrole = %s\npublic_key = %s\nendpoint = "
					 "%s\n",
					 making->kinds[i].name, making->kinds[i].role,
					 making->nodes[i].public_key, endpoint_of(making, i)));
}

static enum err write_node_settings(struct making *making, size_t i)
{
	const struct town_kind *kind = &making->kinds[i];
	const char *path = path_of(making, kind->name, "node.ini");
	struct buffer out;

	buffer_init(&out, FILE_BYTES);
	add(&out, arena_printf(making->arena,
			  "# A node of this town. `oneplan-%s --help-settings` explains every "
			  "setting.\n"
			  "[node]\nname = %s\nlisten = %s\n\n"
			  "[http]\nlisten = 127.0.0.1:%d\n",
			  kind->role, kind->name, endpoint_of(making, i), http_port_of(making, i)));
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
	const struct town_kind *kind = &making->kinds[i];
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
	for (size_t i = 0; i < making->n; i++) {
		const struct town_kind *kind = &making->kinds[i];
		add(&out, arena_printf(making->arena,
				  "\n[node.%s]\nrole = %s\nendpoint = %s\npublic_key = %s\n",
				  kind->name, kind->role, endpoint_of(making, i),
				  making->nodes[i].public_key));
		if (kind->department)
			add(&out,
				arena_printf(making->arena, "department = %s\n", kind->department));
	}
	enum err err = write_file(making, path_of(making, ".", "town.ini"), buffer_bytes(&out));
	buffer_done(&out);
	return err;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool is_word(const char *text, size_t max)
{
	size_t n = strlen(text);

	return n > 0 && n <= max &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

/* planning.youth, archive, reporting-2 */
static enum err choose_one(struct making *making)
{
	const char *name = making->plan->node;
	size_t n = strcspn(name, ".-");
	struct town_kind *one = &making->one;

	for (size_t i = 0; i < KINDS && !one->role; i++)
		if (strlen(town_kinds[i].role) == n && !strncmp(town_kinds[i].role, name, n))
			*one = town_kinds[i];
	bool planning = one->role && !strcmp(one->role, "planning");
	if (!one->role || (planning ? name[n] != '.' || !is_word(name + n + 1, 23)
				    : name[n] == '.' || !is_word(name, 32)))
		return reason_set(making->reason, ERR_INVALID, "--node",
			"must be planning.DEPARTMENT, intake, notification, reporting or archive");
	one->name = name;
	one->department = planning ? name + n + 1 : NULL;
	if (planning)
		one->settings = arena_printf(
			making->arena, "[planning]\ndepartment = %s\n", one->department);
	making->kinds = one;
	making->n = 1;
	return ERR_OK;
}

static enum err check_endpoint(struct making *making)
{
	const char *endpoint = making->plan->endpoint, *colon = strrchr(endpoint, ':');
	char *end = NULL;
	long port = colon ? strtol(colon + 1, &end, 10) : 0;

	if (strncmp(endpoint, "tcp://", 6) != 0 || colon <= endpoint + 6 || *end ||
		strlen(endpoint) > 120 || strpbrk(endpoint, " \t\r\n;#*") || port < PORT_MIN ||
		port > PORT_MAX || !strncmp(endpoint, "tcp://0.0.0.0", 13))
		return reason_set(making->reason, ERR_INVALID, "--listen",
			"must be tcp://ADDRESS:PORT that other hosts can connect to, port %d to %d",
			PORT_MIN, PORT_MAX);
	return ERR_OK;
}

static enum err check_plan(struct making *making)
{
	const struct town_plan *plan = making->plan;

	if (plan->node) {
		enum err err = choose_one(making);
		return err ? err : check_endpoint(making);
	}
	if (plan->base_port < PORT_MIN || plan->base_port + PORTAL_BEHIND > PORT_MAX)
		return reason_set(making->reason, ERR_INVALID, "--base-port",
			"must be from %d to %d", PORT_MIN, PORT_MAX - PORTAL_BEHIND);
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

static enum err make_clients(struct making *making)
{
	enum err err = make_dir(making, path_of(making, "keys", ""));

	for (size_t i = 0; !err && i < CLIENTS; i++) {
		const char *name = arena_printf(making->arena, "%s.key", town_clients[i].name);
		err = write_keys(
			making, path_of(making, "keys", name ? name : ""), &making->clients[i]);
	}
	return err;
}

/* Not a node: it follows nobody, and is in no town.ini. */
static enum err make_portal(struct making *making)
{
	enum err err = make_dir(making, path_of(making, "portal", ""));

	if (err)
		return err;
	return write_text(making, path_of(making, "portal", "portal.ini"),
		arena_printf(making->arena,
			"# The operators' pages. `oneplan-portal --help-settings` explains every "
			"setting;\n"
			"# oneplan-portal --config portal.ini --add-operator NAME lets somebody "
			"log "
			"in.\n"
			"[portal]\nlisten = 127.0.0.1:%lld\n"
			"key_file = ../keys/portal-operators.key\ntown = ../town.ini\n",
			(long long)making->plan->base_port + PORTAL_BEHIND));
}

static enum err make_all(struct making *making)
{
	bool joins = making->plan->joins;
	enum err err = check_plan(making);

	if (!err && !joins)
		err = make_town_dir(making);
	if (!err)
		err = make_keys(making);
	if (!err && !joins)
		err = make_clients(making);
	if (!err && !joins)
		err = make_portal(making);
	for (size_t i = 0; joins && i < CLIENTS; i++) {
		making->clients[i] = (struct town_keys){.public_key = ""};
		memcpy(making->clients[i].public_key, making->plan->client_keys[i], TOWN_KEY_TEXT);
	}
	for (size_t i = 0; !err && i < making->n; i++)
		err = make_node(making, i);
	return err || joins ? err : write_town(making);
}

enum err town_make(const struct town_plan *plan, struct arena *arena, struct reason *reason)
{
	struct making making = {.plan = plan,
		.arena = arena,
		.reason = reason,
		.kinds = town_kinds,
		.n = plan->archive ? KINDS : KINDS - 1};

	if (sodium_init() < 0)
		return reason_set(reason, ERR_SYSTEM, "", "no source of random bytes");
	enum err err = make_all(&making);
	sodium_memzero(making.nodes, sizeof(making.nodes));
	sodium_memzero(making.clients, sizeof(making.clients));
	return err;
}
