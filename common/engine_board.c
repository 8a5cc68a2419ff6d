/* Every queue of a node as one list, for operators. Touches the disk through store.h only, in read
 * transactions. */
#include <string.h>

#include "common/admin.h"
#include "common/engine_private.h"

/* Is it asked for? By its name, or by what the name begins with. */
static bool wanted(const struct show_queues *ask, const char *name)
{
	size_t n = ask->queue.n;

	if (n && ask->queue.p[n - 1] == '/')
		return !strncmp(name, ask->queue.p, n);
	return n == 0 || text_is(ask->queue, name);
}

static struct queue_row *add_row(
	struct question *q, struct queue_board *board, enum queue_kind kind, const char *other)
{
	static const char *const words[] = {[queue_kind_link] = "link/",
		[queue_kind_work] = "work/",
		[queue_kind_outbox] = "outbox/",
		[queue_kind_quarantine] = "quarantine/"};
	struct queue_row *row = &board->queues.at[board->queues.n++];

	*row = (struct queue_row){
		.queue = text_of(arena_printf(q->state.arena, "%s%s", words[kind], other)),
		.kind = kind,
		.other = text_of(other),
		.verdict = queue_verdict_ok,
		.reason = text_of("not known yet: the node does not watch its queues")};
	return row;
}

static void set_age(struct question *q, struct queue_row *row, int64_t oldest)
{
	row->oldest = oldest;
	row->age_ms = oldest && q->now > oldest ? q->now - oldest : 0;
}

static enum err add_link(struct question *q, struct queue_board *board, unsigned follower)
{
	struct queue queue;
	enum err err = engine_queue(q->state.engine, follower, &queue);
	struct queue_row *row = add_row(q, board, queue_kind_link, queue.follower);

	row->depth = (int64_t)(queue.addressed - queue.delivered);
	row->seen = queue.seen;
	set_age(q, row, queue.oldest_time);
	return err;
}

static void add_quarantine(struct question *q, struct queue_board *board, const struct owner *owner)
{
	struct queue_row *row = add_row(q, board, queue_kind_quarantine, owner->name);

	row->depth = owner->row.quarantined;
}

enum err engine_show_queues(struct question *q, const void *query, void *ret_reply)
{
	const struct show_queues *ask = query;
	struct engine *engine = q->state.engine;
	struct queue_board *board = ret_reply;
	size_t n = engine->options.n_followers + engine->options.n_owners;
	enum err err = ERR_OK;

	board->node = text_of(engine->options.node);
	board->now = q->now;
	board->queues.at = arena_alloc(q->state.arena, (n + 1) * sizeof(*board->queues.at));
	if (!board->queues.at)
		return reason_set(q->reason, ERR_NO_MEMORY, "", "out of memory");
	for (unsigned i = 0; !err && i < engine->options.n_followers; i++)
		err = add_link(q, board, i);
	for (size_t i = 0; i < engine->options.n_owners; i++)
		add_quarantine(q, board, &engine->owners[i]);
	size_t kept = 0;
	for (size_t i = 0; i < board->queues.n; i++)
		if (wanted(ask, text_string(q->state.arena, board->queues.at[i].queue)))
			board->queues.at[kept++] = board->queues.at[i];
	board->queues.n = kept;
	return err ? reason_set(q->reason, err, "", "the journal cannot be read") : ERR_OK;
}
