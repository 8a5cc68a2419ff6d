/* What must hold of the mechanism when everything has healed: the dear checks, on the nodes'
 * engines and without the network. Touches nothing. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/town/clients.h"

#include "common/engine_private.h"

enum { BATCH_BYTES = 128 * 1024 };

/* I4: numbers and hashes. */
static void check_journal(struct node *node)
{
	uint64_t bad = 0;

	if (engine_verify(node_engine(node), &bad) || bad)
		fail("I4: the journal of %s is wrong at %llu", node->name, (unsigned long long)bad);
}

/* I2: own state is what its journal folds to. */
static void check_own_state(struct node *node)
{
	struct engine *engine = node_engine(node);
	uint8_t before[HASH_BYTES], after[HASH_BYTES];

	if (engine_digest(engine, DIGEST_OWN, true, before) || engine_rebuild_own(engine) ||
		engine_digest(engine, DIGEST_OWN, true, after))
		fail("I2: the state of %s cannot be rebuilt", node->name);
	else if (memcmp(before, after, HASH_BYTES) != 0)
		fail("I2: the rebuilt state of %s differs", node->name);
}

/* ---- replicas -------------------------------------------------------------------------------- */

struct refollowing {
	struct engine *owner, *follower;
	unsigned index; /* of the owner, at the follower */
	unsigned at;    /* of the follower, at the owner */
	struct buffer items;
	struct arena arena;
};

static enum err take_stretch(struct refollowing *r, uint64_t next)
{
	struct outgoing out = {.first = next,
		.max_records = OP_ITEMS_MAX,
		.max_bytes = BATCH_BYTES,
		.items = &r->items};
	struct batch_item *items;
	struct batch batch = {.owner = r->index, .first = next};
	struct turn turn = {NULL, NULL, 0, &batch, 1};
	enum err err = engine_outgoing(r->owner, r->at, &out);

	arena_reset(&r->arena);
	if (err || out.last < next)
		return err ? err : ERR_BUG;
	err = engine_parse_items(buffer_bytes(&r->items), &r->arena, &items, &batch.n);
	batch.items = items;
	batch.last = out.last;
	batch.epoch = out.epoch;
	memcpy(batch.hash_last, out.hash_last, HASH_BYTES);
	if (!err)
		err = engine_turn(r->follower, &turn);
	return err ? err : batch.result;
}

static enum err follow_anew(struct refollowing *r)
{
	struct cursor_row row;
	struct head head;
	enum err err = engine_forget_replica(r->follower, r->index);

	engine_head(r->owner, &head);
	for (engine_cursor(r->follower, r->index, &row); !err && (uint64_t)row.through < head.seq;
		engine_cursor(r->follower, r->index, &row))
		err = take_stretch(r, (uint64_t)row.through + 1);
	return err;
}

/* I2, I3: a replica is what a fresh follower gets; and following anew leads to no reactions. */
static void check_replica(struct node *node, unsigned index)
{
	const char *name = node->daemon->config.owners[index].name;
	struct refollowing r = {0};
	uint8_t before[HASH_BYTES], after[HASH_BYTES];
	uint64_t head = node->head.seq;

	for (unsigned i = 0; i < NODES; i++)
		if (!strcmp(world.nodes[i].name, name))
			r = (struct refollowing){node_engine(&world.nodes[i]), node_engine(node),
				index, (unsigned)follower_index(i, node->index), {0}, {0}};
	buffer_init(&r.items, OP_BODY_MAX);
	arena_init(&r.arena, (size_t)32 * 1024 * 1024);
	if (engine_digest(r.follower, (int)index, false, before) || follow_anew(&r) ||
		engine_digest(r.follower, (int)index, false, after))
		fail("I2: %s cannot follow %s anew", node->name, name);
	else if (memcmp(before, after, HASH_BYTES) != 0)
		fail("I2: what %s has of %s is not what a fresh follower gets", node->name, name);
	else if (node->head.seq != head)
		fail("I3: %s followed %s anew and wrote %llu records", node->name, name,
			(unsigned long long)(node->head.seq - head));
	buffer_done(&r.items);
	arena_done(&r.arena);
}

/* ---- what was acknowledged ------------------------------------------------------------------- */

static void check_flight(const struct flight *f)
{
	struct node *node = &world.nodes[f->deed.node];
	const struct request request = {.client = text_of(f->deed.client),
		.peer = f->deed.peer,
		.key = f->key,
		.type = text_of(f->deed.command->head->name),
		.body = f->body,
		.actor = f->deed.actor,
		.occurred_at = f->deed.occurred_at,
		.historical = f->deed.historical};
	struct answer answer = {0};
	struct turn turn = {&request, &answer, 1, NULL, 0};
	uint8_t hash[HASH_BYTES];

	if (f->seq &&
		(!flight_hash(node, f->seq, hash) || memcmp(hash, f->hash, HASH_BYTES) != 0)) {
		fail("I1: %s acknowledged %s at %llu, and another record stands there", node->name,
			request.type.p, (unsigned long long)f->seq);
		return;
	}
	if (!f->kept || uuid_time(f->key) + KEY_DAYS * MS_PER_DAY < node_now(node))
		return;
	if (engine_turn(node_engine(node), &turn))
		fail("%s cannot take a turn", node->name);
	else if (answer.status || !answer.replayed || answer.seq != f->seq ||
		 !bytes_equal(answer.body, f->reply))
		fail("I7: %s acknowledged %s at %llu; asked again: %s at %llu%s", node->name,
			request.type.p, (unsigned long long)f->seq, err_word(answer.status),
			(unsigned long long)answer.seq,
			answer.replayed ? ", the stored answer" : "");
}

void check_healed(void)
{
	uint64_t follower = chance(FOR_CHECKS, NODES);

	check_sometimes();
	for (unsigned i = 0; i < NODES; i++)
		check_journal(&world.nodes[i]);
	for (unsigned i = 0; i < NODES && !world.result->failed; i++)
		check_erased(&world.nodes[i]);
	for (const struct flight *f = flights; f && !world.result->failed; f = f->next)
		if (f->phase == ANSWERED && f->line && f->status == ERR_OK &&
			f->life == world.nodes[f->deed.node].lives)
			check_flight(f);
	for (unsigned i = 0; i < NODES && !world.result->failed; i++)
		check_own_state(&world.nodes[i]);
	for (unsigned i = 0; i < world.nodes[follower].daemon->config.n_owners; i++)
		check_replica(&world.nodes[follower], i);
}
