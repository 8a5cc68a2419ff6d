/* The client side of a daemon: links to the nodes that it follows. Batches wait for the turn, and
 * are acknowledged after its commit. Touches sockets through bus.h. */
#include <string.h>

#include "common/daemon_private.h"

/* CAREFUL: each record is a commit of its own then, and a turn of many would be longer than the
 * owners are patient. */
enum { CREDIT_RECORDS = 16384, CREDIT_CAREFUL = 32, CREDIT_BYTES = 4 * 1024 * 1024 };

static int64_t credit(const struct source *source)
{
	return engine_careful(source->daemon->engine) ? CREDIT_CAREFUL : CREDIT_RECORDS;
}

static bool must_wait(const struct source *source)
{
	struct engine *engine = source->daemon->engine;

	return engine_room(engine).level == ROOM_STOPPED ||
	       engine_owner_paused(engine, source->owner);
}

static void on_welcome(void *ctx, struct bus_link *link, const struct op_welcome *welcome)
{
	struct source *source = ctx;
	struct cursor_row cursor;

	(void)welcome;
	source->waits = must_wait(source);
	if (source->waits)
		return;
	source->served = false;
	engine_cursor(source->daemon->engine, source->owner, &cursor);
	const struct op_follow follow = {.epoch = cursor.epoch,
		.next = cursor.through + 1,
		.hash = cursor.hash,
		.hash_at = cursor.hash_at,
		.credit_records = credit(source),
		.credit_bytes = CREDIT_BYTES};
	if (bus_link_send(link, &(struct bus_out){OP_FOLLOW, 0, &follow, BYTES_NONE}))
		bus_link_restart(link);
}

static void on_following(void *ctx, struct bus_link *link, const struct op_following *following)
{
	struct source *source = ctx;
	struct cursor_row cursor;

	source->served = true;
	engine_note_diverged(source->daemon->engine, source->owner, false);
	engine_cursor(source->daemon->engine, source->owner, &cursor);
	log_event(LOG_INFO, "following", LOG_TEXT("owner", bus_link_node(link)),
		LOG_INT("next", following->next), LOG_INT("head", following->head),
		LOG_INT("epoch", following->epoch));
	if (cursor.epoch && cursor.epoch < following->epoch)
		log_event(LOG_WARNING, "owner began a new epoch: it was restored",
			LOG_TEXT("owner", bus_link_node(link)), LOG_INT("epoch", following->epoch),
			LOG_INT("before", cursor.epoch));
}

static void on_batch(
	void *ctx, struct bus_link *link, const struct op_batch *batch, struct bytes items)
{
	struct source *source = ctx;
	struct daemon *daemon = source->daemon;
	if (source->waits)
		return;
	struct bytes copy = bytes_copy(&daemon->batches_arena, items);
	struct batch_item *at;
	size_t n;

	if (daemon->n_batches == sizeof(daemon->batches) / sizeof(daemon->batches[0]) || !copy.p ||
		engine_parse_items(copy, &daemon->batches_arena, &at, &n)) {
		bus_link_restart(link); /* more than its credit: it begins again at our cursor */
		return;
	}
	struct pending_batch *pending = &daemon->batches[daemon->n_batches++];
	*pending = (struct pending_batch){.batch = {.owner = source->owner,
						  .epoch = (uint64_t)batch->epoch,
						  .first = (uint64_t)batch->first,
						  .last = (uint64_t)batch->last,
						  .items = at,
						  .n = n},
		.source = source};
	if (batch->hash_last.n == HASH_BYTES)
		memcpy(pending->batch.hash_last, batch->hash_last.p, HASH_BYTES);
	loop_task_defer(daemon->turn);
}

static void diverged(struct source *source, const char *why)
{
	source->served = false;
	engine_note_diverged(source->daemon->engine, source->owner, true);
	log_event(LOG_ERROR,
		"diverged: nothing more is taken from this node until an operator decides",
		LOG_TEXT("owner", bus_link_node(source->link)), LOG_TEXT("why", why));
}

static void on_error(void *ctx, struct bus_link *link, const struct op_error *error)
{
	struct source *source = ctx;
	struct reason reason;

	op_reason_of_error(error, &reason);
	log_event(LOG_WARNING, "owner refused", LOG_TEXT("owner", bus_link_node(link)),
		LOG_TEXT("code", err_word(reason.code)), LOG_TEXT("rule", reason.rule));
	if (reason.code == ERR_DIVERGED)
		diverged(source, reason.rule);
	else if (reason.code != ERR_DENIED && bus_link_up(link))
		bus_link_restart(link); /* FOLLOW may have been what failed: it is said again */
}

static void on_heartbeat(void *ctx, struct bus_link *link, const struct op_heartbeat *heartbeat)
{
	const struct source *source = ctx;

	(void)link;
	/* the end of another journal says nothing of what is known here */
	if (source->served)
		engine_heard(source->daemon->engine, source->owner, (uint64_t)heartbeat->head);
}

static void on_lost(void *ctx, struct bus_link *link, const struct reason *reason)
{
	struct source *source = ctx;
	struct daemon *daemon = source->daemon;
	size_t kept = 0;

	log_event(LOG_WARNING, "link lost", LOG_TEXT("owner", bus_link_node(link)),
		LOG_TEXT("why", reason->rule));
	for (size_t i = 0; i < daemon->n_batches; i++)
		if (daemon->batches[i].source != source)
			daemon->batches[kept++] = daemon->batches[i];
	daemon->n_batches = kept;
	if (kept == 0) /* there may be no turn that does */
		arena_reset(&daemon->batches_arena);
}

static void acknowledge(struct source *source)
{
	struct cursor_row cursor;

	engine_cursor(source->daemon->engine, source->owner, &cursor);
	const struct op_ack ack = {.epoch = cursor.epoch,
		.through = cursor.through,
		.quarantined = cursor.quarantined,
		.dropped = cursor.dropped,
		.credit_records = credit(source),
		.credit_bytes = CREDIT_BYTES};
	source->told_quarantined = cursor.quarantined;
	source->told_dropped = cursor.dropped;
	/* an acknowledgement that is not sent is made good by the next one, or by FOLLOW */
	if (bus_link_send(source->link, &(struct bus_out){OP_ACK, 0, &ack, BYTES_NONE}))
		bus_link_restart(source->link);
}

/* A command may have changed it without any batch. */
static bool aside_changed(const struct source *source)
{
	struct cursor_row cursor;

	engine_cursor(source->daemon->engine, source->owner, &cursor);
	return (cursor.quarantined != source->told_quarantined ||
		       cursor.dropped != source->told_dropped) &&
	       bus_link_up(source->link);
}

void daemon_after_batches(struct daemon *daemon)
{
	bool taken[MAX_OWNERS] = {false};

	for (size_t i = 0; i < daemon->n_batches; i++) {
		struct source *source = daemon->batches[i].source;
		enum err result = daemon->batches[i].batch.result;
		taken[source->owner] |= result == ERR_OK;
		if (result == ERR_FULL || result == ERR_CORRUPT || result == ERR_BUSY)
			source->waits = true;
		else if (result == ERR_STALE)
			bus_link_restart(source->link);
		else if (result)
			diverged(source, err_sentence(result));
	}
	for (size_t i = 0; i < daemon->config.n_owners; i++) {
		struct source *source = &daemon->sources[i];
		if (engine_must_ask_anew(daemon->engine, source->owner)) {
			if (bus_link_up(source->link))
				bus_link_restart(source->link);
		} else if (taken[i] || aside_changed(source))
			acknowledge(source);
	}
	daemon->n_batches = 0;
	arena_reset(&daemon->batches_arena);
}

struct bus_link_options daemon_link_options(
	struct daemon *daemon, const struct daemon_config *config, size_t i)
{
	struct source *source = &daemon->sources[i];

	return (struct bus_link_options){.node = config->owners[i].name,
		.endpoint = config->links[i].endpoint,
		.server_key = config->links[i].key,
		.next_key = config->links[i].next_key,
		.handlers = {source, on_welcome, on_following, on_batch, on_error, on_heartbeat,
			on_lost}};
}

enum err daemon_follow_all(struct daemon *daemon, struct reason *reason)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < daemon->config.n_owners; i++) {
		struct source *source = &daemon->sources[i];
		*source = (struct source){.daemon = daemon, .owner = (unsigned)i};
		const struct bus_link_options options =
			daemon_link_options(daemon, &daemon->config, i);
		err = bus_link_open(daemon->bus, &options, &source->link, reason);
	}
	return err;
}

/* Unacknowledged, an owner stops by itself where the credit ends, and the session goes on. */
void daemon_follow_again(struct daemon *daemon)
{
	for (size_t i = 0; i < daemon->config.n_owners; i++) {
		struct source *source = &daemon->sources[i];
		if (!source->waits || must_wait(source))
			continue;
		bus_link_restart(source->link);
		source->waits = false;
	}
}

void daemon_unfollow_all(struct daemon *daemon)
{
	for (size_t i = 0; i < daemon->config.n_owners; i++)
		if (daemon->sources[i].link)
			bus_link_close(daemon->sources[i].link);
}
