/* What is known of one run of clients: which commands were sent when, and what became of them. The
 * clients write it down as they go (history_run.c), one file a client; the checker reads the files
 * again and compares them with the journals (history_check.c). */
#ifndef TESTS_CAMPAIGN_HISTORY_H
#define TESTS_CAMPAIGN_HISTORY_H

#include "common/admin.h"
#include "common/client.h"
#include "common/town.h"

/* The kinds of command: a live inquiry; a time published by an import; a question to another
 * department by an import. The latter two name all their ids and times, so that two runs with one
 * seed lead to the same state. */
enum history_what { HISTORY_INQUIRIES, HISTORY_SLOTS, HISTORY_CAPACITY };

struct history_plan {
	const struct town *town;
	const struct town_node *node;
	const char *out; /* files out.1, out.2, ... */
	const char *to;  /* the department that CAPACITY asks */
	enum history_what what;
	unsigned first; /* number of the first client */
	unsigned clients;
	unsigned number; /* commands of each client; 0: until SIGTERM */
	int64_t pause_ms;
	uint64_t seed;
	bool only; /* when checking: records of clients without a file are left alone */
};

/* What a line of a file says:
 *   invoke N US              command N of this client is about to be sent for the first time
 *   ok N US SEQ CRC ENTITY   answered; CRC of the reply's body, ENTITY nil when it names none
 *   refused N US CODE        answered with a refusal that trying again does not cure
 *   unknown N US             given up
 *   again N US SEQ CRC REPLAYED   asked once more with the same key after the answer
 *   unseen N US              a query after the answer did not find it
 * N counts from 1; US is CLOCK_MONOTONIC, one clock for all clients of a machine. The actor of
 * command N of client C is hC-N: so the journal says whose each record is. */

int64_t history_now_us(void);

/* Connects with the key of `as`; NULL: not within timeout_ms. */
struct client *history_connect(
	const struct town *town, const struct town_node *node, const char *as, int64_t timeout_ms);

/* Runs the clients, each a process; returns when all have ended. 0, or 1 when one failed. */
int history_run(const struct history_plan *plan);

/* Compares the files with the journal of the node, prints one line of figures; 0, or 1 with what is
 * wrong on standard error. */
int history_check(const struct history_plan *plan, char **files, int n_files);

/* The figures of these files alone, without any journal. */
int history_times(char **files, int n_files);

/* A query and its answer; history_query ends the process when there is none. Texts lie in the
 * arena. */
struct history_query {
	const struct schema *schema;
	const void *fields;
	void *reply;
};
bool history_try(struct client *client, const struct history_query *query, struct arena *arena);
void history_query(struct client *client, const struct history_query *query, struct arena *arena);

/* Calls fn for each line of the journal, in order; texts live during the call. */
typedef void history_line_fn(void *ctx, const struct journal_line *line);
void history_walk(struct client *client, history_line_fn *fn, void *ctx);

/* Waits until every record that an owner had when it first answered has reached each of its
 * followers, and prints how many ms that took. 0, or 1 when it did not come to that in time. */
int history_drained(const struct town *town, int64_t timeout_us);

/* Of every node of the town and each follower: addressed = what a walk of the journal counts =
 * applied + quarantined + withheld + dropped at the follower. 0 or 1. */
int history_balance(const struct town *town);

#endif
