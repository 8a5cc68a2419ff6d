/* The queues of a department: what others wait for, commitments, and other work. Pure; state
 * through service.h. */
#include "services/planning/waiting.h"

#include "services/planning/sources.h"
#include "services/planning/work.h"

static enum planning_queue queue_of(enum plan_work_kind kind)
{
	if (kind == plan_work_kind_commitment)
		return QUEUE_COMMITMENTS;
	return kind == plan_work_kind_proposal || kind == plan_work_kind_capacity ||
			       kind == plan_work_kind_coordination
		       ? QUEUE_ANSWERS
		       : QUEUE_ITEMS;
}

static struct key count_key(enum planning_queue queue)
{
	struct key key = {0};

	key_add_u8(&key, (uint8_t)queue);
	return key;
}

static int64_t count(struct state *state, const struct service_queue *queue)
{
	struct key key = count_key((enum planning_queue)queue->of);
	struct work_count row;

	(void)state_get(state, TREE_WORK_COUNT, &key, schema_work_count(), &row);
	return row.waiting;
}

void waiting_count(
	struct fold *fold, const struct plan_work_row *row, const struct key *due, int by)
{
	const struct service_queue *queue = &planning_queues[queue_of(row->kind)];
	struct key key = count_key((enum planning_queue)queue->of);

	/* what is put twice, or deleted twice, counts once */
	if (fold->replica || state_has(&fold->state, TREE_DUE, due) == (by > 0))
		return;
	const struct work_count counted = {count(&fold->state, queue) + by};
	fold_put(fold, TREE_WORK_COUNT, &key, schema_work_count(), &counted);
}

static bool read(struct state *state, const struct service_queue *queue, struct bytes key,
	struct waiting *ret)
{
	struct plan_work_row row;

	if (!plan_work_find(state, plan_key_last(key), &row) || queue_of(row.kind) != queue->of)
		return false;
	*ret = (struct waiting){.id = row.work,
		.since = row.opened_at ? row.opened_at : uuid_time(row.work),
		.due = row.due,
		.type = text_of(enum_word(words_plan_work_kind, row.kind)),
		.department = own_department(state),
		.error = text_of(row.worker.n ? "" : "nobody took it")};
	return true;
}

#define QUEUE(of_, name_, meaning_) \
	[of_] = {name_, queue_kind_work, meaning_, TREE_DUE, {0}, 0, of_, false, false, count, read}

const struct service_queue planning_queues[PLANNING_QUEUES] = {
	QUEUE(QUEUE_ANSWERS, "work/answers",
		"proposals, questions about capacity and offers of the coordination that another "
		"department waits for an answer to"),
	QUEUE(QUEUE_COMMITMENTS, "work/commitments", "commitments that are open and watched"),
	QUEUE(QUEUE_ITEMS, "work/items", "everything else that somebody here must do"),
};
