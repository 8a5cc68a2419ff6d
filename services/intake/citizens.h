/* Citizens: their numbers, how they are found by them, and their erasure. A number is looked up by
 * its BLAKE2b-256 keyed with the town's key, in hexadecimal; former numbers go on finding their
 * citizen. The hash is at rest only sealed with the citizen's own key, so that whoever has the
 * town's key and old pages of the store cannot try numbers against it after an erasure; the index
 * holds its first 20 bits. */
#ifndef SERVICES_INTAKE_CITIZENS_H
#define SERVICES_INTAKE_CITIZENS_H

#include "services/intake/settings.h"
#include "services/intake/trees.h"

/* A personal number as somebody gave it, read. */
struct citizen_number {
	struct text normal; /* ten characters */
	struct text lookup; /* its keyed hash */
	int64_t birth_date; /* 0: it does not say */
	bool fails_modulus_11;
};

/* ERR_INVALID with the broken rule, naming the field `number`. */
enum err citizen_read_number(struct state *state, struct text number, struct reason *reason,
	struct citizen_number *ret) MUST_USE;

/* Sentences about a number that is accepted but looks wrong at a moment; at most 2, in the arena.
 */
enum { NUMBER_WARNINGS = 2 };
size_t citizen_number_warnings(struct state *state, const struct citizen_number *number, int64_t at,
	struct text **ret_texts);

bool citizen_get(struct state *state, struct uuid citizen, struct citizen_view *ret);
/* The citizen with that keyed hash. */
bool citizen_by_lookup(struct state *state, struct text lookup, struct uuid *ret);

/* Completed years as a band; none when the birth date is 0 or later than the date. Both yyyymmdd.
 */
enum age_band citizen_age_band(int64_t birth_date, int64_t date);

/* Whom a command is about. In: what it said. */
struct citizen_claim {
	struct uuid citizen; /* nil: by number, or a new one */
	struct text number;
	struct text name;
	struct text birth_date; /* of register_citizen only */
	bool protected;
};

struct citizen_found {
	struct uuid citizen;
	bool known;     /* registered before */
	bool registers; /* something is to be registered, or completed */
	struct citizen_number number;
	int64_t birth_date; /* from the number given, or as known before */
};

/* Finds the citizen, or gives a new id. ERR_CONFLICT naming `number` when it is somebody else's, or
 * not the one that the named citizen has; ERR_INVALID naming `number` or `birth_date`. */
enum err citizen_resolve(
	struct decision *d, const struct citizen_claim *claim, struct citizen_found *ret) MUST_USE;
/* Emits citizen_registered when found->registers. */
void citizen_register(
	struct decision *d, const struct citizen_claim *claim, const struct citizen_found *found);

enum err citizens_decide_register(struct decision *d, const void *command);
enum err citizens_decide_change_number(struct decision *d, const void *command);
/* Withdraws the citizen's open inquiry, then emits person_erased. */
enum err citizens_decide_erase(struct decision *d, const void *command);

void citizens_apply_registered(struct fold *fold, const struct record *record, const void *event);
void citizens_apply_number_changed(
	struct fold *fold, const struct record *record, const void *event);
void citizens_apply_erasure_decided(
	struct fold *fold, const struct record *record, const void *event);
void citizens_apply_erased(struct fold *fold, const struct record *record, const void *event);

#endif
