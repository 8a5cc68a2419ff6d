/* Walks the facts behind one figure and names their events; reads replica trees through the state
 * it is given and touches nothing else. */
#include "services/reporting/evidence.h"

#include <string.h>

/* The events behind the item's part in a measure, as they happened. */
static size_t references_of(
	const struct item *item, unsigned evidence, struct reference ret[REFERENCES_MAX])
{
	const struct inquiry_fact *fact = item->fact;
	const struct ledger_entry *entry = item->entry;
	struct reference held = {.seq = 0};
	size_t n = 0;

	if (fact)
		held = (struct reference){.seq = fact->held_seq,
			.type = fact_event_first_talk_held,
			.at = fact->held_at};
	if (fact && evidence & EVIDENCE_RECEIVED)
		ret[n++] = (struct reference){.seq = fact->received_seq,
			.type = fact_event_inquiry_received,
			.at = fact->received_at};
	if (fact && evidence & EVIDENCE_OFFERED)
		ret[n++] = fact->promised_at ? (struct reference){.seq = fact->promised_seq,
						       .type = fact_event_first_talk_booked,
						       .at = fact->promised_at}
					     : held;
	if (fact && evidence & EVIDENCE_HELD)
		ret[n++] = held;
	if (entry && evidence & EVIDENCE_MADE)
		ret[n++] = (struct reference){
			.seq = entry->seq, .type = entry->event, .at = entry->at};
	if (entry && evidence & EVIDENCE_SETTLED)
		ret[n++] = (struct reference){.seq = entry->settled_seq,
			.type = entry->settled_by,
			.at = entry->settled_at};
	for (size_t i = 0; i < n; i++) {
		ret[i].node = item->node;
		ret[i].entity = ret[i].inquiry = item->id;
	}
	for (size_t i = 0; i < item->n_references && n < REFERENCES_MAX; i++)
		if (item->references[i].bit & evidence)
			ret[n++] = item->references[i];
	return n;
}

static bool is_behind(const struct figure *figure, const struct item *item)
{
	const struct measure *measure = &figure->selection.kind->measures[figure->column->measure];
	int64_t keys[GROUPING_KEYS_MAX];
	int64_t value = 0;
	size_t n;

	if (!measure_takes(measure, item, &value))
		return false;
	n = figure->grouping.keys(item, keys);
	for (size_t i = 0; i < n; i++)
		if (keys[i] == figure->key)
			return true;
	return false;
}

/* A list as it grows, and where in which item it stands. */
struct listing {
	struct report_event_list *list;
	struct arena *arena;
	size_t limit;
	const char *node;
	int64_t stage;
	struct uuid id;
	int64_t taken; /* of that item */
	int64_t skip;  /* of that item, handed out before */
};

static void enter_item(struct listing *listing, const struct item *item, int64_t stage)
{
	if (listing->node == item->node && listing->stage == stage &&
		uuid_equal(listing->id, item->id))
		return;
	listing->node = item->node;
	listing->stage = stage;
	listing->id = item->id;
	listing->taken = 0;
	listing->skip = 0;
}

/* False: the list is full, and says where it goes on. */
static bool add(struct listing *listing, const struct reference *reference)
{
	struct report_event_list *list = listing->list;

	if (listing->skip > 0) {
		listing->skip--;
		listing->taken++;
		return true;
	}
	if (list->events.n == listing->limit) {
		list->next = arena_alloc(listing->arena, sizeof(*list->next));
		if (list->next)
			*list->next = (struct report_cursor){text_of(listing->node), listing->id,
				listing->taken, listing->stage};
		return false;
	}
	list->events.at[list->events.n++] = (struct report_event){.node = text_of(reference->node),
		.seq = reference->seq,
		.type = text_of(enum_word(words_fact_event, reference->type)),
		.inquiry = reference->inquiry,
		.occurred_at = reference->at,
		.entity = reference->entity};
	listing->taken++;
	return true;
}

static bool add_item(struct listing *listing, const struct figure *figure, const struct item *item,
	int64_t stage)
{
	const struct measure *measure = &figure->selection.kind->measures[figure->column->measure];
	struct reference references[REFERENCES_MAX];

	enter_item(listing, item, stage);
	if (!is_behind(figure, item))
		return true;
	size_t n = references_of(item, measure->evidence, references);
	for (size_t i = 0; i < n; i++)
		if (!add(listing, &references[i]))
			return false;
	return true;
}

enum err evidence_list(struct state *state, const struct figure *figure,
	const struct evidence_page *page, struct report_event_list *ret)
{
	const struct selection *selection = &figure->selection;
	struct listing listing = {.list = ret, .arena = state->arena, .limit = page->limit};
	struct walk walk;
	struct item item;
	bool more = true;

	memset(ret, 0, sizeof(*ret));
	walk_begin(&walk, state, &selection->kind->course, selection->period);
	if (page->after) {
		const struct place place = {
			page->after->node, page->after->stage, page->after->inquiry};
		if (!walk_seek(&walk, &place))
			return ERR_NOT_FOUND;
		listing.node = state_owner_name(state, walk.owner);
		listing.stage = place.stage;
		listing.id = place.id;
		listing.skip = page->after->taken;
	}
	ret->events.at = arena_alloc(state->arena, page->limit * sizeof(*ret->events.at));
	if (!ret->events.at)
		return ERR_NO_MEMORY;
	while (more && walk_next(&walk, &item))
		more = add_item(&listing, figure, &item, (int64_t)walk.stage);
	walk_end(&walk);
	if (!more && !ret->next)
		return ERR_NO_MEMORY;
	return store_error(state->txn);
}
