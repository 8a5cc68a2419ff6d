/* The command `archive`: what an archive has, whether it is whole, and one journal of it as a file.
 * Talks to one node and writes that file. */
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/journal_file.h"
#include "proto/archive.h"
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/output.h"
#include "services/oneplanctl/progress.h"
#include "services/oneplanctl/table.h"

enum { JOURNALS = 200, PAGE_ARENA_BYTES = 1024 * 1024, LENGTH_BYTES = 4, HASH_SHOWN = 8 };

struct work {
	struct ctl *ctl;
	const struct town_node *node;
	struct client *client;
	const char *owner; /* NULL: all */
	const char *file;
	int64_t line;      /* 0: the present ones */
	bool every;        /* each line, not only the present ones */
	struct arena page; /* of one answer */
	struct reason reason;
	struct archive_list list;
	struct ctl_archive_checked found;
};

/* ---- the list -------------------------------------------------------------------------------- */

static enum err read_list(struct work *work)
{
	const struct list_archive query = {.owner = work->owner ? text_of(work->owner) : TEXT_NONE};
	const struct asked asked = {schema_list_archive(), &query, &work->list, &work->ctl->arena};

	return ask_query(work->ctl, work->client, &asked, &work->reason);
}

/* The last line of its owner: the present journal ends in it. */
static bool is_present(const struct archive_list *list, size_t i)
{
	return i + 1 == list->lines.n ||
	       !text_equal(list->lines.at[i].owner, list->lines.at[i + 1].owner);
}

static const char *hash_start(struct arena *arena, struct text hash)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = hash.n < HASH_SHOWN ? hash.n : HASH_SHOWN;
	char *hex = arena_alloc(arena, 2 * n + 1);

	for (size_t i = 0; hex && i < n; i++) {
		hex[2 * i] = digits[(unsigned char)hash.p[i] >> 4];
		hex[2 * i + 1] = digits[hash.p[i] & 15];
	}
	return hex;
}

static int show_list(struct work *work)
{
	static const struct table_column columns[] = {{.title = "owner"},
		{.title = "line", .right = true}, {.title = "epoch", .right = true},
		{.title = "first", .right = true}, {.title = "last", .right = true},
		{.title = "on from", .right = true}, {.title = "size", .right = true},
		{.title = "written until"}, {.title = "hash"}};
	struct arena *arena = &work->ctl->arena;
	struct table table;

	if (work->ctl->json)
		return ctl_print_record(work->ctl, schema_archive_list(), &work->list);
	table_init(&table, columns, sizeof(columns) / sizeof(columns[0]), arena);
	for (size_t i = 0; i < work->list.lines.n; i++) {
		const struct archive_line *line = &work->list.lines.at[i];
		const char *cells[] = {text_string(arena, line->owner),
			amount_of_count(arena, line->line), amount_of_count(arena, line->epoch),
			amount_of_count(arena, line->first), amount_of_count(arena, line->last),
			line->before ? amount_of_count(arena, line->before) : "",
			amount_of_bytes(arena, line->bytes), amount_of_time(arena, line->time),
			hash_start(arena, line->hash)};
		table_add(&table, is_present(&work->list, i) ? TABLE_PLAIN : TABLE_DIM, cells);
	}
	table_print(&table, work->ctl->colour);
	return CTL_DONE;
}

/* ---- verify ---------------------------------------------------------------------------------- */

static enum err verify_one(
	struct work *work, const struct archive_line *line, struct ctl_archive_journal *ret)
{
	struct verify_archive query = {line->owner, line->line, 1};
	struct archive_checked reply = {0};
	const struct asked asked = {schema_verify_archive(), &query, &reply, &work->page};

	do {
		arena_reset(&work->page);
		reply = (struct archive_checked){0};
		enum err err = ask_query(work->ctl, work->client, &asked, &work->reason);
		if (err)
			return err;
		query.from = reply.next;
	} while (reply.next);
	*ret = (struct ctl_archive_journal){.owner = line->owner,
		.line = line->line,
		.through = reply.through,
		.bad = reply.bad};
	ret->hash = reply.hash;
	ret->hash.p = arena_copy(&work->ctl->arena, reply.hash.p, reply.hash.n);
	return ERR_OK;
}

static int show_checked(struct work *work)
{
	static const struct table_column columns[] = {{.title = "owner"},
		{.title = "line", .right = true}, {.title = "whole until", .right = true},
		{.title = "damaged", .right = true}, {.title = "hash"}};
	struct arena *arena = &work->ctl->arena;
	struct table table;
	bool bad = false;

	table_init(&table, columns, sizeof(columns) / sizeof(columns[0]), arena);
	for (size_t i = 0; i < work->found.journals.n; i++) {
		const struct ctl_archive_journal *one = &work->found.journals.at[i];
		const char *cells[] = {text_string(arena, one->owner),
			amount_of_count(arena, one->line), amount_of_count(arena, one->through),
			one->bad ? amount_of_count(arena, one->bad) : "",
			hash_start(arena, one->hash)};
		table_add(&table, one->bad ? TABLE_BAD : TABLE_PLAIN, cells);
		bad |= one->bad != 0;
	}
	if (work->ctl->json)
		(void)ctl_print_record(work->ctl, schema_ctl_archive_checked(), &work->found);
	else
		table_print(&table, work->ctl->colour);
	return bad ? CTL_REFUSED : CTL_DONE;
}

static int fail(struct work *work)
{
	return ctl_fail(
		work->ctl, &(struct failure){.node = work->node->name, .reason = &work->reason});
}

static int verify(struct work *work)
{
	struct ctl_archive_checked *found = &work->found;

	found->journals.at = arena_alloc(&work->ctl->arena, JOURNALS * sizeof(*found->journals.at));
	for (size_t i = 0; found->journals.at && i < work->list.lines.n; i++) {
		const struct archive_line *line = &work->list.lines.at[i];
		if (work->line ? line->line != work->line
			       : !work->every && !is_present(&work->list, i))
			continue;
		if (verify_one(work, line, &found->journals.at[found->journals.n++]))
			return fail(work);
	}
	return show_checked(work);
}

/* ---- export ---------------------------------------------------------------------------------- */

static enum err write_page(struct work *work, struct journal_file *file, struct text records)
{
	struct bytes rest = text_bytes(records);
	enum err err = ERR_OK;

	while (!err && rest.n) {
		size_t n = rest.n < LENGTH_BYTES ? rest.n : get_u32(rest.p);
		if (rest.n < LENGTH_BYTES || n > rest.n - LENGTH_BYTES)
			return reason_set(&work->reason, ERR_PROTOCOL, "records",
				"in the reply: a record is longer than its page");
		err = journal_file_add(file, bytes_of(rest.p + LENGTH_BYTES, n), &work->reason);
		rest = bytes_of(rest.p + LENGTH_BYTES + n, rest.n - LENGTH_BYTES - n);
	}
	return err;
}

/* Page by page; a journal that grows meanwhile is written as far as it was at the last page. */
static enum err write_journal(struct work *work, struct journal_file *file)
{
	struct read_archive query = {text_of(work->owner), work->line, 1};
	struct archive_page page;
	const struct asked asked = {schema_read_archive(), &query, &page, &work->page};
	enum err err;

	do {
		arena_reset(&work->page);
		page = (struct archive_page){0};
		err = ask_query(work->ctl, work->client, &asked, &work->reason);
		if (!err)
			err = write_page(work, file, page.records);
		query.from = page.next;
		query.line = page.line;
	} while (!err && page.next);
	work->line = query.line;
	return err ? err : journal_file_finish(file, &work->reason);
}

static int print_exported(struct work *work, const struct journal_file *file)
{
	const struct ctl_archive_journal one = {.owner = text_of(work->owner),
		.line = work->line,
		.through = (int64_t)journal_file_seq(file),
		.hash = {(const char *)journal_file_hash(file), HASH_BYTES, false},
		.file = text_of(work->file)};

	return ctl_print_record(work->ctl, schema_ctl_archive_journal(), &one);
}

static int export(struct work *work)
{
	struct journal_file *file;

	if (journal_file_make(work->file, work->owner, &file, &work->reason))
		return ctl_fail_here(work->ctl, &work->reason);
	int code = write_journal(work, file) ? fail(work) : print_exported(work, file);
	journal_file_close(file);
	if (code != CTL_DONE)
		(void)unlink(work->file);
	return code;
}

/* ---- the command ----------------------------------------------------------------------------- */

static int run(struct work *work, const char *action)
{
	if (strcmp(action, "export") == 0)
		return export(work);
	if (read_list(work))
		return fail(work);
	return strcmp(action, "list") == 0 ? show_list(work) : verify(work);
}

int command_archive(struct ctl *ctl, const struct arguments *arguments)
{
	struct work work = {.ctl = ctl,
		.owner = arguments->n_words > 2 ? arguments->words[2] : NULL,
		.file = arguments->n_words > 3 ? arguments->words[3] : NULL,
		.every = argument_flag(arguments, "every")};
	const char *action = arguments->n_words > 1 ? arguments->words[1] : "list";
	bool exports = strcmp(action, "export") == 0;

	if (!exports && strcmp(action, "list") != 0 && strcmp(action, "verify") != 0)
		return ctl_fail_usage(ctl, action, "must be list, verify or export");
	if (exports != (work.file != NULL))
		return ctl_fail_usage(
			ctl, action, exports ? "needs the owner and the file" : "takes no file");
	if (argument_count(arguments, "line", &work.line, &work.reason) ||
		ctl_find_node(ctl, arguments->words[0], &work.node, &work.reason))
		return ctl_fail_here(ctl, &work.reason);
	work.client = ask_open(ctl, work.node, "operator", &work.reason);
	if (!work.client)
		return ask_fail(ctl, work.node, &work.reason);
	arena_init(&work.page, PAGE_ARENA_BYTES);
	int code = run(&work, action);
	arena_done(&work.page);
	client_close(work.client);
	return code;
}
