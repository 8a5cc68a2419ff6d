/* The command `replay`: would rebuilding a node change anything? Talks to the node for a backup,
 * makes a directory, and runs the node's own program on this host, which asks the owners. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/backup.h"
#include "services/oneplanctl/table.h"

enum { ANSWER_BYTES = 16 * 1024 * 1024 };

struct work {
	struct ctl *ctl;
	const struct town_node *node;
	char dir[PATH_BYTES]; /* from / on */
	struct arena arena;
	struct reason reason;
};

/* ---- what it is made of ---------------------------------------------------------------------- */

/* DIR/present is the backup that was named, or one that the node makes now. */
static enum err make_present(struct work *work, const char *from)
{
	char path[PATH_BYTES + 16], resolved[PATH_BYTES];
	struct backup_state state;
	const struct backup_making how = {
		.node = work->node, .dir = path, .wait = true, .arena = &work->arena};

	snprintf(path, sizeof(path), "%s/present", work->dir);
	if (!from)
		return backup_make(work->ctl, &how, &state, &work->reason);
	if (!realpath(from, resolved) || symlink(resolved, path))
		return reason_set(&work->reason, ERR_INVALID, from, "%s", strerror(errno));
	return ERR_OK;
}

static enum err make_dir(struct work *work, const char *into)
{
	if (mkdir(into, 0700) || !realpath(into, work->dir))
		return reason_set(&work->reason, ERR_INVALID, "--into", "%s cannot be made: %s",
			into, strerror(errno));
	return ERR_OK;
}

/* ---- the program ----------------------------------------------------------------------------- */

static size_t read_all(int fd, char *text, size_t size)
{
	size_t n = 0;
	ssize_t got = 1;

	while (got > 0 && n < size - 1) {
		got = read(fd, text + n, size - 1 - n);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0)
			n += (size_t)got;
	}
	text[n] = 0;
	return n;
}

/* What it prints, into the arena; NULL: it could not. What went wrong it logs on standard error. */
static const char *run(struct work *work, const char *const argv[])
{
	char *text = arena_alloc(&work->arena, ANSWER_BYTES);
	int ends[2], status = 0;

	if (!text || pipe(ends))
		return NULL;
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(CTL_SYSTEM);
	}
	close(ends[1]);
	size_t n = pid < 0 ? 0 : read_all(ends[0], text, ANSWER_BYTES);
	close(ends[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return n ? text : NULL;
}

/* ---- telling --------------------------------------------------------------------------------- */

static void print_owners(struct work *work, const struct node_replayed *told)
{
	static const struct table_column columns[] = {{.title = "journal of"},
		{.title = "through", .right = true}, {.title = "applied", .right = true},
		{.title = "by node", .right = true}, {.title = "aside", .right = true},
		{.title = "by node", .right = true}, {.title = "dropped", .right = true},
		{.title = "why", .wraps = true}};
	struct arena *arena = &work->arena;
	struct table table;

	table_init(&table, columns, sizeof(columns) / sizeof(columns[0]), arena);
	for (size_t i = 0; i < told->owners.n; i++) {
		const struct replayed_owner *o = &told->owners.at[i];
		const char *cells[] = {text_string(arena, o->owner),
			amount_of_count(arena, o->through), amount_of_count(arena, o->applied),
			amount_of_count(arena, o->applied_before), amount_of_count(arena, o->aside),
			amount_of_count(arena, o->aside_before), amount_of_count(arena, o->dropped),
			text_string(arena, o->why)};
		table_add(&table, o->whole ? TABLE_PLAIN : TABLE_BAD, cells);
	}
	table_print(&table, work->ctl->colour);
}

static void print_trees(struct work *work, const struct node_replayed *told)
{
	static const struct table_column columns[] = {{.title = "tree"},
		{.title = "equal", .right = true}, {.title = "differing", .right = true},
		{.title = "missing", .right = true}, {.title = "extra", .right = true},
		{.title = "erased texts", .right = true}};
	struct arena *arena = &work->arena;
	struct table table;

	table_init(&table, columns, sizeof(columns) / sizeof(columns[0]), arena);
	for (size_t i = 0; i < told->trees.n; i++) {
		const struct replayed_tree *t = &told->trees.at[i];
		bool same = !t->differing && !t->missing && !t->extra;
		if (same && !t->equal && !t->texts)
			continue;
		const char *cells[] = {text_string(arena, t->part),
			amount_of_count(arena, t->equal), amount_of_count(arena, t->differing),
			amount_of_count(arena, t->missing), amount_of_count(arena, t->extra),
			amount_of_count(arena, t->texts)};
		table_add(&table, same ? TABLE_PLAIN : TABLE_BAD, cells);
	}
	table_print(&table, work->ctl->colour);
}

static void print_rows(const struct node_replayed *told)
{
	char entity[UUID_TEXT_BYTES];

	for (size_t i = 0; i < told->trees.n; i++) {
		const struct replayed_tree *t = &told->trees.at[i];
		for (size_t k = 0; k < t->first.n; k++) {
			const struct replayed_row *row = &t->first.at[k];
			uuid_format(row->entity, entity);
			printf("%.*s: %.*s\n  key %.*s\n  entity %s\n", (int)t->part.n, t->part.p,
				(int)row->how.n, row->how.p, (int)row->key.n, row->key.p,
				uuid_is_nil(row->entity) ? "-" : entity);
		}
	}
}

static int tell(struct work *work, const char *json)
{
	struct node_replayed told;
	const char *end = strchr(json, '\n');
	struct text text = {json, (uint32_t)(end ? (size_t)(end - json) : strlen(json)), false};
	bool whole = true;

	if (schema_from_json(schema_node_replayed(), text, &work->arena, &told, &work->reason))
		return ctl_fail_here(work->ctl, &work->reason);
	for (size_t i = 0; i < told.owners.n; i++)
		whole &= told.owners.at[i].whole;
	if (work->ctl->json) {
		(void)ctl_print_record(work->ctl, schema_node_replayed(), &told);
	} else {
		print_owners(work, &told);
		putchar('\n');
		print_trees(work, &told);
		print_rows(&told);
		printf("\n%s\n", told.same ? "rebuilding it would change nothing"
				 : whole   ? "rebuilding it would change what is listed"
					   : "not every journal could be folded again");
		puts("left out: what lies in quarantine or was dropped, texts of persons who were "
		     "erased,\nanswers that request keys stand for, the audit log");
	}
	return !whole ? CTL_UNREACHABLE : told.same ? CTL_DONE : CTL_REFUSED;
}

int command_replay(struct ctl *ctl, const struct arguments *arguments)
{
	const char *into = argument_text(arguments, "into");
	char program[PATH_BYTES], config[PATH_BYTES];
	struct work work = {.ctl = ctl};

	ctl->by = argument_text(arguments, "by");
	if (!into)
		return ctl_fail_usage(ctl, "--into", "is missing: where the shadow is made");
	if (ctl_find_node(ctl, arguments->words[0], &work.node, &work.reason))
		return ctl_fail_here(ctl, &work.reason);
	int code = backup_find_program(ctl, work.node, program, config);
	if (code)
		return code;
	if (make_dir(&work, into))
		return ctl_fail_here(ctl, &work.reason);
	arena_init(&work.arena, (size_t)2 * ANSWER_BYTES);
	enum err err = make_present(&work, argument_text(arguments, "from"));
	const char *const argv[] = {program, "--config", config, "--replay", work.dir, NULL};
	const char *json = err ? NULL : run(&work, argv);
	if (err)
		code = ctl_fail(
			ctl, &(struct failure){.node = work.node->name, .reason = &work.reason});
	else
		code = json ? tell(&work, json) : CTL_REFUSED;
	arena_done(&work.arena);
	return code;
}
