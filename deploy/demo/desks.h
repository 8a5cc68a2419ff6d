/* The desks of the entrance and the times they offer.
 *
 * 1. A time is made from its desk and its start alone: a time that two files offer has the same id
 *    and content in both, so that a file may follow another. The seed says which times are offered.
 * 2. Times of one desk do not overlap; each has one place.
 * 3. A place is taken once, until it is given back. */
#ifndef DEPLOY_DEMO_DESKS_H
#define DEPLOY_DEMO_DESKS_H

#include "deploy/demo/lines.h"
#include "proto/intake.h"

enum { DESK_KINDS = 12, DAYS_KEPT = 64 };

/* A time that is offered. */
struct opening {
	struct uuid slot;
	int64_t start;
	int32_t minutes;
	bool taken;
};

/* The openings of all desks of a kind on one day, the earliest first. */
struct openings {
	int64_t date;
	struct opening *at;
	size_t n, size;
	size_t n_free;
	size_t first; /* none before it is free */
};

struct desks {
	uint64_t seed;
	int64_t desks;     /* a multiple of DESK_KINDS */
	int64_t last_date; /* until when times were published */
	struct openings kept[DESK_KINDS][DAYS_KEPT];
};

/* One place that was taken; slot is nil when there is none. */
struct booking {
	struct uuid slot;
	int64_t start;
	int32_t minutes;
	enum talk_mode mode;
	uint32_t kind;
	uint32_t index;
};

/* What somebody needs: no start before from; the rest as the entrance itself judges. */
struct wish {
	int64_t from;
	enum talk_mode prefers;
	const char *language; /* NULL: Danish */
	bool interpreter;
	enum life_area area;
};

/* weekly: how many times a usual week needs. */
void desks_open(struct desks *desks, uint64_t seed, int64_t weekly);
void desks_close(struct desks *desks);

/* One week's times. */
struct week {
	int64_t monday;
	int64_t from;     /* none before this date */
	int64_t openings; /* about so many */
	int64_t at;       /* when it is published; 0: a live line */
};

/* Lines that publish them, at most 40 to a line; false when memory is out. */
bool desks_publish(struct desks *desks, const struct week *week, struct lines *lines) MUST_USE;

/* Takes the earliest free place that suits; false: there is none. */
bool desks_take(struct desks *desks, const struct wish *wish, struct booking *ret);

/* Gives it back; it is free again if it has not begun by now. */
void desks_give_back(struct desks *desks, const struct booking *booking, int64_t now);

#endif
