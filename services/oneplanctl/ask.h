/* Asking a node of the town: connections with a client's key, and queries as structs. */
#ifndef SERVICES_ONEPLANCTL_ASK_H
#define SERVICES_ONEPLANCTL_ASK_H

#include "common/client.h"
#include "services/oneplanctl/ctl.h"

enum { ASK_MS = 10000, ASK_QUICKLY_MS = 2000 };

/* Connects with the key that --client names, otherwise with that of `as`. NULL: why is in *reason;
 * ERR_TIMEOUT: it cannot be reached. */
struct client *ask_open(
	struct ctl *ctl, const struct town_node *node, const char *as, struct reason *reason);

/* When ask_open failed: says so and returns the exit code. */
int ask_fail(struct ctl *ctl, const struct town_node *node, const struct reason *reason);

/* A query as a struct of its schema and the struct that its reply is put into; texts lie in the
 * arena. */
struct asked {
	const struct schema *query;
	const void *fields;
	void *reply;
	struct arena *arena;
};

/* ERR_PROTOCOL: the reply was not understood; otherwise what the node said. */
enum err ask_query(struct ctl *ctl, struct client *client, const struct asked *asked,
	struct reason *reason) MUST_USE;
/* The same for a command of ctl->by, under a new key, asked until it is known: when it stays
 * unknown ctl->unknown is that key, and ctl_fail says so. */
enum err ask_command(struct ctl *ctl, struct client *client, const struct asked *asked,
	struct reason *reason) MUST_USE;

/* As client_call, and again with the same key while there is no answer or the node is busy for a
 * moment: the node knows whether it was done. Once unknown it stays so until the node has said. */
enum err ask_until_known(struct client *client, const struct client_request *request,
	struct client_answer *ret) MUST_USE;

/* A command whose fields say why and who decides it, as operator: checks them, connects, gives it,
 * prints the reply. Returns the exit code. */
int ask_decision(struct ctl *ctl, const struct town_node *node, const struct asked *asked);

/* Connects as operator, asks, and hangs up. */
enum err ask_once(struct ctl *ctl, const struct town_node *node, const struct asked *asked,
	struct reason *reason) MUST_USE;

/* Of the clients operator, portal and importer the first one that may send it, and speaks for an
 * actor of that role (absent: nobody is named). */
const char *ask_client_for(const struct schema *schema, struct text role);

#endif
