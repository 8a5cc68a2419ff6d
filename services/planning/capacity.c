/* Has another department room? Pure; state through service.h. */
#include "services/planning/capacity.h"

#include <string.h>

#include "services/planning/change.h"
#include "services/planning/lists.h"
#include "services/planning/work.h"

enum { QUESTIONS = 50, LOOKED_AT = 5000 };

static bool get_asked(struct state *where, struct uuid question, struct capacity_asked *ret)
{
	struct key key = plan_key(question);

	return state_get(where, TREE_QUESTION, &key, schema_capacity_asked(), ret);
}

static bool is_known(struct state *state, struct uuid question)
{
	struct source sources[SOURCES_MAX];
	size_t n = sources_collect(state, 0, sources);
	struct capacity_asked asked;

	for (size_t i = 0; i < n; i++)
		if (get_asked(&sources[i].state, question, &asked))
			return true;
	return false;
}

/* ---- commands -------------------------------------------------------------------------------- */

static enum err check_department(struct decision *d, struct text to)
{
	struct source sources[SOURCES_MAX];
	size_t n = sources_collect(&d->state, 0, sources);

	for (size_t i = 0; i < n; i++)
		if (text_equal(sources[i].department, to))
			return sources[i].own ? decision_refuse(d, ERR_INVALID, "to",
							"is this department itself")
					      : ERR_OK;
	return decision_refuse(d, ERR_NOT_FOUND, "to", "is no department of this town");
}

enum err capacity_decide_ask(struct decision *d, const void *command)
{
	const struct ask_capacity *c = command;
	struct done *reply = d->reply;
	enum err err = change_check_actor(d);

	if (!err)
		err = check_department(d, c->to);
	if (!err && !uuid_is_nil(c->question) && is_known(&d->state, c->question))
		err = decision_refuse(d, ERR_CONFLICT, "question", "is in use already");
	if (!err && c->answer_by <= d->occurred_at)
		err = decision_refuse(d, ERR_INVALID, "answer_by", "must lie after it is asked");
	if (err)
		return err;
	const struct capacity_asked e = {
		.question = uuid_is_nil(c->question) ? decision_uuid(d) : c->question,
		.from = own_department(&d->state),
		.to = c->to,
		.kind = c->kind,
		.life_areas = {c->life_areas.n, c->life_areas.at},
		.hours_a_week = c->hours_a_week,
		.begins = c->begins,
		.answer_by = c->answer_by,
		.worker = d->actor.id,
		.at = d->occurred_at};
	decision_emit(d, schema_capacity_asked(), e.question, &e);
	audience_address(d, c->to);
	reply->id = e.question;
	return ERR_OK;
}

/* Another department's to this one. */
static bool asked_us(struct state *state, struct uuid question, struct capacity_asked *ret)
{
	struct source sources[SOURCES_MAX];
	size_t n = sources_collect(state, 0, sources);

	for (size_t i = 0; i < n; i++)
		if (!sources[i].own && get_asked(&sources[i].state, question, ret) &&
			text_equal(ret->to, own_department(state)))
			return true;
	return false;
}

enum err capacity_decide_answer(struct decision *d, const void *command)
{
	const struct answer_capacity *c = command;
	bool waiting = c->capacity == capacity_waiting_list;
	struct done *reply = d->reply;
	struct capacity_asked asked;
	enum err err = change_check_actor(d);

	if (!err && !asked_us(&d->state, c->question, &asked))
		err = decision_refuse(d, ERR_NOT_FOUND, "question", "is none to this department");
	if (!err && waiting && c->wait_weeks == 0)
		err = decision_refuse(
			d, ERR_INVALID, "wait_weeks", "is required with a waiting list");
	if (!err && !waiting && c->wait_weeks != 0)
		err = decision_refuse(
			d, ERR_INVALID, "wait_weeks", "is said of a waiting list only");
	if (err)
		return err;
	const struct capacity_answered e = {.question = c->question,
		.from = asked.from,
		.capacity = c->capacity,
		.wait_weeks = c->wait_weeks,
		.worker = d->actor.id,
		.at = d->occurred_at};
	decision_emit(d, schema_capacity_answered(), c->question, &e);
	audience_address(d, asked.from);
	plan_work_close(d, plan_work_id(plan_work_kind_capacity, c->question, UUID_NIL));
	reply->id = c->question;
	return ERR_OK;
}

/* ---- applying -------------------------------------------------------------------------------- */

void capacity_apply_asked(struct fold *fold, const struct record *record, const void *event)
{
	const struct capacity_asked *e = event;
	struct key key = plan_key(e->question);

	(void)record;
	fold_put(fold, TREE_QUESTION, &key, schema_capacity_asked(), e);
}

void capacity_apply_answered(struct fold *fold, const struct record *record, const void *event)
{
	const struct capacity_answered *e = event;
	struct key key = plan_key(e->question);

	(void)record;
	fold_put(fold, TREE_CAPACITY, &key, schema_capacity_answered(), e);
}

enum err capacity_react_asked(struct decision *d, const struct record *record, const void *event)
{
	const struct capacity_asked *e = event;

	(void)record;
	if (!d->historical && text_equal(e->to, own_department(&d->state)))
		plan_work_open(d, &(struct work_order){.kind = plan_work_kind_capacity,
					  .item = e->question,
					  .due = e->answer_by,
					  .opened_at = e->at});
	return ERR_OK;
}

/* ---- the list -------------------------------------------------------------------------------- */

struct listing {
	struct question *q;
	const struct list_capacity *wanted;
	struct source sources[SOURCES_MAX];
	size_t n;
	struct capacity_reply *reply;
};

static void fill_answer(struct listing *l, struct capacity_line *line)
{
	struct key key = plan_key(line->question);
	struct capacity_answered answer;

	for (size_t i = 0; i < l->n; i++)
		if (text_equal(l->sources[i].department, line->to) &&
			state_get(&l->sources[i].state, TREE_CAPACITY, &key,
				schema_capacity_answered(), &answer)) {
			line->capacity = answer.capacity;
			line->wait_weeks = answer.wait_weeks;
			line->answered_at = answer.at;
		}
}

static bool is_newer(const struct capacity_line *a, const struct capacity_line *b)
{
	if (a->asked_at != b->asked_at)
		return a->asked_at > b->asked_at;
	return memcmp(a->question.b, b->question.b, sizeof(a->question.b)) > 0;
}

/* Into its place; the oldest gives way. */
static void add_line(struct listing *l, const struct capacity_line *line)
{
	struct capacity_reply *reply = l->reply;
	size_t at = reply->questions.n;

	while (at > 0 && is_newer(line, &reply->questions.at[at - 1]))
		at--;
	if (at == QUESTIONS)
		return;
	size_t kept = reply->questions.n < QUESTIONS ? reply->questions.n : QUESTIONS - 1;
	memmove(&reply->questions.at[at + 1], &reply->questions.at[at],
		(kept - at) * sizeof(*line));
	reply->questions.at[at] = *line;
	reply->questions.n = kept + 1;
}

static void list_source(struct listing *l, struct source *source)
{
	struct uuid one = l->wanted->question;
	struct key prefix = plan_key(one);
	struct capacity_asked asked;
	struct rows rows;
	size_t looked = 0;

	rows_begin_down(&rows, &source->state, TREE_QUESTION, schema_capacity_asked(),
		uuid_is_nil(one) ? NULL : &prefix, NULL);
	while (looked++ < LOOKED_AT && rows_next(&rows, &asked)) {
		struct capacity_line line = {.question = asked.question,
			.from = asked.from,
			.to = asked.to,
			.kind = asked.kind,
			.life_areas = {asked.life_areas.n, asked.life_areas.at},
			.hours_a_week = asked.hours_a_week,
			.begins = asked.begins,
			.answer_by = asked.answer_by,
			.worker = asked.worker,
			.asked_at = asked.at};
		fill_answer(l, &line);
		if (!(l->wanted->open && line.capacity))
			add_line(l, &line);
	}
	rows_end(&rows);
}

enum err capacity_list(struct question *q, const void *query, void *ret_reply)
{
	struct listing l = {.q = q, .wanted = query, .reply = ret_reply};
	enum err err = lists_check_actor(q);

	if (err)
		return err;
	l.reply->questions.at =
		arena_alloc(q->state.arena, QUESTIONS * sizeof(*l.reply->questions.at));
	if (!l.reply->questions.at)
		return reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
	l.n = sources_collect(&q->state, 0, l.sources);
	for (size_t i = 0; i < l.n; i++)
		list_source(&l, &l.sources[i]);
	return ERR_OK;
}
