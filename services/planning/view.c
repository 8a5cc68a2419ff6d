/* Folds the parts of one plan into one answer. Pure; state through service.h. */
#include "services/planning/view.h"

#include <string.h>

#include "services/planning/commitments.h"
#include "services/planning/coordination.h"
#include "services/planning/fates.h"
#include "services/planning/items.h"
#include "services/planning/parts.h"
#include "services/planning/lists.h"
#include "services/planning/proposals.h"
#include "services/planning/view_size.h"

enum {
	PARTIES = 16,
	GOALS = 32,
	OF_GOAL = 16,
	MEASURES = 48,
	COMMITMENTS = 48,
	PROPOSALS = 24,
	ANSWERS = 16,
	NOTES = 8,
	APPOINTMENTS = 48,
	REVIEWS = 16
};

/* An answer holds 61440 bytes: what conflicts may cost, and what all may; and what an item gets
 * beside its row: whose it is, and a place of its own. */
enum { CONFLICTS_BYTES = 18000, VIEW_BYTES = 61000, PLACE_BYTES = 26 + 2 };

struct view {
	struct question *q;
	struct uuid plan;
	struct source sources[SOURCES_MAX];
	size_t n;
	struct source *source; /* that is being read */
	struct plan_reply *reply;
	size_t bytes; /* of the answer so far, at most */
};

/* A list of a reply, whatever its items; its room is made when the reply is. */
struct room {
	size_t *n;
	void *at;
	size_t size, max;
};

/* The place after the last one. When all are taken the newest stay, and `more` is said. */
static void *next_place(struct view *view, const struct room *room)
{
	char *at = room->at;

	if (*room->n == room->max) {
		view->reply->more = true;
		memmove(at, at + room->size, (room->max - 1) * room->size);
		(*room->n)--;
	}
	return at + (*room->n)++ * room->size;
}

#define ROOM(list_, max_) (&(struct room){&(list_).n, (list_).at, sizeof(*(list_).at), (max_)})

/* Is there room for the row in the answer? If not, there is more than fits. */
static bool spend(struct view *view, const struct schema *schema, const void *row)
{
	size_t bytes = view_size(schema, row) + PLACE_BYTES;

	if (view->bytes + bytes > VIEW_BYTES) {
		view->reply->more = true;
		return false;
	}
	view->bytes += bytes;
	return true;
}

/* ---- one tree of one source ------------------------------------------------------------------ */

typedef void item_fn(struct view *view, const void *row);

static void each_item(struct view *view, enum planning_tree tree, item_fn *fn)
{
	const struct schema *schema = item_kind_of(tree)->row();
	struct key prefix = plan_key(view->plan);
	void *row = arena_alloc(view->q->state.arena, schema->size);
	struct rows rows;

	if (!row)
		return;
	rows_begin(&rows, &view->source->state, (unsigned)tree, schema, &prefix, NULL);
	while (rows_next(&rows, row)) {
		if (!source_shows(&view->q->state, view->source, view->plan, item_head_of(row).id))
			continue;
		if (tree == TREE_PROPOSAL) /* the words of its answer take room, too */
			proposal_show(&view->q->state, row, view->q->now);
		if (spend(view, schema, row))
			fn(view, row);
	}
	rows_end(&rows);
}

static void each_source(struct view *view, enum planning_tree tree, item_fn *fn)
{
	for (size_t i = 0; i < view->n; i++) {
		view->source = &view->sources[i];
		each_item(view, tree, fn);
	}
}

static void add_goal(struct view *view, const void *row)
{
	struct arena *arena = view->q->state.arena;
	struct goal_view goal = {.goal = arena_copy(arena, row, sizeof(*goal.goal)),
		.steps.at = arena_alloc(arena, OF_GOAL * sizeof(*goal.steps.at)),
		.answers.at = arena_alloc(arena, OF_GOAL * sizeof(*goal.answers.at)),
		.progress.at = arena_alloc(arena, OF_GOAL * sizeof(*goal.progress.at))};

	if (!goal.goal || !goal.steps.at || !goal.answers.at || !goal.progress.at)
		return;
	goal.goal->department = view->source->department;
	*(struct goal_view *)next_place(view, ROOM(view->reply->goals, GOALS)) = goal;
}

static struct goal_view *goal_of(struct view *view, struct uuid goal)
{
	for (size_t i = 0; i < view->reply->goals.n; i++)
		if (uuid_equal(view->reply->goals.at[i].goal->goal, goal))
			return &view->reply->goals.at[i];
	return NULL;
}

static void add_step(struct view *view, const void *row)
{
	const struct plan_step *step = row;
	struct goal_view *goal = goal_of(view, step->goal);

	if (goal)
		*(struct plan_step *)next_place(view, ROOM(goal->steps, OF_GOAL)) = *step;
}

static void add_progress(struct view *view, const void *row)
{
	const struct plan_progress *progress = row;
	struct goal_view *goal = goal_of(view, progress->goal);

	if (!goal)
		return;
	struct plan_progress *place = next_place(view, ROOM(goal->progress, OF_GOAL));
	*place = *progress;
	place->department = view->source->department;
}

/* A disagreement gives way to nothing but other disagreements. */
static void make_place(struct view *view, struct goal_view *goal)
{
	size_t at = 0;

	if (goal->answers.n < OF_GOAL)
		return;
	view->reply->more = true;
	while (at < OF_GOAL && goal->answers.at[at].says == agreement_disagrees)
		at++;
	at = at == OF_GOAL ? 0 : at;
	goal->answers.n--;
	memmove(&goal->answers.at[at], &goal->answers.at[at + 1],
		(goal->answers.n - at) * sizeof(goal->answers.at[0]));
}

static void add_answer(struct view *view, const void *row)
{
	struct plan_answer answer = *(const struct plan_answer *)row;
	struct goal_view *goal = goal_of(view, answer.goal);

	answer.department = view->source->department;
	if (uuid_is_nil(answer.goal))
		*(struct plan_answer *)next_place(view, ROOM(view->reply->answers, ANSWERS)) =
			answer;
	if (!goal)
		return;
	goal->dissent |= answer.says == agreement_disagrees;
	make_place(view, goal);
	goal->answers.at[goal->answers.n++] = answer;
}

static void add_measure(struct view *view, const void *row)
{
	struct plan_measure *place = next_place(view, ROOM(view->reply->measures, MEASURES));

	memcpy(place, row, sizeof(*place));
	place->department = view->source->department;
}

static void add_commitment(struct view *view, const void *row)
{
	struct plan_commitment *place =
		next_place(view, ROOM(view->reply->commitments, COMMITMENTS));

	memcpy(place, row, sizeof(*place));
	place->department = view->source->department;
	commitment_show(place, view->q->now);
}

/* By the time at which they begin; of too many the latest stay. */
static void add_appointment(struct view *view, const void *row)
{
	struct plan_appointment appointment = *(const struct plan_appointment *)row;
	struct plan_appointment *all = view->reply->appointments.at;

	appointment.department = view->source->department;
	(void)next_place(view, ROOM(view->reply->appointments, APPOINTMENTS));
	size_t at = view->reply->appointments.n - 1;
	for (; at > 0 && appointment.begins < all[at - 1].begins; at--)
		all[at] = all[at - 1];
	all[at] = appointment;
}

/* By the time at which they are due. */
static void add_review(struct view *view, const void *row)
{
	struct plan_review review = *(const struct plan_review *)row;
	struct plan_review *all = view->reply->reviews.at;

	review.department = view->source->department;
	(void)next_place(view, ROOM(view->reply->reviews, REVIEWS));
	size_t at = view->reply->reviews.n - 1;
	for (; at > 0 && review.due < all[at - 1].due; at--)
		all[at] = all[at - 1];
	all[at] = review;
}

/* The weightiest have their place before what they are about. */
static void add_conflicts(struct view *view)
{
	struct plan_reply *reply = view->reply;
	const struct showing what = {&view->q->state, view->plan, view->q->now};
	size_t left = CONFLICTS_BYTES;
	bool more = false;
	size_t n = fates_show(&what, reply->conflicts.at, &more, &reply->weekly_hours);

	for (size_t i = 0; i < n; i++) {
		size_t bytes = view_size(schema_conflict_view(), &reply->conflicts.at[i]);
		if (bytes > left)
			break;
		left -= bytes;
		view->bytes += bytes;
		reply->conflicts.n++;
	}
	reply->more |= more || reply->conflicts.n < n;
}

static void add_proposal(struct view *view, const void *row)
{
	struct plan_proposal *place = next_place(view, ROOM(view->reply->proposals, PROPOSALS));

	memcpy(place, row, sizeof(*place));
}

/* ---- the parts ------------------------------------------------------------------------------- */

/* Only that it takes part, when what it is about may not be seen. */
static struct plan_part as_shown(struct view *view, const struct plan_part *part)
{
	struct plan_part shown = *part;

	if (!source_shows(&view->q->state, view->source, view->plan, UUID_NIL))
		shown = (struct plan_part){.plan = part->plan,
			.citizen = part->citizen,
			.version = part->version,
			.state = part->state,
			.term = part->term,
			.worker = part->worker};
	shown.department = view->source->department;
	return shown;
}

static void add_parties(struct view *view)
{
	struct plan_reply *reply = view->reply;
	struct offer_row offer;
	int64_t term = 0;
	struct plan_part part;

	for (size_t i = 0; i < view->n; i++) {
		view->source = &view->sources[i];
		if (!part_get(&view->source->state, view->plan, &part) ||
			!source_shows(&view->q->state, view->source, view->plan, HELD_PARTY))
			continue;
		part = as_shown(view, &part);
		if (uuid_is_nil(reply->citizen) || view->source->own)
			reply->citizen = part.citizen;
		if (part.term > term) {
			term = part.term;
			reply->coordinator = view->source->department;
			reply->offered_to = coordination_offer(&view->q->state, view->source,
						    view->plan, &offer)
						    ? offer.to
						    : TEXT_NONE;
		}
		*(struct plan_part *)next_place(view, ROOM(reply->parties, PARTIES)) = part;
		view->bytes += view_size(schema_plan_part(), &part); /* always has its place */
	}
}

/* ---- the person ------------------------------------------------------------------------------ */

/* Opened here: the engine opens texts as those of reply->citizen. */
static struct text opened(struct view *view, struct uuid citizen, struct text text)
{
	return state_open_text(&view->q->state, citizen, &text) ? text : TEXT_NONE;
}

static void add_person(struct view *view)
{
	struct state *state = &view->q->state;
	struct plan_reply *reply = view->reply;
	struct key key = plan_key(view->plan);
	struct plan_referred referred;
	struct plan_part part;

	if (part_get(state, view->plan, &part) && part.opened_for) {
		struct uuid citizen = part.opened_for->citizen;
		reply->number = opened(view, citizen, part.opened_for->number);
		reply->name = opened(view, citizen, part.opened_for->name);
	}
	for (unsigned i = 0; i < state_owners(state); i++) {
		struct state theirs = state_replica(state, i);
		if (!state_get(&theirs, TREE_REFERRED, &key, schema_plan_referred(), &referred))
			continue;
		reply->number = opened(view, referred.citizen, referred.number);
		reply->name = opened(view, referred.citizen, referred.name);
		reply->contact = referred.contact;
		reply->contact_at = opened(view, referred.citizen, referred.contact_at);
		reply->first_sign = opened(view, referred.citizen, referred.first_sign);
	}
}

static void add_notes(struct view *view)
{
	struct key prefix = plan_key(view->plan);
	struct note_row row;
	struct rows rows;

	rows_begin(&rows, &view->q->state, TREE_NOTE, schema_note_row(), &prefix, NULL);
	while (rows_next(&rows, &row) && spend(view, schema_note_row(), &row))
		*(struct note_view *)next_place(view, ROOM(view->reply->notes, NOTES)) = *row.note;
	rows_end(&rows);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool make_room(struct plan_reply *reply, struct arena *arena)
{
	reply->parties.at = arena_alloc(arena, PARTIES * sizeof(*reply->parties.at));
	reply->goals.at = arena_alloc(arena, GOALS * sizeof(*reply->goals.at));
	reply->measures.at = arena_alloc(arena, MEASURES * sizeof(*reply->measures.at));
	reply->commitments.at = arena_alloc(arena, COMMITMENTS * sizeof(*reply->commitments.at));
	reply->proposals.at = arena_alloc(arena, PROPOSALS * sizeof(*reply->proposals.at));
	reply->answers.at = arena_alloc(arena, ANSWERS * sizeof(*reply->answers.at));
	reply->notes.at = arena_alloc(arena, NOTES * sizeof(*reply->notes.at));
	reply->appointments.at = arena_alloc(arena, APPOINTMENTS * sizeof(*reply->appointments.at));
	reply->reviews.at = arena_alloc(arena, REVIEWS * sizeof(*reply->reviews.at));
	reply->conflicts.at = arena_alloc(arena, CONFLICTS_SHOWN * sizeof(*reply->conflicts.at));
	return reply->appointments.at && reply->reviews.at && reply->conflicts.at &&
	       reply->parties.at && reply->goals.at && reply->measures.at &&
	       reply->commitments.at && reply->proposals.at && reply->answers.at && reply->notes.at;
}

/* By its id, or the citizen's newest of which something is known here. */
static struct uuid which_plan(struct view *view, const struct show_plan *query)
{
	struct uuid plan = query->plan;
	struct plan_part part;

	if (uuid_is_nil(plan))
		plan = part_plan_of(&view->q->state, query->citizen);
	for (size_t i = 0; i < view->n && uuid_is_nil(plan); i++)
		plan = part_plan_of(&view->sources[i].state, query->citizen);
	/* a plan that the own part left may go on at others */
	for (size_t i = 0; i < view->n; i++)
		if (part_get(&view->sources[i].state, plan, &part))
			return plan;
	for (size_t i = 0; i < view->n; i++)
		plan = part_plan(&view->sources[i].state, plan);
	return plan;
}

/* ---- the citizens' own ----------------------------------------------------------------------- */

static bool is_citizen(const struct question *q)
{
	return text_is(q->actor.role, "citizen");
}

/* Of their own plan what this department wrote: nothing of others', who show it themselves. */
static enum err check_own(struct view *view, const struct show_plan *query)
{
	struct question *q = view->q;
	struct plan_part part;
	struct uuid id;
	bool known = q->actor.id.n && uuid_parse(q->actor.id.p, q->actor.id.n, &id);

	if (known && uuid_is_nil(query->plan))
		known = uuid_equal(query->citizen, id);
	else if (known && part_get(&q->state, view->plan, &part))
		known = uuid_equal(part.citizen, id);
	if (known)
		return ERR_OK;
	return reason_set(q->reason, ERR_DENIED, "actor.id", "is not the one whose plan it is");
}

static void keep_own_source(struct view *view)
{
	for (size_t i = 0; i < view->n; i++)
		if (view->sources[i].own)
			view->sources[0] = view->sources[i];
	view->n = 1;
}

static void add_items(struct view *view)
{
	each_source(view, TREE_GOAL, add_goal);
	each_source(view, TREE_STEP, add_step);
	each_source(view, TREE_ANSWER, add_answer);
	each_source(view, TREE_PROGRESS, add_progress);
	each_source(view, TREE_MEASURE, add_measure);
	each_source(view, TREE_COMMITMENT, add_commitment);
	each_source(view, TREE_PROPOSAL, add_proposal);
	each_source(view, TREE_APPOINTMENT, add_appointment);
	each_source(view, TREE_REVIEW, add_review);
}

enum err view_show_plan(struct question *q, const void *query, void *ret_reply)
{
	struct plan_reply *reply = ret_reply;
	struct view view = {.q = q, .reply = reply};
	bool citizen = is_citizen(q);
	enum err err = citizen ? ERR_OK : lists_check_actor(q);

	if (err)
		return err;
	view.n = sources_collect(&q->state, q->now, view.sources);
	if (citizen)
		keep_own_source(&view);
	view.plan = which_plan(&view, query);
	if (citizen)
		err = check_own(&view, query);
	if (err)
		return err;
	if (!make_room(reply, q->state.arena))
		return reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
	reply->plan = view.plan;
	add_person(&view);
	view.bytes = view_size(schema_plan_reply(), reply);
	add_parties(&view);
	if (!reply->parties.n)
		return reason_set(q->reason, ERR_NOT_FOUND, "plan", "is not known here");
	if (!citizen)
		add_conflicts(&view);
	add_items(&view);
	if (!citizen)
		add_notes(&view);
	return ERR_OK;
}
