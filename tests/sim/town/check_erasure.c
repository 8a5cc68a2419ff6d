/* Erasure: what an owner erased can be opened nowhere, neither in its journal and state nor in what
 * others have of it (I11). Touches stores, reading only. */
#include <string.h>

#include "tests/sim/town/check_private.h"

struct erased {
	struct uuid person;
	unsigned owner;
};

/* The id that a department had for the citizen of a provisional plan, and whose it turned out to
 * be.
 */
struct other_id {
	unsigned node;
	struct uuid plan, id, citizen;
};

static void see_opened(struct seen *s, const void *event)
{
	const struct part_opened *e = event;
	struct other_id *other = e->provisional ? grown_add(&s->check->ids, sizeof(*other)) : NULL;

	if (other)
		*other = (struct other_id){s->node, e->plan, e->citizen, e->citizen};
}

static void see_joined(struct seen *s, const void *event)
{
	const struct part_joined *e = event;
	struct other_id *ids = s->check->ids.at;

	for (size_t i = 0; i < s->check->ids.n; i++)
		if (ids[i].node == s->node && uuid_equal(ids[i].plan, e->provisional_plan))
			ids[i].citizen = e->citizen;
}

static void note_erased(struct town_check *check, unsigned owner, struct uuid person)
{
	struct erased *erased = grown_add(&check->erased, sizeof(*erased));

	erased->person = person;
	erased->owner = owner;
}

static void see_erased(struct seen *s, const void *event)
{
	const struct person_erased *e = event;
	const struct other_id *ids = s->check->ids.at;

	note_erased(s->check, s->node, e->person);
	for (size_t i = 0; i < s->check->ids.n; i++)
		if (ids[i].node == s->node && uuid_equal(ids[i].citizen, e->person))
			note_erased(s->check, s->node, ids[i].id);
}

static void forget(struct town_check *check, unsigned node)
{
	struct erased *erased = check->erased.at;
	size_t kept = 0;

	for (size_t i = 0; i < check->erased.n; i++)
		if (erased[i].owner != node)
			erased[kept++] = erased[i];
	check->erased.n = kept;
	struct other_id *ids = check->ids.at;
	kept = 0;
	for (size_t i = 0; i < check->ids.n; i++)
		if (ids[i].node != node)
			ids[kept++] = ids[i];
	check->ids.n = kept;
}

/* Personal texts of records, on the look-out for those who were erased by that owner. */
struct searching {
	struct town_check *check;
	unsigned node, owner;
	const char *what;
	size_t looked;
};

static enum err search_text(void *ctx, const struct personal *personal)
{
	struct searching *search = ctx;
	const struct erased *erased = search->check->erased.at;
	struct text text = *personal->text;
	struct keyring *keyring = search->check->view->engine[search->node]->options.keyring;

	for (size_t i = 0; i < search->check->erased.n; i++) {
		if (erased[i].owner != search->owner ||
			!uuid_equal(erased[i].person, personal->whose) || text.n == 0)
			continue;
		search->looked++;
		if (!text.sealed || keyring_open_text(keyring, personal->whose,
					    search->check->arena, &text) == ERR_OK)
			wrong(search->check,
				"I11: %s can still open %s in %s, of a person whom %s erased",
				town_node_name(search->node), personal->field->name, search->what,
				town_node_name(search->owner));
	}
	return ERR_OK;
}

static void search_row(struct searching *search, const struct schema *schema, const struct scan *at)
{
	struct arena *arena = search->check->arena;
	void *row = arena_alloc(arena, schema->size);
	enum err err = row ? row_decode(at, schema, arena, row) : ERR_NO_MEMORY;

	if (!err)
		err = schema_personal(schema, row, search_text, search);
	(void)err; /* rows that cannot be read are for others to find */
}

static void search_tree(struct searching *search, struct txn *txn, const struct digest_part *part)
{
	struct scan scan;

	scan_begin(&scan, txn, part->tree, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (scan_next(&scan)) {
		struct arena_mark mark = arena_mark(search->check->arena);
		search_row(search, part->of->row(), &scan);
		arena_release(search->check->arena, &mark);
	}
	scan_end(&scan);
}

static void search_trees(struct town_check *check, unsigned node, struct txn *txn)
{
	const struct engine *engine = check->view->engine[node];
	struct digest_part part;

	for (size_t i = 0; i < engine_digest_parts(engine); i++) {
		engine_digest_part(engine, i, &part);
		if (!part.of->row)
			continue;
		unsigned owner =
			part.owner == DIGEST_OWN
				? node
				: town_node_named(
					  text_of(engine_owner_name(engine, (unsigned)part.owner)));
		search_tree(&(struct searching){check, node, owner, part.of->name, 0}, txn, &part);
	}
}

static void search_journal(struct town_check *check, unsigned node, struct txn *txn)
{
	struct searching search = {check, node, node, "its journal", 0};
	struct engine *engine = check->view->engine[node];
	struct journal_entry entry;
	struct stored_event event;

	for (uint64_t seq = 1; seq <= engine->journal.seq; seq++) {
		struct arena_mark mark = arena_mark(check->arena);
		enum err err = journal_read(&engine->journal, txn, seq, check->arena, &entry);
		if (!err)
			err = engine_decode_event(engine, &entry.record, check->arena, &event);
		if (!err)
			err = schema_personal(event.schema, event.fields, search_text, &search);
		arena_release(check->arena, &mark);
	}
}

static void search_node(struct town_check *check, unsigned node)
{
	struct txn *txn;

	if (store_begin(check->view->store[node], STORE_READ, check->arena, &txn))
		return;
	search_trees(check, node, txn);
	search_journal(check, node, txn);
	store_abort(txn);
}

static void search_all(struct town_check *check)
{
	for (unsigned node = 0; node < check->view->n && check->erased.n > 0; node++)
		if (check->view->up[node])
			search_node(check, node);
}

static const struct seen_row rows[] = {
	{schema_person_erased, see_erased},
	{schema_part_opened, see_opened},
	{schema_part_joined, see_joined},
};
const struct seen_table seen_erasure = {SEEN_ROWS(rows), .back = forget, .healed = search_all};
