/* Whose plan is whose, and who coordinates it. Pure; state through service.h. */
#include "services/intake/register.h"

#include "services/intake/citizens.h"
#include "services/intake/inquiry.h"

enum { PARTIES = 32 };

static bool get_plan(struct state *state, struct uuid plan, struct register_row *ret)
{
	struct key key = intake_key(plan);

	return state_get(state, TREE_REGISTER, &key, schema_register_row(), ret);
}

bool register_knows(struct state *state, struct uuid plan)
{
	struct key key = intake_key(plan);

	return state_has(state, TREE_REGISTER, &key);
}

struct uuid register_open_plan(struct state *state, struct uuid citizen)
{
	struct key prefix = intake_key(citizen);
	struct uuid plan = {{0}};
	struct register_row row;
	struct rows rows;

	rows_begin_down(&rows, state, TREE_CITIZEN_PLAN, NULL, &prefix, NULL);
	while (uuid_is_nil(plan) && rows_next(&rows, NULL))
		if (get_plan(state, intake_key_last_id(rows.scan.key), &row) && !row.closed)
			plan = row.plan;
	rows_end(&rows);
	return plan;
}

/* The event just emitted is a word to that department alone. */
static void address(struct decision *d, struct text department)
{
	const char *node = arena_printf(d->state.arena, PLANNING_NODE "%.*s", (int)department.n,
		department.p ? department.p : "");

	decision_grant(d, &(struct grant){.to = text_of(node), .basis = basis_addressed});
}

/* ---- parties ------------------------------------------------------------------------------------
 */

static const struct register_party *party_of(const struct register_row *row, struct text department)
{
	for (size_t i = 0; i < row->parties.n; i++)
		if (text_equal(row->parties.at[i].department, department))
			return &row->parties.at[i];
	return NULL;
}

static void emit_coordinator(
	struct decision *d, const struct register_row *row, const struct register_party *party)
{
	const struct coordinator_registered e = {.plan = row->plan,
		.citizen = row->citizen,
		.department = party->department,
		.part = party->part,
		.term = row->term + 1};

	decision_emit(d, schema_coordinator_registered(), e.plan, &e);
	address(d, e.department);
}

static void emit_party(
	struct decision *d, const struct register_row *row, const struct register_party *party)
{
	const struct party_registered e = {.plan = row->plan,
		.citizen = row->citizen,
		.department = party->department,
		.part = party->part};

	decision_emit(d, schema_party_registered(), e.plan, &e);
	address(d, e.department);
}

/* ---- referring ------------------------------------------------------------------------------- */

/* What was said in the inquiry and is the citizen's own; still sealed, with the citizen's key. */
static void add_words(
	struct decision *d, const struct inquiry_view *inquiry, struct plan_referred *e)
{
	struct key prefix = intake_key(inquiry->inquiry);
	struct words_view words;
	struct rows rows;

	rows_begin(&rows, &d->state, TREE_WORDS, schema_words_view(), &prefix, NULL);
	while (rows_next(&rows, &words)) {
		if (words.first_sign.n)
			e->first_sign = words.first_sign;
		if (words.contact && uuid_equal(words.from, inquiry->citizen)) {
			e->contact = words.contact;
			e->contact_at = words.contact_at;
		}
	}
	rows_end(&rows);
}

/* The departments' parts are opened by what they hear, so the register may name them before. */
static void register_at_once(
	struct decision *d, const struct plan_referred *e, const struct register_party *party)
{
	struct register_row row;

	if (!get_plan(&d->state, e->plan, &row))
		row = (struct register_row){.plan = e->plan, .citizen = e->citizen};
	const struct register_party *before = party_of(&row, e->department);
	if (before && !before->left)
		return;
	if (row.coordinator.n == 0)
		emit_coordinator(d, &row, party);
	else
		emit_party(d, &row, party);
}

static struct uuid plan_for(struct decision *d, const struct referral *referral)
{
	struct uuid open = register_open_plan(&d->state, referral->inquiry->citizen);

	if (!uuid_is_nil(open))
		return open;
	return uuid_is_nil(referral->plan) ? decision_uuid(d) : referral->plan;
}

bool register_refer(struct decision *d, const struct referral *referral)
{
	const struct inquiry_view *inquiry = referral->inquiry;
	struct plan_referred e = {.plan = plan_for(d, referral),
		.citizen = inquiry->citizen,
		.inquiry = inquiry->inquiry,
		.department = referral->department,
		.life_areas = {inquiry->life_areas.n, inquiry->life_areas.at},
		.part = decision_uuid(d)};
	struct citizen_view citizen;

	if (citizen_get(&d->state, inquiry->citizen, &citizen)) {
		e.number = citizen.number;
		e.name = citizen.name;
	}
	add_words(d, inquiry, &e);
	decision_emit(d, schema_plan_referred(), e.plan, &e);
	if (!intake_has_department(state_settings(&d->state), e.department))
		return false;
	address(d, e.department);
	register_at_once(d, &e, &(struct register_party){e.department, e.part, false});
	return true;
}

/* ---- parts that were opened and closed ---------------------------------------------------------
 */

/* The citizen of a provisional part: known by number, or registered now. */
static struct uuid settle_citizen(struct decision *d, const struct part_opened *e)
{
	struct citizen_claim claim = {.citizen = e->citizen};
	struct citizen_number number;
	struct citizen_found found;
	struct uuid owner;

	if (e->opened_for) {
		claim.number = e->opened_for->number;
		claim.name = e->opened_for->name;
		state_open_text(&d->state, e->opened_for->citizen, &claim.number);
		state_open_text(&d->state, e->opened_for->citizen, &claim.name);
	}
	if (claim.number.n && !citizen_read_number(&d->state, claim.number, d->reason, &number) &&
		citizen_by_lookup(&d->state, number.lookup, &owner))
		claim.citizen = owner;
	if (citizen_resolve(d, &claim, &found))
		return e->citizen; /* what the department gave does not fit; nothing is registered
				    */
	citizen_register(d, &claim, &found);
	return found.citizen;
}

static void emit_joined(struct decision *d, const struct part_opened *e, const struct uuid ids[2])
{
	const struct plan_joined joined = {.plan = ids[0],
		.provisional_plan = e->plan,
		.citizen = ids[1],
		.department = e->department};

	decision_emit(d, schema_plan_joined(), joined.plan, &joined);
	address(d, e->department);
}

/* The plan and citizen that the part belongs to: { plan, citizen }. */
static void find_plan(struct decision *d, const struct part_opened *e, struct uuid ret[2])
{
	struct register_row row;
	bool known = get_plan(&d->state, e->plan, &row);

	ret[0] = e->plan;
	ret[1] = e->citizen;
	if (!e->provisional && !(known && row.closed))
		return;
	if (e->provisional)
		ret[1] = settle_citizen(d, e);
	/* one that was closed when the part came too late joins the plan that followed it */
	struct uuid open = register_open_plan(&d->state, ret[1]);
	if (!uuid_is_nil(open))
		ret[0] = open;
	if (e->provisional || !uuid_equal(ret[0], e->plan))
		emit_joined(d, e, ret);
}

enum err register_react_opened(struct decision *d, const struct record *record, const void *event)
{
	const struct part_opened *e = event;
	const struct register_party party = {.department = e->department, .part = e->part};
	struct register_row row;
	struct uuid ids[2];

	(void)record;
	find_plan(d, e, ids);
	if (!get_plan(&d->state, ids[0], &row))
		row = (struct register_row){.plan = ids[0], .citizen = ids[1]};
	const struct register_party *before = party_of(&row, e->department);
	bool there = before && !before->left;
	bool joins = e->provisional || !uuid_equal(ids[0], e->plan);
	if (there && (joins || uuid_equal(before->part, e->part)))
		return ERR_OK; /* it takes part already; one that joins becomes one with that */
	if (row.coordinator.n == 0 || (there && text_equal(row.coordinator, e->department)))
		emit_coordinator(d, &row, &party);
	else
		emit_party(d, &row, &party);
	return ERR_OK;
}

/* The first of the others that is still there. */
static const struct register_party *next_party(
	const struct register_row *row, const struct register_party *but)
{
	for (size_t i = 0; i < row->parties.n; i++)
		if (&row->parties.at[i] != but && !row->parties.at[i].left)
			return &row->parties.at[i];
	return NULL;
}

/* The party whose part that is, in that plan. */
static const struct register_party *party_with(struct state *state, struct uuid plan,
	const struct part_closed *e, struct register_row *ret)
{
	const struct register_party *party =
		get_plan(state, plan, ret) ? party_of(ret, e->department) : NULL;

	return party && !party->left && uuid_equal(party->part, e->part) ? party : NULL;
}

enum err register_react_closed(struct decision *d, const struct record *record, const void *event)
{
	const struct part_closed *e = event;
	struct register_row row;

	(void)record;
	const struct register_party *party = party_with(&d->state, e->plan, e, &row);
	if (!party) /* closed before it heard that it was joined to another plan */
		party = party_with(&d->state, register_open_plan(&d->state, e->citizen), e, &row);
	if (!party)
		return ERR_OK;
	const struct party_left left = {.plan = row.plan,
		.citizen = row.citizen,
		.department = e->department,
		.part = e->part};
	decision_emit(d, schema_party_left(), row.plan, &left);
	const struct register_party *next = next_party(&row, party);
	const struct plan_closed closed = {row.plan, row.citizen};
	if (!next)
		decision_emit(d, schema_plan_closed(), row.plan, &closed);
	else if (text_equal(row.coordinator, e->department))
		emit_coordinator(d, &row, next);
	return ERR_OK;
}

/* A release counts only in the term that is registered; what is heard late moves nothing. The one
 * that gave it up takes it again, in a new term, when the other is no party. */
enum err register_react_released(struct decision *d, const struct record *record, const void *event)
{
	const struct coordination_released *e = event;
	struct register_row row;

	(void)record;
	if (!get_plan(&d->state, e->plan, &row) || !text_equal(row.coordinator, e->department) ||
		row.term != e->term)
		return ERR_OK;
	const struct register_party *next = party_of(&row, e->to);
	if (!next || next->left)
		next = party_of(&row, e->department);
	if (next && !next->left)
		emit_coordinator(d, &row, next);
	return ERR_OK;
}

void register_apply_nothing(struct fold *fold, const struct record *record, const void *event)
{
	(void)fold;
	(void)record;
	(void)event;
}

/* ---- applying -------------------------------------------------------------------------------- */

static void put_plan(struct fold *fold, const struct register_row *row)
{
	struct key key = intake_key(row->plan);
	struct key of_citizen = intake_key_pair(row->citizen, row->plan);

	fold_put(fold, TREE_REGISTER, &key, schema_register_row(), row);
	fold_put(fold, TREE_CITIZEN_PLAN, &of_citizen, NULL, NULL);
}

/* The row of the plan, or a new one, with room for one more party. */
static void load_plan(
	struct fold *fold, struct uuid plan, struct uuid citizen, struct register_row *ret)
{
	struct register_party *parties = arena_alloc(fold->state.arena, PARTIES * sizeof(*parties));

	if (!parties)
		store_fail(fold->state.txn, ERR_NO_MEMORY);
	if (!get_plan(&fold->state, plan, ret))
		*ret = (struct register_row){.plan = plan, .citizen = citizen};
	for (size_t i = 0; parties && i < ret->parties.n; i++)
		parties[i] = ret->parties.at[i];
	ret->parties.at = parties;
	if (!parties)
		ret->parties.n = 0;
}

/* A department that comes again keeps its place at the end of the line. */
static void put_party(struct register_row *row, const struct register_party *party)
{
	size_t n = 0;

	for (size_t i = 0; row->parties.at && i < row->parties.n; i++)
		if (!text_equal(row->parties.at[i].department, party->department))
			row->parties.at[n++] = row->parties.at[i];
	if (row->parties.at && n < PARTIES)
		row->parties.at[n++] = *party;
	row->parties.n = n;
	row->closed = false;
}

void register_apply_referred(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_referred *e = event;
	struct register_row row;

	(void)record;
	load_plan(fold, e->plan, e->citizen, &row);
	put_plan(fold, &row);
}

void register_apply_coordinator(struct fold *fold, const struct record *record, const void *event)
{
	const struct coordinator_registered *e = event;
	const struct register_party *known;
	struct register_row row;

	(void)record;
	load_plan(fold, e->plan, e->citizen, &row);
	known = party_of(&row, e->department);
	if (!known || known->left || !uuid_equal(known->part, e->part))
		put_party(&row, &(struct register_party){e->department, e->part, false});
	row.coordinator = e->department;
	row.term = e->term;
	put_plan(fold, &row);
}

void register_apply_party(struct fold *fold, const struct record *record, const void *event)
{
	const struct party_registered *e = event;
	struct register_row row;

	(void)record;
	load_plan(fold, e->plan, e->citizen, &row);
	put_party(&row, &(struct register_party){e->department, e->part, false});
	put_plan(fold, &row);
}

void register_apply_left(struct fold *fold, const struct record *record, const void *event)
{
	const struct party_left *e = event;
	struct register_row row;
	size_t there = 0;

	(void)record;
	load_plan(fold, e->plan, e->citizen, &row);
	for (size_t i = 0; i < row.parties.n; i++) {
		row.parties.at[i].left |= text_equal(row.parties.at[i].department, e->department);
		there += !row.parties.at[i].left;
	}
	if (text_equal(row.coordinator, e->department))
		row.coordinator = TEXT_NONE;
	row.closed = there == 0;
	put_plan(fold, &row);
}

/* The plan that was joined is there, or comes into being with its first party. */
void register_apply_joined(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_joined *e = event;
	struct register_row row;

	(void)record;
	load_plan(fold, e->plan, e->citizen, &row);
	put_plan(fold, &row);
}
