/* Conflicts in words, Danish and English: departments, kinds of help, dates and local times; never
 * anybody's own words. The phrases are in conflict_texts.def. */
#ifndef SERVICES_PLANNING_CONFLICT_TEXTS_H
#define SERVICES_PLANNING_CONFLICT_TEXTS_H

#include "services/planning/conflict_kinds.h"

enum language { DANISH, ENGLISH, LANGUAGES };

struct conflict_words {
	struct arena *arena;
	struct text reason[LANGUAGES], suggestion[LANGUAGES];
};

/* NULL texts when the arena is full. */
void say_overlap(const struct conflict *conflict, struct conflict_words *words);
void say_hours(const struct conflict *conflict, struct conflict_words *words);
void say_same_help(const struct conflict *conflict, struct conflict_words *words);
void say_silence(const struct conflict *conflict, struct conflict_words *words);

#endif
