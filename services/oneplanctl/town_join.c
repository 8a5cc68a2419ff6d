/* Changes the settings of the nodes on this machine, and town.ini. Reads and writes these files. */
#include "services/oneplanctl/town_join.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "services/oneplanctl/ini_edit.h"
#include "services/oneplanctl/town_files.h"
#include "services/oneplanctl/town_tell.h"

#define DEPARTMENTS \
	"employment, family, social" /* what intake takes when its settings say nothing */

static enum err no_memory(struct joining *joining)
{
	return reason_set(&joining->reason, ERR_NO_MEMORY, "", "out of memory");
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum err read_file(struct joining *joining, const char *node, const char *path)
{
	struct join_file *file = &joining->files[joining->n];

	if (!path)
		return no_memory(joining);
	*file = (struct join_file){.node = node, .path = path};
	enum err err = ini_read(path, &joining->ctl->arena, &file->before, &joining->reason);
	file->text = file->before;
	joining->n += !err;
	return err;
}

enum err join_begin(struct joining *joining, struct ctl *ctl)
{
	*joining = (struct joining){.ctl = ctl};
	enum err err =
		read_file(joining, NULL, arena_printf(&ctl->arena, "%s/town.ini", ctl->town_dir));

	for (size_t i = 0; !err && i < ctl->town.n; i++) {
		const char *name = ctl->town.nodes[i].name;
		if (town_is_here(ctl, name))
			err = read_file(joining, name, town_settings_of(ctl, name));
	}
	return err;
}

/* ---- sections -------------------------------------------------------------------------------- */

/* Keys of one section; absent ones have no value. */
struct section {
	const char *name;
	struct {
		const char *key, *value;
	} keys[6];
};

static bool has_section(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = text; (at = strchr(at, '[')) != NULL; at++)
		if ((at == text || at[-1] == '\n') && !strncmp(at + 1, name, n) && at[n + 1] == ']')
			return true;
	return false;
}

static enum err add_section(
	struct joining *joining, struct join_file *file, const struct section *section)
{
	struct arena *arena = &joining->ctl->arena;
	const char *text = arena_printf(arena, "%s\n[%s]\n", file->text, section->name);

	for (size_t i = 0; text && section->keys[i].key; i++)
		if (section->keys[i].value && *section->keys[i].value)
			text = arena_printf(arena, "%s%s = %s\n", text, section->keys[i].key,
				section->keys[i].value);
	if (!text)
		return no_memory(joining);
	file->text = text;
	return ERR_OK;
}

static enum err change_key(
	struct joining *joining, struct join_file *file, const struct ini_change *change)
{
	const char *text = ini_change(&joining->ctl->arena, file->text, change);

	if (!text)
		return no_memory(joining);
	file->text = text;
	return ERR_OK;
}

/* What people wrote beside these keys stays. */
static enum err put_section(
	struct joining *joining, struct join_file *file, const struct section *section)
{
	if (!has_section(file->text, section->name))
		return add_section(joining, file, section);
	enum err err = ERR_OK;
	for (size_t i = 0; !err && section->keys[i].key; i++) {
		const char *key = section->keys[i].key, *value = section->keys[i].value;
		const char *now = ini_value(&joining->ctl->arena, file->text, section->name, key);
		const struct ini_change change = {section->name, key, value};
		if (!value || !strcmp(now ? now : "", value))
			continue;
		if (now && !joining->replace)
			return reason_set(&joining->reason, ERR_CONFLICT, file->path,
				"[%s] has another %s; look why, then --replace", section->name,
				key);
		err = change_key(joining, file, &change);
	}
	return err;
}

/* ---- departments, in the settings of the entrance ----------------------------------------------
 */

static bool names(const char *list, const char *department)
{
	size_t n = strlen(department);

	for (const char *at = list; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ',')) {
		const char *word = at + strspn(at, " \t");
		size_t length = strcspn(word, ", \t");
		if (length == n && !strncmp(word, department, n))
			return true;
	}
	return false;
}

static const char *without(struct arena *arena, const char *list, const char *department)
{
	const char *text = "";

	for (const char *at = list; text && *at;) {
		at += strspn(at, ", \t");
		size_t n = strcspn(at, ", \t");
		if (n && (n != strlen(department) || strncmp(at, department, n) != 0))
			text = arena_printf(arena, "%s%s%.*s", text, *text ? ", " : "", (int)n, at);
		at += n;
	}
	return text;
}

static enum err change_departments(
	struct joining *joining, struct join_file *file, const char *department, bool known)
{
	struct arena *arena = &joining->ctl->arena;
	const char *list = ini_value(arena, file->text, "intake", "departments");

	list = list ? list : DEPARTMENTS;
	if (names(list, department) == known)
		return ERR_OK;
	const char *changed = known ? arena_printf(arena, "%s, %s", list, department)
				    : without(arena, list, department);
	return changed ? change_key(joining, file,
				 &(struct ini_change){"intake", "departments", changed})
		       : no_memory(joining);
}

/* ---- one node, to one file ---------------------------------------------------------------------
 */

static const char *section_name(struct joining *joining, const char *kind, const char *name)
{
	const char *section = arena_printf(&joining->ctl->arena, "%s.%s", kind, name);

	return section ? section : "";
}

static enum err add_to_settings(
	struct joining *joining, struct join_file *file, const struct town_node *node)
{
	const struct town_node *own = town_find(&joining->ctl->town, file->node);
	enum err err = ERR_OK;

	if (!strcmp(own->name, node->name))
		return ERR_OK;
	if (town_follows(node->role, own->role))
		err = put_section(joining, file,
			&(struct section){section_name(joining, "peer", node->name),
				{{"role", node->role}, {"public_key", node->public_key},
					{"department", node->department}}});
	if (!err && town_follows(own->role, node->role))
		err = put_section(joining, file,
			&(struct section){section_name(joining, "follow", node->name),
				{{"role", node->role}, {"public_key", node->public_key},
					{"endpoint", node->endpoint}}});
	if (!err && !strcmp(own->role, "intake") && !strcmp(node->role, "planning") &&
		node->department && *node->department)
		err = change_departments(joining, file, node->department, true);
	return err;
}

enum err join_add(struct joining *joining, const struct town_node *node, bool elsewhere)
{
	struct section in_town = {section_name(joining, "node", node->name),
		{{"role", node->role}, {"endpoint", node->endpoint},
			{"public_key", node->public_key}, {"department", node->department},
			{"elsewhere", elsewhere ? "yes" : NULL}}};
	enum err err = put_section(joining, &joining->files[0], &in_town);

	for (size_t i = 1; !err && i < joining->n; i++)
		err = add_to_settings(joining, &joining->files[i], node);
	return err;
}

enum err join_remove(struct joining *joining, const char *name)
{
	const struct town_node *node = town_find(&joining->ctl->town, name);
	enum err err = ERR_OK;

	if (!node)
		return reason_set(&joining->reason, ERR_NOT_FOUND, name, "is no node of this town");
	static const char *const kinds[] = {"node", "peer", "follow"};
	for (size_t i = 0; i < joining->n; i++)
		for (size_t k = 0; !err && k < sizeof(kinds) / sizeof(kinds[0]); k++)
			err = change_key(joining, &joining->files[i],
				&(struct ini_change){
					section_name(joining, kinds[k], name), NULL, NULL});
	for (size_t i = 1; !err && i < joining->n; i++) {
		const struct town_node *own =
			town_find(&joining->ctl->town, joining->files[i].node);
		if (!strcmp(own->role, "intake") && node->department && *node->department)
			err = change_departments(
				joining, &joining->files[i], node->department, false);
	}
	return err;
}

enum err join_move(struct joining *joining, const char *name, const char *endpoint)
{
	enum err err = ERR_OK;

	if (!town_find(&joining->ctl->town, name))
		return reason_set(&joining->reason, ERR_NOT_FOUND, name, "is no node of this town");
	for (size_t i = 0; !err && i < joining->n; i++) {
		struct join_file *file = &joining->files[i];
		bool own = file->node && !strcmp(file->node, name);
		struct ini_change change = {
			own ? "node" : section_name(joining, file->node ? "follow" : "node", name),
			own ? "listen" : "endpoint", endpoint};
		if (has_section(file->text, change.section))
			err = change_key(joining, file, &change);
	}
	return err;
}

/* ---- writing -----------------------------------------------------------------------------------
 */

static enum err keep_copy(struct joining *joining, const struct join_file *file)
{
	time_t now = time(NULL);
	size_t n = strlen(file->before);
	char stamp[32], path[4096];
	int fd = -1;
	struct tm tm;

	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	for (int i = 0; fd < 0 && i < 100; i++) {
		int put = i == 0 ? snprintf(path, sizeof(path), "%s.before-%s", file->path, stamp)
				 : snprintf(path, sizeof(path), "%s.before-%s-%d", file->path,
					   stamp, i);
		if ((size_t)put >= sizeof(path))
			break;
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	}
	bool good = fd >= 0 && write(fd, file->before, n) == (ssize_t)n && fsync(fd) == 0;
	if (!good)
		(void)reason_set(&joining->reason, ERR_SYSTEM, file->path,
			"cannot be kept beside it: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return good ? ERR_OK : joining->reason.code;
}

bool join_changed(const struct join_file *file)
{
	return strcmp(file->text, file->before) != 0;
}

enum err join_write(struct joining *joining)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < joining->n; i++)
		if (join_changed(&joining->files[i]))
			err = keep_copy(joining, &joining->files[i]);
	for (size_t i = 0; !err && i < joining->n; i++) {
		struct join_file *file = &joining->files[i];
		if (join_changed(file))
			err = ini_write(file->path, file->text, &joining->reason);
	}
	return err;
}
