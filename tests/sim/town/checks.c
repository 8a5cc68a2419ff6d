/* What must hold of the mechanism while the town runs: counters of both sides of each link against
 * a walk of the owner's journal. Touches nothing. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine_private.h"
#include "tests/sim/town/clients.h"

/* What a walk of one node's journal has seen: how many of its first n records are addressed to each
 * follower, and which reactions stand in it. */
struct walked {
	uint64_t seq;
	size_t size;
	uint32_t *addressed[NODES]; /* by number of the record, up to seq */
	struct caused *causes;
	size_t n_causes, causes_size;
};

/* The last record that a record of another node led to. */
struct caused {
	unsigned owner;
	uint64_t cause, seq;
};

enum { UNACKED_BATCHES = 64, DUPLICATED = 12 };

static struct walked walks[NODES];

void fail(const char *format, ...)
{
	struct sim_result *result = world.result;
	va_list args;

	if (result->failed)
		return;
	va_start(args, format);
	vsnprintf(result->why, sizeof(result->why), format, args);
	va_end(args);
	result->failed = true;
	trace("FAILED: %s", result->why);
}

static int node_number(struct text name)
{
	for (unsigned i = 0; i < NODES; i++)
		if (text_is(name, node_names[i]))
			return (int)i;
	return -1;
}

/* ---- walking a journal ----------------------------------------------------------------------- */

static bool is_for(const struct record *record, unsigned owner, unsigned follower)
{
	const struct daemon_config *config = &world.layout->config[owner];
	uint32_t sealed = config->program->service->sealed_peers;

	for (size_t i = 0; i < config->n_followers; i++)
		if (!strcmp(config->followers[i].name, node_names[follower]) &&
			(((uint64_t)record->audience & config->followers[i].role) ||
				(sealed & config->followers[i].role)))
			return true;
	for (size_t i = 0; i < record->grants.n; i++)
		if (text_is(record->grants.at[i].to, node_names[follower]))
			return true;
	return false;
}

static void grow(struct walked *walk)
{
	size_t size = walk->size ? walk->size * 2 : 1024;

	for (unsigned f = 0; f < NODES; f++) {
		walk->addressed[f] = realloc(walk->addressed[f], size * sizeof(uint32_t));
		if (!walk->addressed[f])
			abort();
		walk->addressed[f][0] = 0;
	}
	walk->size = size;
}

/* The owner was put back, and may have used that number for another record since. */
static bool used_again(int owner, uint64_t seq)
{
	return owner >= 0 && world.nodes[owner].put_back_to &&
	       seq >= world.nodes[owner].put_back_to;
}

/* I3: all records that one record of another node led to were written at once. */
static void note_cause(unsigned node, const struct record *record)
{
	struct walked *walk = &walks[node];
	int owner = node_number(record->cause->node);
	struct caused *at = walk->causes;

	for (; at < walk->causes + walk->n_causes; at++)
		if ((int)at->owner == owner && at->cause == (uint64_t)record->cause->seq)
			break;
	if (at == walk->causes + walk->n_causes) {
		if (walk->n_causes == walk->causes_size) {
			walk->causes_size = walk->causes_size ? 2 * walk->causes_size : 256;
			walk->causes =
				realloc(walk->causes, walk->causes_size * sizeof(*walk->causes));
			if (!walk->causes)
				abort();
			at = walk->causes + walk->n_causes;
		}
		walk->n_causes++;
		*at = (struct caused){(unsigned)owner, (uint64_t)record->cause->seq, 0};
	} else if (at->seq + 1 != (uint64_t)record->seq && !used_again(owner, at->cause)) {
		fail("I3: %s reacted twice to record %lld of %s: at %llu and at %lld",
			node_names[node], (long long)record->cause->seq,
			owner < 0 ? "?" : node_names[owner], (unsigned long long)at->seq,
			(long long)record->seq);
	}
	at->seq = (uint64_t)record->seq;
}

static void note_record(unsigned node, const struct record *record)
{
	struct walked *walk = &walks[node];
	uint64_t seq = (uint64_t)record->seq;

	if (seq != walk->seq + 1)
		fail("I4: the journal of %s goes on with %llu behind %llu", node_names[node],
			(unsigned long long)seq, (unsigned long long)walk->seq);
	while (walk->size <= seq)
		grow(walk);
	for (unsigned f = 0; f < NODES; f++)
		walk->addressed[f][seq] = walk->addressed[f][walk->seq] + is_for(record, node, f);
	walk->seq = seq;
	if (world.options.trace)
		trace("%s has written %llu: %.*s about %02x%02x%02x%02x", node_names[node],
			(unsigned long long)seq, (int)record->type.n, record->type.p,
			record->entity.b[12], record->entity.b[13], record->entity.b[14],
			record->entity.b[15]);
	world.result->counts.records++;
	bool dropped = text_is(record->type, schema_record_dropped()->head->name); /* no reaction */
	if (record->cause && !dropped)
		note_cause(node, record);
}

static void walk_journal(unsigned number)
{
	struct walked *walk = &walks[number];
	struct journal_entry entry;
	struct key from = {0};
	struct scan scan;
	struct txn *txn;

	if (walk->size == 0)
		grow(walk);
	if (walk->seq >= world.nodes[number].head.seq)
		return;
	arena_reset(&world.arena);
	if (store_begin(world.nodes[number].store, STORE_READ, &world.arena, &txn))
		return;
	key_add_u64(&from, walk->seq + 1);
	scan_begin(&scan, txn, CORE_JOURNAL, SCAN_UP, BYTES_NONE, key_bytes(&from));
	while (scan_next(&scan)) {
		struct arena_mark mark = arena_mark(&world.arena);
		if (journal_parse(scan.value, &world.arena, &entry))
			fail("I4: a record of %s behind %llu cannot be read", node_names[number],
				(unsigned long long)walk->seq);
		else
			note_record(number, &entry.record);
		arena_release(&world.arena, &mark);
	}
	scan_end(&scan);
	store_abort(txn);
}

void checks_rewind(unsigned node, uint64_t seq)
{
	struct walked *walk = &walks[node];
	size_t kept = 0;

	if (walk->seq <= seq)
		return;
	walk->seq = seq;
	for (size_t i = 0; i < walk->n_causes; i++)
		if (walk->causes[i].seq <= seq)
			walk->causes[kept++] = walk->causes[i];
	walk->n_causes = kept;
}

int follower_index(unsigned owner, unsigned follower)
{
	const struct daemon_config *config = &world.layout->config[owner];

	for (size_t i = 0; i < config->n_followers; i++)
		if (!strcmp(config->followers[i].name, node_names[follower]))
			return (int)i;
	return -1;
}

/* ---- one link -------------------------------------------------------------------------------- */

/* I13: what the owner shows of a follower is what its journal says. */
static void check_queue(unsigned owner, unsigned follower)
{
	struct engine *engine = node_engine(&world.nodes[owner]);
	int index = follower_index(owner, follower);
	const struct walked *walk = &walks[owner];
	struct queue queue;

	if (index < 0 || engine_queue(engine, (unsigned)index, &queue))
		return;
	uint64_t addressed = walk->addressed[follower][walk->seq];
	uint64_t delivered =
		queue.through <= walk->seq ? walk->addressed[follower][queue.through] : UINT64_MAX;
	if (queue.addressed != addressed || queue.delivered != delivered)
		fail("I13: %s shows %llu addressed to %s and %llu delivered through %llu; its "
		     "journal has %llu and %llu",
			node_names[owner], (unsigned long long)queue.addressed,
			node_names[follower], (unsigned long long)queue.delivered,
			(unsigned long long)queue.through, (unsigned long long)addressed,
			(unsigned long long)delivered);
}

/* What it has is no prefix of the owner's journal. */
static bool is_astray(unsigned owner, const struct cursor_row *row)
{
	uint64_t at = (uint64_t)(row->hash_at ? row->hash_at : row->through);
	uint8_t hash[HASH_BYTES];

	return (uint64_t)row->through > walks[owner].seq ||
	       (row->hash.n == HASH_BYTES && (!flight_hash(&world.nodes[owner], at, hash) ||
						     memcmp(hash, row->hash.p, HASH_BYTES) != 0));
}

/* I5, I6, I9: what the follower has of the owner is all of what is addressed to it, up to a durable
 * record. */
static void check_cursor(unsigned follower, unsigned owner, unsigned index, bool quiet)
{
	const struct walked *walk = &walks[owner];
	struct cursor_row row;

	engine_cursor(node_engine(&world.nodes[follower]), index, &row);
	if (is_astray(owner, &row)) {
		if (world.nodes[owner].lives == 0 || quiet)
			fail("I5: %s has %lld of %s, which is not in its journal of %llu",
				node_names[follower], (long long)row.through, node_names[owner],
				(unsigned long long)walk->seq);
		return;
	}
	int64_t have = row.applied + row.quarantined + row.withheld + row.dropped;
	if (have != walk->addressed[follower][row.through])
		fail("I9: %s has %lld applied, %lld quarantined, %lld withheld, %lld dropped of "
		     "%s through %lld; %u are addressed to it",
			node_names[follower], (long long)row.applied, (long long)row.quarantined,
			(long long)row.withheld, (long long)row.dropped, node_names[owner],
			(long long)row.through, walk->addressed[follower][row.through]);
}

static void check_links(unsigned number, bool quiet)
{
	struct node *node = &world.nodes[number];
	const struct daemon_config *config = &world.layout->config[number];

	if (!node_up(node))
		return;
	for (size_t i = 0; i < config->n_owners; i++) {
		int owner = node_number(text_of(config->owners[i].name));
		if (owner >= 0)
			check_cursor(number, (unsigned)owner, (unsigned)i, quiet);
	}
	for (size_t i = 0; i < config->n_followers; i++) {
		int follower = node_number(text_of(config->followers[i].name));
		if (follower >= 0)
			check_queue(number, (unsigned)follower);
	}
}

/* ---- when ------------------------------------------------------------------------------------ */

/* I12: nothing that is kept for a peer grows beyond what it was allowed. */
static void check_memory(const struct node *node)
{
	const struct daemon *daemon = node->daemon;

	if (daemon->n_batches > sizeof(daemon->batches) / sizeof(daemon->batches[0]) ||
		daemon->n_pending > sizeof(daemon->pending) / sizeof(daemon->pending[0]))
		fail("I12: %s keeps more than it has room for", node->name);
	if (wires_batches() > UNACKED_BATCHES + DUPLICATED)
		fail("I12: %u batches are under way to one follower", wires_batches());
}

static struct town_view view_of(bool healed)
{
	struct town_view view = {.n = SPOKEN_TO, .now = world.now, .healed = healed};

	for (unsigned i = 0; i < SPOKEN_TO; i++) {
		view.engine[i] = node_engine(&world.nodes[i]);
		view.store[i] = world.nodes[i].store;
		view.up[i] = node_up(&world.nodes[i]);
	}
	return view;
}

struct town_view checks_view(void)
{
	return view_of(world.healing && !not_yet_quiet());
}

/* What is said to the town makes no difference to these. */
static void check_town(const struct town_view *view)
{
	arena_reset(&world.arena);
	const char *wrong = town_check(world.check, view, &world.arena);
	if (wrong)
		fail("%s", wrong);
}

void check_step(struct node *node)
{
	const struct town_view view = view_of(false);
	struct head head;

	if (!node_up(node))
		return;
	engine_head(node_engine(node), &head);
	if (head.seq != node->head.seq || memcmp(head.hash, node->head.hash, HASH_BYTES) != 0)
		fail("I1: %s shows head %llu, %llu is durable", node->name,
			(unsigned long long)head.seq, (unsigned long long)node->head.seq);
	check_memory(node);
	check_town(&view);
}

void check_sometimes(void)
{
	struct town_view view = checks_view();

	for (unsigned i = 0; i < NODES; i++)
		walk_journal(i);
	for (unsigned i = 0; i < NODES; i++)
		check_links(i, view.healed);
	check_town(&view);
}

/* ---- quiet ----------------------------------------------------------------------------------- */

static const char *link_not_quiet(unsigned follower, unsigned index)
{
	static char text[160];
	struct daemon *daemon = world.nodes[follower].daemon;
	struct source *source = &daemon->sources[index];
	int owner = node_number(text_of(daemon->config.owners[index].name));
	struct cursor_row row;
	struct queue queue = {0};

	engine_cursor(daemon->engine, index, &row);
	uint64_t head = world.nodes[owner].head.seq;
	struct engine *engine = node_engine(&world.nodes[owner]);
	int at = follower_index((unsigned)owner, follower);
	if (at < 0 || engine_queue(engine, (unsigned)at, &queue))
		return "a queue cannot be read";
	if (row.quarantined == 0 && !engine_diverged(daemon->engine, index) &&
		bus_link_up(source->link) && (uint64_t)row.through == head &&
		queue.addressed == queue.delivered && queue.through == head)
		return NULL;
	snprintf(text, sizeof(text),
		"%s -> %s: %s%s, %lld aside, through %lld of %llu, waiting %llu", node_names[owner],
		node_names[follower], bus_link_up(source->link) ? "up" : "not up",
		engine_diverged(daemon->engine, index) ? ", diverged" : "",
		(long long)row.quarantined, (long long)row.through, (unsigned long long)head,
		(unsigned long long)(queue.addressed - queue.delivered));
	return text;
}

const char *not_yet_quiet(void)
{
	static char text[64];

	if (!clients_done())
		return "a command is not answered";
	for (unsigned i = 0; i < NODES; i++) {
		if (node_up(&world.nodes[i]))
			continue;
		snprintf(text, sizeof(text), "%s is not up", node_names[i]);
		return text;
	}
	for (unsigned i = 0; i < NODES; i++)
		for (size_t k = 0; k < world.nodes[i].daemon->config.n_owners; k++) {
			const char *why = link_not_quiet(i, (unsigned)k);
			if (why)
				return why;
		}
	return NULL;
}
