/* Walks the facts behind one figure and names their events; reads replica trees through the state
 * it is given and touches nothing else. */
#include "services/reporting/evidence.h"

#include <string.h>

struct reference {
	int64_t seq;
	enum fact_event type;
	int64_t at;
};

enum { REFERENCES_MAX = 5 };

/* The events behind the item's part in a measure, as they happened. */
static size_t references_of(
	const struct item *item, unsigned evidence, struct reference ret[REFERENCES_MAX])
{
	const struct inquiry_fact *fact = item->fact;
	const struct ledger_entry *entry = item->entry;
	const struct reference held = {fact->held_seq, fact_event_first_talk_held, fact->held_at};
	size_t n = 0;

	if (evidence & EVIDENCE_RECEIVED)
		ret[n++] = (struct reference){
			fact->received_seq, fact_event_inquiry_received, fact->received_at};
	if (evidence & EVIDENCE_OFFERED)
		ret[n++] = fact->promised_at
				   ? (struct reference){fact->promised_seq,
					     fact_event_first_talk_booked, fact->promised_at}
				   : held;
	if (evidence & EVIDENCE_HELD)
		ret[n++] = held;
	if (evidence & EVIDENCE_MADE)
		ret[n++] = (struct reference){entry->seq, entry->event, entry->at};
	if (evidence & EVIDENCE_SETTLED)
		ret[n++] = (struct reference){
			entry->settled_seq, entry->settled_by, entry->settled_at};
	return n;
}

static bool is_behind(const struct figure *figure, const struct item *item)
{
	const struct measure *measure = &figure->selection.kind->measures[figure->column->measure];
	int64_t keys[GROUPING_KEYS_MAX];
	int64_t value = 0;
	size_t n;

	if (!measure->of(item, &value))
		return false;
	n = figure->grouping->keys(item, keys);
	for (size_t i = 0; i < n; i++)
		if (keys[i] == figure->key)
			return true;
	return false;
}

/* A list as it grows, and where in which inquiry it stands. */
struct listing {
	struct report_event_list *list;
	struct arena *arena;
	size_t limit;
	const char *node;
	struct uuid inquiry;
	int64_t taken; /* of that inquiry */
	int64_t skip;  /* of that inquiry, handed out before */
};

static void enter_inquiry(struct listing *listing, const struct item *item)
{
	if (listing->node == item->node && uuid_equal(listing->inquiry, item->inquiry))
		return;
	listing->node = item->node;
	listing->inquiry = item->inquiry;
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
			*list->next = (struct report_cursor){
				text_of(listing->node), listing->inquiry, listing->taken};
		return false;
	}
	list->events.at[list->events.n++] = (struct report_event){.node = text_of(listing->node),
		.seq = reference->seq,
		.type = text_of(enum_word(words_fact_event, reference->type)),
		.inquiry = listing->inquiry,
		.occurred_at = reference->at};
	listing->taken++;
	return true;
}

static bool add_item(struct listing *listing, const struct figure *figure, const struct item *item)
{
	const struct measure *measure = &figure->selection.kind->measures[figure->column->measure];
	struct reference references[REFERENCES_MAX];

	enter_inquiry(listing, item);
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
	walk_begin(&walk, state, selection->kind->what, selection->period);
	if (page->after) {
		if (!walk_seek(&walk, page->after->node, page->after->inquiry))
			return ERR_NOT_FOUND;
		listing.node = state_owner_name(state, walk.owner);
		listing.inquiry = page->after->inquiry;
		listing.skip = page->after->taken;
	}
	ret->events.at = arena_alloc(state->arena, page->limit * sizeof(*ret->events.at));
	if (!ret->events.at)
		return ERR_NO_MEMORY;
	while (more && walk_next(&walk, &item))
		more = add_item(&listing, figure, &item);
	walk_end(&walk);
	if (!more && !ret->next)
		return ERR_NO_MEMORY;
	return store_error(state->txn);
}
