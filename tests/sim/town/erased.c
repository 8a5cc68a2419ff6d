/* I11 in the simulated town: after an erasure no key of that person is left, at its node and at all
 * that have heard of it. Touches nothing. */
#include "tests/sim/town/clients.h"

#include <stdlib.h>
#include <string.h>

#include "common/engine_private.h"

/* A person whose erasure stands in the owner's journal. */
static void check_person(struct node *node, const char *scope, struct uuid person)
{
	struct arena arena;
	struct txn *txn;

	arena_init(&arena, (size_t)1024 * 1024);
	if (store_begin(node->store, STORE_READ, &arena, &txn)) {
		fail("%s cannot be read", node->name);
		return;
	}
	if (engine_has_key_of(txn, &arena, scope, person))
		fail("I11: %s still has a key of a person that %s has erased", node->name,
			*scope ? scope : "it");
	store_abort(txn);
	arena_done(&arena);
}

/* It could not be read there: it lies in quarantine, or an operator dropped what nobody could read.
 */
static bool was_unreadable(
	const struct node *node, const struct node *owner, const struct record *record)
{
	struct key aside = {0}, position = engine_position_key(text_of(owner->name),
					(uint64_t)record->epoch, (uint64_t)record->seq);
	struct arena arena;
	struct txn *txn;

	key_add_text(&aside, owner->name, strlen(owner->name));
	key_add_u64(&aside, (uint64_t)record->seq);
	arena_init(&arena, (size_t)1024 * 1024);
	if (store_begin(node->store, STORE_READ, &arena, &txn))
		abort();
	bool unreadable =
		row_has(txn, CORE_QUARANTINE, &aside) || row_has(txn, CORE_DROPPED, &position);
	store_abort(txn);
	arena_done(&arena);
	return unreadable;
}

static void check_everywhere(
	const struct node *owner, const struct record *record, struct uuid person)
{
	check_person(&world.nodes[owner->index], SCOPE_OWN, person);
	for (unsigned i = 0; i < NODES; i++)
		if (i != owner->index && follower_index(owner->index, i) >= 0 &&
			!was_unreadable(&world.nodes[i], owner, record))
			check_person(&world.nodes[i], owner->name, person);
}

static void take_record(const struct node *owner, struct bytes value, struct arena *arena)
{
	struct person_erased erased;
	struct journal_entry entry;

	if (journal_parse(value, arena, &entry) ||
		!text_is(entry.record.type, schema_person_erased()->head->name))
		return;
	if (schema_decode(schema_person_erased(), text_bytes(entry.record.fields), PACK_SEALED,
		    arena, &erased, NULL))
		fail("an erasure of %s cannot be read", owner->name);
	else
		check_everywhere(owner, &entry.record, erased.person);
}

/* Every data key that was ever taken and not destroyed belongs to somebody. */
static void check_keys(struct node *node)
{
	struct engine *engine = node_engine(node);
	uint8_t *used = calloc(engine->next_slot + 1, 1);
	struct person_row row;
	struct scan scan;
	struct txn *txn;

	arena_reset(&world.arena);
	if (!used || store_begin(node->store, STORE_READ, &world.arena, &txn))
		abort();
	scan_begin(&scan, txn, CORE_PERSONS, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (scan_next(&scan))
		if (!row_decode(&scan, schema_person_row(), &world.arena, &row) &&
			(uint64_t)row.slot < engine->next_slot)
			used[row.slot] = 1;
	scan_end(&scan);
	store_abort(txn);
	for (uint32_t slot = 1; slot < engine->next_slot; slot++)
		if (!used[slot] && !keyring_destroyed(node->keyring, slot)) {
			fail("I11: data key %u of %s is nobody's and not destroyed", slot,
				node->name);
			break;
		}
	free(used);
}

void check_erased(struct node *node)
{
	struct arena arena;
	struct scan scan;
	struct txn *txn;

	arena_init(&arena, (size_t)1024 * 1024);
	arena_reset(&world.arena);
	if (store_begin(node->store, STORE_READ, &world.arena, &txn))
		abort();
	scan_begin(&scan, txn, CORE_JOURNAL, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (scan_next(&scan) && !world.result->failed) {
		arena_reset(&arena);
		take_record(node, scan.value, &arena);
	}
	scan_end(&scan);
	store_abort(txn);
	arena_done(&arena);
	check_keys(node);
}
