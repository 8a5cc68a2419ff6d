/* Inside of the simulated clients: clients.c (connections) and flights.c (commands). */
#ifndef TESTS_SIM_TOWN_CLIENTS_H
#define TESTS_SIM_TOWN_CLIENTS_H

#include "tests/sim/town/sim.h"

enum line_state { LINE_DOWN, LINE_CONNECTING, LINE_GREETING, LINE_UP };

/* One client's connection to one node, made when it is needed. */
struct line {
	unsigned client, node;
	enum line_state state;
	struct wire *wire;
	struct event
		tick; /* the watchdog on WELCOME, then the heartbeat; DOWN: when to try again */
	int64_t heartbeat_ms;
	unsigned silent;
	uint64_t correlation; /* last used */
};

enum flight_phase { UNDER_WAY, ANSWERED };

/* One command: from its first sending on the client asks with the same key until it is answered. */
struct flight {
	struct flight *next;
	struct deed deed;
	const char *name;
	size_t command; /* number; COMMANDS_MAX: none of the workload's */
	struct arena arena;
	struct uuid key;
	struct bytes body;
	struct line *line; /* NULL: the node's own command */
	enum flight_phase phase;
	bool asking; /* an answer is awaited: the first one, or to asking again */
	bool sent;   /* in this session */
	uint64_t correlation;
	unsigned tries;
	struct text wait_node;
	int64_t wait_seq, timeout_ms;
	struct event event; /* when to ask (again) */
	uint32_t met;       /* faults, bits */
	unsigned life;      /* of the node when it was answered */
	enum err status;
	uint64_t seq;
	struct bytes reply;
	uint8_t hash[HASH_BYTES]; /* of the journal at seq */
	bool kept;                /* the node keeps the answer */
};

extern struct flight *flights;

/* clients.c */
struct line *line_of(unsigned client, unsigned node);
/* Sends; ERR_NOT_FOUND: not connected, it will be asked for its flights when it is. */
enum err line_send(struct line *line, const struct bus_out *out);
void line_restart(struct line *line);
void line_wake(struct line *line);

/* flights.c */
void flight_reply(struct line *line, const struct op_reply *reply);
/* The request or message with that correlation was refused, or may be lost. */
void flight_refused(struct line *line, uint64_t correlation, const struct reason *reason);
/* A session began: ask for everything that is not answered. */
void flights_resume(struct line *line);
/* The session ended: nothing of it will be answered. */
void flights_lost(struct line *line);
/* The hash of the node's journal at that number, out of its store; false: no such record. */
bool flight_hash(const struct node *node, uint64_t seq, uint8_t ret[HASH_BYTES]);
bool line_needed(const struct line *line);

#endif
