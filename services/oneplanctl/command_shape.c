/* The command `shape`: how old what waits is; asks the nodes, a piece of a queue at a time. */
#include <stdio.h>
#include <string.h>

#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/output.h"
#include "services/oneplanctl/shape.h"
#include "services/oneplanctl/table.h"

enum {
	COLUMNS = 2 + SHAPE_CLASSES,
	FIRST_MS = 5 * 60 * 1000,
	LIMIT = 100000,
	QUEUES = 2000,
	NODES = 64
};

struct shaping {
	struct ctl *ctl;
	const char *only_node, *only_queue; /* NULL: all */
	struct show_shape ask;
	int64_t first_ms, limit;
	struct table table;
	struct ctl_shapes all;
	bool refused;
	struct reason reason; /* of the queue that was named */
};

/* ---- one queue ------------------------------------------------------------------------------- */

static enum err read_shape(struct shaping *s, struct client *client, struct text queue,
	struct ctl_shape *ret, struct reason *reason)
{
	struct queue_shape piece;
	struct shape shape;
	const struct asked asked = {schema_show_shape(), &s->ask, &piece, &s->ctl->arena};
	enum err err = shape_init(&shape, &s->ctl->arena);

	s->ask.queue = queue;
	s->ask.next = TEXT_NONE;
	do {
		if (!err)
			err = ask_query(s->ctl, client, &asked, reason);
		if (!err)
			err = shape_add(&shape, &piece);
		if (err)
			return err;
		s->ask.next = piece.next;
	} while (piece.next.n && shape.looked < s->limit);
	*ret = (struct ctl_shape){.queue = queue, .n = shape.looked, .cut = piece.next.n > 0};
	ret->lines.n = shape.n;
	ret->lines.at = shape.lines;
	return ERR_OK;
}

static void add_row(struct shaping *s, const char *label, const struct shape_line *line, bool cut)
{
	struct arena *arena = &s->ctl->arena;
	const char *cells[COLUMNS] = {
		label, arena_printf(arena, "%lld%s", (long long)line->n, cut ? "+" : "")};

	for (size_t i = 0; i < line->cells.n && i < SHAPE_CLASSES; i++)
		cells[2 + i] =
			line->cells.at[i].n ? amount_of_count(arena, line->cells.at[i].n) : ".";
	table_add(&s->table, TABLE_PLAIN, cells);
}

static void add_rows(struct shaping *s, const char *node, const struct ctl_shape *of)
{
	struct arena *arena = &s->ctl->arena;
	const struct shape shape = {arena, of->lines.at, of->lines.n, of->n};
	const struct shape_line sum = shape_sum(&shape);
	const char *queue = text_string(arena, of->queue);

	add_row(s, arena_printf(arena, "%s %s", node, queue ? queue : ""), &sum, of->cut);
	for (size_t i = 0; s->ask.by && i < of->lines.n; i++) {
		const struct shape_line *line = &of->lines.at[i];
		const char *group = text_string(arena, line->group);
		add_row(s, arena_printf(arena, "  %s", line->group.n && group ? group : "-"), line,
			false);
	}
}

/* ---- one node -------------------------------------------------------------------------------- */

static enum err shape_queue(
	struct shaping *s, const struct town_node *node, struct client *client, struct text queue)
{
	struct ctl_shape *shape = &s->all.queues.at[s->all.queues.n];
	enum err err = read_shape(s, client, queue, shape, &s->reason);

	if (err)
		return err;
	shape->node = text_of(node->name);
	if (shape->n == 0 && !s->only_queue)
		return ERR_OK;
	s->all.queues.n += s->all.queues.n + 1 < QUEUES;
	add_rows(s, node->name, shape);
	return ERR_OK;
}

static enum err shape_node(struct shaping *s, const struct town_node *node, struct client *client)
{
	struct queue_board board;
	const struct show_queues query = {.queue = text_of(s->only_queue ? s->only_queue : "")};
	const struct asked asked = {schema_show_queues(), &query, &board, &s->ctl->arena};
	enum err err = ERR_OK;

	if (s->only_queue)
		return shape_queue(s, node, client, text_of(s->only_queue));
	err = ask_query(s->ctl, client, &asked, &s->reason);
	for (size_t i = 0; !err && i < board.queues.n; i++)
		if (board.queues.at[i].depth > 0)
			err = shape_queue(s, node, client, board.queues.at[i].queue);
	return err;
}

static void note_failure(struct shaping *s, const struct town_node *node)
{
	struct ctl_failure *failure = &s->all.unreachable.at[s->all.unreachable.n];
	const char *cells[COLUMNS] = {
		arena_printf(&s->ctl->arena, "%s (does not answer)", node->name)};

	*failure = (struct ctl_failure){.node = text_of(node->name),
		.error = text_of(err_word(s->reason.code)),
		.rule = text_of(arena_printf(&s->ctl->arena, "%s",
			s->reason.rule[0] ? s->reason.rule : err_sentence(s->reason.code)))};
	s->all.unreachable.n += s->all.unreachable.n + 1 < NODES;
	table_add(&s->table, TABLE_BAD, cells);
}

/* A queue that the one node does not have is a wrong argument; of many nodes each may fail. */
static void look_at(struct shaping *s, const struct town_node *node)
{
	struct client *client = ask_open(s->ctl, node, "operator", &s->reason);
	enum err err = client ? shape_node(s, node, client) : s->reason.code;

	client_close(client);
	s->refused |= err && s->only_node;
	if (err && !s->only_node)
		note_failure(s, node);
}

/* ---- the command ----------------------------------------------------------------------------- */

static enum err take_options(
	struct shaping *s, const struct arguments *arguments, struct reason *reason)
{
	const char *by = argument_text(arguments, "by");
	const struct enum_value *value = by ? enum_by_word(words_shape_by(), by, strlen(by)) : NULL;
	const struct town_node *node;
	enum err err = ctl_open_town(s->ctl, reason);

	s->only_node = arguments->n_words > 0 ? arguments->words[0] : NULL;
	s->only_queue = arguments->n_words > 1 ? arguments->words[1] : NULL;
	s->first_ms = FIRST_MS;
	s->limit = LIMIT;
	if (!err && s->only_node)
		err = ctl_find_node(s->ctl, s->only_node, &node, reason);
	if (!err && by && !value)
		err = reason_set(reason, ERR_INVALID, "--by", "must be type, department or error");
	if (!err)
		err = argument_ms(arguments, "first", &s->first_ms, reason);
	if (!err)
		err = argument_count(arguments, "limit", &s->limit, reason);
	if (!err && s->first_ms <= 0)
		err = reason_set(reason, ERR_INVALID, "--first", "must be more than 0");
	s->ask.by = value ? (enum shape_by)value->number : shape_by_none;
	s->ask.first_ms = s->first_ms;
	return err ? err
		   : schema_check(schema_show_shape(),
			     &(struct show_shape){.queue = text_of("a"), .first_ms = s->first_ms},
			     reason);
}

static enum err make_room(struct shaping *s, struct table_column columns[COLUMNS])
{
	struct arena *arena = &s->ctl->arena;

	columns[0] = (struct table_column){.title = "", .gives = true};
	columns[1] = (struct table_column){.title = "T", .right = true};
	for (unsigned i = 0; i < SHAPE_CLASSES; i++)
		columns[2 + i] = (struct table_column){
			.title = shape_title(arena, s->first_ms, i), .right = true};
	table_init(&s->table, columns, COLUMNS, arena);
	s->all.queues.at = arena_alloc(arena, QUEUES * sizeof(*s->all.queues.at));
	s->all.unreachable.at = arena_alloc(arena, NODES * sizeof(*s->all.unreachable.at));
	return s->all.queues.at && s->all.unreachable.at ? ERR_OK : ERR_NO_MEMORY;
}

int command_shape(struct ctl *ctl, const struct arguments *arguments)
{
	struct table_column columns[COLUMNS];
	struct shaping s = {.ctl = ctl};

	if (take_options(&s, arguments, &s.reason) || make_room(&s, columns))
		return ctl_fail_here(ctl, &s.reason);
	if (!ctl->timeout_ms)
		ctl->connect_ms = ASK_QUICKLY_MS;
	for (size_t i = 0; i < ctl->town.n; i++)
		if (!s.only_node || strcmp(s.only_node, ctl->town.nodes[i].name) == 0)
			look_at(&s, &ctl->town.nodes[i]);
	if (s.refused)
		return ctl_fail(ctl, &(struct failure){.node = s.only_node, .reason = &s.reason});
	if (ctl->json) {
		int code = ctl_print_record(ctl, schema_ctl_shapes(), &s.all);
		return code ? code : s.all.unreachable.n ? CTL_UNREACHABLE : CTL_DONE;
	}
	table_print(&s.table, ctl->colour);
	return s.all.unreachable.n ? CTL_UNREACHABLE : CTL_DONE;
}
