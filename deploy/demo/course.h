/* One citizen's course: who helps, from when until when, and how it ends. What is done in it is
 * written by casework.h. */
#ifndef DEPLOY_DEMO_COURSE_H
#define DEPLOY_DEMO_COURSE_H

#include "deploy/demo/deck.h"
#include "deploy/demo/inquiry.h"
#include "proto/planning.h"

enum department { DEPARTMENT_SOCIAL, DEPARTMENT_EMPLOYMENT, DEPARTMENT_FAMILY, DEPARTMENTS };

const char *department_name(enum department department);
enum department department_for(enum life_area area);

struct course {
	uint64_t seed;
	uint64_t number; /* of the inquiry */
	struct uuid plan;
	struct uuid citizen;
	enum asker asker;
	bool adult;
	enum life_area areas[AREAS_MAX];
	size_t n_areas;
	struct card card;
	enum department first, second;
	int64_t talked;
	int64_t opened;
	int64_t ends; /* the last part is closed; of one that stays open: after the period */
	int64_t end;  /* of the period: nothing is told of then or later */
	struct chance chance;
	uint32_t items; /* how many were given ids */
};

struct span {
	int64_t from, until;
};

/* The course to which an inquiry leads; opened: when that is closed, and the end of the period. */
void course_begin(struct course *course, const struct inquiry *inquiry, const struct card *card,
	const struct span *opened);

/* The next id of something in it, made at that moment. */
struct uuid course_id(struct course *course, int64_t at);

/* The consent that both departments may share, if a second one is asked: a line for the entrance.
 */
void course_add_consent(struct course *course, const char *by, struct lines *lines);

#endif
