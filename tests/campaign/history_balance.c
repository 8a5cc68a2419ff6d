/* Conservation between nodes (I9, I13): what each owner addressed to each follower, what a walk of
 * its journal counts, what it believes to be delivered, and what the follower says became of it.
 * Asks every node as an operator. */
#include "tests/campaign/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	FOLLOWERS = 64,
	CONNECT_MS = 10000,
	STEP_MS = 300,
	PAUSE_MS = 20,
	ARENA_BYTES = 4 * 1024 * 1024
};

struct walk {
	const struct town *town;
	const struct queue_list *list;
	int64_t counted[FOLLOWERS];
};

static bool names(const struct journal_line *line, const char *word)
{
	for (size_t i = 0; i < line->audience.n; i++)
		if (text_is(line->audience.at[i], word))
			return true;
	return false;
}

static const struct town_node *node_of(const struct town *town, struct text name)
{
	for (size_t i = 0; i < town->n; i++)
		if (text_is(name, town->nodes[i].name))
			return &town->nodes[i];
	return NULL;
}

static void count(void *ctx, const struct journal_line *line)
{
	struct walk *walk = ctx;

	for (size_t i = 0; i < walk->list->queues.n; i++) {
		const struct town_node *node =
			node_of(walk->town, walk->list->queues.at[i].follower);
		if (node)
			walk->counted[i] += names(line, node->name) || names(line, node->role);
	}
}

static struct client *open_node(const struct town *town, const struct town_node *node)
{
	struct client *client = history_connect(town, node, "operator", CONNECT_MS);

	if (!client) {
		fprintf(stderr, "history: %s does not answer\n", node->name);
		exit(111);
	}
	return client;
}

static int64_t taken_at(
	const struct town *town, const struct town_node *follower, const char *owner)
{
	const struct list_queues ask = {.follower = TEXT_NONE};
	struct queue_list list;
	const struct history_query query = {schema_list_queues(), &ask, &list};
	struct client *client = open_node(town, follower);
	struct arena arena;
	int64_t taken = -1;

	arena_init(&arena, ARENA_BYTES);
	history_query(client, &query, &arena);
	for (size_t i = 0; i < list.cursors.n; i++) {
		const struct cursor_line *c = &list.cursors.at[i];
		if (text_is(c->owner, owner))
			taken = c->applied + c->quarantined + c->withheld + c->dropped;
	}
	client_close(client);
	arena_done(&arena);
	return taken;
}

static int check_queue(
	const struct walk *walk, const struct town_node *owner, size_t i, size_t *ret_pairs)
{
	const struct queue_line *queue = &walk->list->queues.at[i];
	const struct town_node *follower = node_of(walk->town, queue->follower);

	if (!follower)
		return 0;
	int64_t taken = taken_at(walk->town, follower, owner->name);
	++*ret_pairs;
	if (queue->addressed == walk->counted[i] && queue->addressed == queue->delivered &&
		queue->addressed == taken)
		return 0;
	fprintf(stderr,
		"violation: %s to %s: addressed %lld, a walk counts %lld, delivered %lld, taken "
		"%lld\n",
		owner->name, follower->name, (long long)queue->addressed,
		(long long)walk->counted[i], (long long)queue->delivered, (long long)taken);
	return 1;
}

/* ---- after a fault --------------------------------------------------------------------------- */

struct watched {
	const struct town_node *node;
	struct client *client;
	int64_t head; /* as it was when it first answered; -1: not yet */
};

static bool ask_head(struct watched *watched, struct arena *arena)
{
	const struct show_status ask = {.detail = TEXT_NONE};
	struct status_reply status;
	const struct history_query query = {schema_show_status(), &ask, &status};

	if (!history_try(watched->client, &query, arena))
		return false;
	watched->head = status.head;
	return true;
}

static bool all_taken(const struct watched *watched, struct arena *arena)
{
	const struct list_queues ask = {.follower = TEXT_NONE};
	struct queue_list list;
	const struct history_query query = {schema_list_queues(), &ask, &list};

	if (!history_try(watched->client, &query, arena))
		return false;
	for (size_t i = 0; i < list.queues.n; i++)
		if (list.queues.at[i].through < watched->head)
			return false;
	return true;
}

static bool is_drained(const struct town *town, struct watched *watched, struct arena *arena)
{
	arena_reset(arena);
	if (!watched->client)
		watched->client = history_connect(town, watched->node, "operator", STEP_MS);
	if (!watched->client)
		return false;
	return (watched->head >= 0 || ask_head(watched, arena)) && all_taken(watched, arena);
}

int history_drained(const struct town *town, int64_t timeout_us)
{
	const struct timespec pause = {0, PAUSE_MS * 1000000L};
	struct watched watched[TOWN_NODES];
	int64_t began = history_now_us(), took = 0;
	const char *last = "none";
	struct arena arena;
	size_t left = town->n;

	arena_init(&arena, ARENA_BYTES);
	for (size_t i = 0; i < town->n; i++)
		watched[i] = (struct watched){&town->nodes[i], NULL, -1};
	while (left && took < timeout_us) {
		for (size_t i = 0; i < left; i++)
			if (is_drained(town, &watched[i], &arena)) {
				last = watched[i].node->name;
				client_close(watched[i].client);
				watched[i--] = watched[--left];
			}
		took = history_now_us() - began;
		if (left)
			nanosleep(&pause, NULL);
	}
	printf("%.1f %s\n", (double)took / 1e3, last);
	for (size_t i = 0; i < left; i++) {
		fprintf(stderr, "history: %s still has something for a follower\n",
			watched[i].node->name);
		client_close(watched[i].client);
	}
	arena_done(&arena);
	return left != 0;
}

/* ---- in the end ------------------------------------------------------------------------------ */

int history_balance(const struct town *town)
{
	int bad = 0;
	size_t pairs = 0;

	for (size_t n = 0; n < town->n; n++) {
		const struct list_queues ask = {.follower = TEXT_NONE};
		struct queue_list list;
		const struct history_query query = {schema_list_queues(), &ask, &list};
		struct client *client = open_node(town, &town->nodes[n]);
		struct walk walk = {.town = town, .list = &list};
		struct arena arena;
		arena_init(&arena, ARENA_BYTES);
		history_query(client, &query, &arena);
		history_walk(client, count, &walk);
		client_close(client);
		for (size_t i = 0; i < list.queues.n && i < FOLLOWERS; i++)
			bad |= check_queue(&walk, &town->nodes[n], i, &pairs);
		arena_done(&arena);
	}
	printf("pairs=%zu\n", pairs);
	return bad;
}
