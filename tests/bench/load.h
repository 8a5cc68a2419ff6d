/* A client that loads the entrance of a running town, and what its benches share. */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include "common/client.h"

/* Connects to a node of the town in dir with the key of that client; ends the process when it
 * cannot. */
struct client *load_connect(const char *dir, const char *node, const char *as);

int64_t load_now_us(void);

/* Times in microseconds. */
struct times {
	int64_t *us;
	size_t n, size;
};
void times_add(struct times *times, int64_t us);
void times_sort(struct times *times);
/* Of sorted ones; part in thousandths: 500 is the median, 1000 the largest. 0: there are none. */
int64_t times_at(const struct times *times, unsigned part);

/* One session with the entrance, over which inquiries are sent; among them go, and are not counted,
 * commands that publish times for talks. */
enum { LOAD_RING = 8192 };
struct load {
	struct client *client;
	struct random random;
	uint64_t seed;
	struct buffer body;
	uint64_t places, commands;
	int64_t sent_us[LOAD_RING]; /* by correlation; 0: no inquiry */
	uint64_t sent, answered;    /* inquiries */
	struct times took;
};
void load_open(struct load *load, const char *dir);
void load_send(struct load *load);
/* False: none came in that time. A refusal ends the process. *ret is only of an inquiry. */
bool load_take(struct load *load, int64_t timeout_ms, struct client_answer *ret);
void load_close(struct load *load);

#endif
