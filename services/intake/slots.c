/* Times for first talks: which suit whom, publishing, withdrawing, places. Pure; state through
 * service.h. */
#include "services/intake/slots.h"

#include "common/clock.h"
#include "services/intake/offers.h"

enum { FREE_LOOKED_AT = 400, SLOT_BYTES = 4096 };

/* ---- which suits ----------------------------------------------------------------------------- */

struct slot_need slot_need_of(const struct inquiry_view *view)
{
	return (struct slot_need){.prefers = view->prefers,
		.language = view->language,
		.interpreter = view->interpreter,
		.area = view->life_areas.n ? view->life_areas.at[0] : life_area_none};
}

static bool is_danish(struct text language)
{
	return language.n == 0 || text_is(language, "da");
}

static bool speaks(const struct slot *slot, struct text language)
{
	if (slot->languages.n == 0)
		return is_danish(language);
	for (size_t i = 0; i < slot->languages.n; i++)
		if (text_equal(slot->languages.at[i], language) ||
			(is_danish(language) && is_danish(slot->languages.at[i])))
			return true;
	return false;
}

static bool knows(const struct slot *slot, enum life_area area)
{
	for (size_t i = 0; i < slot->competences.n; i++)
		if (slot->competences.at[i] == area)
			return true;
	return slot->competences.n == 0;
}

bool slot_suits(const struct slot *slot, const struct slot_need *need)
{
	return (!need->prefers || slot->mode == need->prefers) &&
	       (need->interpreter || speaks(slot, need->language)) && knows(slot, need->area);
}

bool slot_get(struct state *state, struct uuid slot, struct slot_view *ret)
{
	struct key key = intake_key(slot);

	return state_get(state, TREE_SLOT, &key, schema_slot_view(), ret);
}

bool slot_find(
	struct state *state, const struct slot_need *need, int64_t from, struct slot_view *ret)
{
	struct key start = intake_key_time(from);
	struct rows rows;
	bool found = false;

	rows_begin(&rows, state, TREE_SLOT_FREE, NULL, NULL, &start);
	for (int i = 0; !found && i < FREE_LOOKED_AT && rows_next(&rows, NULL); i++)
		found = slot_get(state, intake_key_last_id(rows.scan.key), ret) &&
			slot_suits(ret->slot, need);
	rows_end(&rows);
	return found;
}

enum err slot_require_free(struct decision *d, struct uuid slot, struct slot_view *ret)
{
	if (!slot_get(&d->state, slot, ret))
		return decision_refuse(d, ERR_NOT_FOUND, "slot", "is not known here");
	if (ret->withdrawn)
		return decision_refuse(d, ERR_CONFLICT, "slot", "was withdrawn");
	if (ret->booked >= ret->slot->places)
		return decision_refuse(d, ERR_CONFLICT, "slot", "is fully booked");
	if (!d->historical && ret->slot->start < d->now)
		return decision_refuse(d, ERR_CONFLICT, "slot", "has begun already");
	return ERR_OK;
}

/* ---- publishing ------------------------------------------------------------------------------ */

static int64_t end_of(const struct slot *slot)
{
	return slot->start + slot->minutes * MS_PER_MINUTE;
}

/* Both as they would stand in a journal: every value has exactly one encoding. */
static bool same_content(const struct slot *a, const struct slot *b)
{
	struct buffer first, second;

	buffer_init(&first, SLOT_BYTES);
	buffer_init(&second, SLOT_BYTES);
	schema_encode(schema_slot(), a, &first);
	schema_encode(schema_slot(), b, &second);
	bool same = !first.failed && !second.failed &&
		    bytes_equal(buffer_bytes(&first), buffer_bytes(&second));
	buffer_done(&first);
	buffer_done(&second);
	return same;
}

/* Slots of a desk do not overlap, so the last one that begins before this one ends is the only one
 * to look at. */
static bool overlaps_stored(struct state *state, const struct slot *slot)
{
	struct key desk = intake_key_text(slot->desk);
	struct key before_end = intake_key_text_time(slot->desk, end_of(slot));
	struct slot_view other;
	struct rows rows;

	rows_begin_down(&rows, state, TREE_SLOT_DESK, NULL, &desk, &before_end);
	bool overlaps = rows_next(&rows, NULL) &&
			slot_get(state, intake_key_last_id(rows.scan.key), &other) &&
			other.slot->start < end_of(slot) && end_of(other.slot) > slot->start;
	rows_end(&rows);
	return overlaps;
}

static bool overlaps(const struct slot *a, const struct slot *b)
{
	return text_equal(a->desk, b->desk) && a->start < end_of(b) && b->start < end_of(a);
}

/* One slot against what is stored; *ret_known: it was published before, with the same content. */
static enum err check_stored(struct decision *d, const struct slot *slot, bool *ret_known)
{
	struct slot_view stored;

	*ret_known = false;
	if (slot_get(&d->state, slot->slot, &stored)) {
		*ret_known = !stored.withdrawn && same_content(stored.slot, slot);
		return *ret_known ? ERR_OK
				  : decision_refuse(d, ERR_CONFLICT, "slot",
					    "is in use by another slot, or was withdrawn");
	}
	if (!d->historical && slot->start < d->now)
		return decision_refuse(d, ERR_INVALID, "start", "lies in the past");
	if (overlaps_stored(&d->state, slot))
		return decision_refuse(
			d, ERR_CONFLICT, "start", "overlaps another slot of the same desk");
	return ERR_OK;
}

/* Slot i against those before it in the same command. */
static enum err check_earlier(
	struct decision *d, const struct publish_slots *c, size_t i, bool *ret_known)
{
	const struct slot *slot = &c->slots.at[i];

	for (size_t j = 0; j < i; j++) {
		const struct slot *other = &c->slots.at[j];
		if (uuid_equal(slot->slot, other->slot)) {
			*ret_known = same_content(slot, other);
			return *ret_known ? ERR_OK
					  : decision_refuse(d, ERR_CONFLICT, "slot",
						    "is given twice with different content");
		}
		if (overlaps(slot, other))
			return decision_refuse(
				d, ERR_CONFLICT, "start", "overlaps another slot of the same desk");
	}
	return ERR_OK;
}

enum err slots_decide_publish(struct decision *d, const void *command)
{
	const struct publish_slots *c = command;
	struct slot *anew = arena_alloc(d->state.arena, c->slots.n * sizeof(*anew));
	size_t n = 0;

	if (!anew)
		return decision_refuse(d, ERR_BUSY, "", "too much in one turn");
	for (size_t i = 0; i < c->slots.n; i++) {
		bool known;
		enum err err = check_stored(d, &c->slots.at[i], &known);
		if (!err && !known)
			err = check_earlier(d, c, i, &known);
		if (err) {
			reason_prefix(d->reason, "slots", (long)i);
			return err;
		}
		if (known)
			continue;
		anew[n] = c->slots.at[i];
		const struct slot_published e = {.slot = &anew[n++]};
		decision_emit(d, schema_slot_published(), e.slot->slot, &e);
	}
	offers_make(d, anew, n);
	return ERR_OK;
}

enum err slots_decide_withdraw(struct decision *d, const void *command)
{
	const struct withdraw_slot *c = command;
	struct done *reply = d->reply;
	struct slot_view view;

	if (!slot_get(&d->state, c->slot, &view))
		return decision_refuse(d, ERR_NOT_FOUND, "slot", "is not known here");
	if (view.booked > 0)
		return decision_refuse(d, ERR_CONFLICT, "slot",
			"has %lld booked: move or cancel them first", (long long)view.booked);
	reply->id = c->slot;
	if (view.withdrawn)
		return ERR_OK;
	const struct slot_withdrawn e = {.slot = c->slot, .why = c->why};
	decision_emit(d, schema_slot_withdrawn(), c->slot, &e);
	return ERR_OK;
}

/* ---- applying -------------------------------------------------------------------------------- */

static bool is_free(const struct slot_view *view)
{
	return !view->withdrawn && view->booked < view->slot->places;
}

/* The row, and its key among the free ones when that changes. */
static void put_slot(struct fold *fold, const struct slot_view *view, bool was_free)
{
	struct key key = intake_key(view->slot->slot);
	struct key among_free = intake_key_time_id(view->slot->start, view->slot->slot);

	fold_put(fold, TREE_SLOT, &key, schema_slot_view(), view);
	if (is_free(view) && !was_free)
		fold_put(fold, TREE_SLOT_FREE, &among_free, NULL, NULL);
	if (!is_free(view) && was_free)
		fold_delete(fold, TREE_SLOT_FREE, &among_free);
}

static struct key desk_key(const struct slot *slot)
{
	return intake_key_text_time_id(slot->desk, slot->start, slot->slot);
}

void slots_apply_published(struct fold *fold, const struct record *record, const void *event)
{
	const struct slot_published *e = event;
	struct key desk = desk_key(e->slot);

	(void)record;
	put_slot(fold, &(struct slot_view){.slot = e->slot}, false);
	fold_put(fold, TREE_SLOT_DESK, &desk, NULL, NULL);
}

void slots_apply_withdrawn(struct fold *fold, const struct record *record, const void *event)
{
	const struct slot_withdrawn *e = event;
	struct slot_view view;

	(void)record;
	if (!slot_get(&fold->state, e->slot, &view))
		return;
	struct key desk = desk_key(view.slot);
	bool was_free = is_free(&view);
	view.withdrawn = true;
	put_slot(fold, &view, was_free);
	fold_delete(fold, TREE_SLOT_DESK, &desk);
}

static void change_places(struct fold *fold, struct uuid slot, int change)
{
	struct slot_view view;

	if (!slot_get(&fold->state, slot, &view))
		return;
	bool was_free = is_free(&view);
	view.booked += change;
	put_slot(fold, &view, was_free);
}

void slot_take(struct fold *fold, struct uuid slot)
{
	change_places(fold, slot, 1);
}

void slot_release(struct fold *fold, struct uuid slot)
{
	change_places(fold, slot, -1);
}
