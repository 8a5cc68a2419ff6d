/* What a town sets for its entrance: section [intake]. */
#ifndef SERVICES_INTAKE_SETTINGS_H
#define SERVICES_INTAKE_SETTINGS_H

#include "common/schema.h"
#include "common/settings.h"

enum { TOWN_KEY_BYTES = 32, OWNER_BYTES = 64, DEPARTMENT_NAME = 23 };

struct intake_settings {
	int64_t child_concern_ms; /* a concern for a child is assessed within */
	int64_t soon_days;        /* working days */
	int64_t normal_days;      /* working days */
	int64_t open_minute;      /* past local midnight, on working days */
	int64_t close_minute;     /* past local midnight */
	int64_t grace_ms;         /* after a promised talk, before the promise counts as broken */
	int64_t escalation_ms;    /* an alert that nobody took climbs after */
	int64_t repair_ms;        /* opening time within which a broken promise is to be repaired */
	int64_t triage_days;      /* working days from the talk to how it goes on */
	const char *queue;        /* owner of work that nobody has taken */
	const char *manager;      /* owner of work that stayed undone */
	const char *on_call; /* names, separated by commas, in the order in which alerts climb */
	const char *departments;   /* names, separated by commas, whose nodes are planning.<name> */
	const char *town_key_file; /* read by main into town_key */
	uint8_t town_key[TOWN_KEY_BYTES]; /* keys the hash by which a number is looked up */
};

extern const struct setting intake_settings_table[];
extern const size_t n_intake_settings;

/* Rules between settings: opens before it closes, names of the rota that fit. The field of *reason
 * is the key. */
enum err intake_settings_check(
	const struct intake_settings *settings, struct reason *reason) MUST_USE;

/* Who is alerted after `present` (nobody yet: empty): the next of the rota, after the last one the
 * first again; the queue when the rota is empty. The text lives as long as the settings. */
struct text intake_on_call_after(const struct intake_settings *settings, struct text present);

/* Is there such a department, with a node of its own? */
bool intake_has_department(const struct intake_settings *settings, struct text department);

/* Moments of the entrance's calendar, local time. The next one at which it is open (now, if it is),
 * and the end of the n-th working day after that of `from`. */
int64_t intake_next_open(const struct intake_settings *settings, int64_t from);
int64_t intake_end_of_working_day(
	const struct intake_settings *settings, int64_t from, int64_t days);

#endif
