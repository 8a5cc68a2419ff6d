/* Own items given to departments later than they were written. Pure; state through service.h. */
#include "services/planning/disclosure.h"

#include <string.h>

#include "services/planning/appointments.h"
#include "services/planning/audience.h"
#include "services/planning/change.h"
#include "services/planning/consents.h"
#include "services/planning/parts.h"

struct giving {
	struct decision *d;
	const struct disclosing *what;
	struct event_head head;
	int64_t items;
};

static bool is_covered(const struct giving *giving, const enum life_area *areas, size_t n)
{
	return !giving->what->consent || consent_covers(giving->what->consent, areas, n);
}

/* Every basis on which they may have it now: what they hold is held on the last ones named. */
static void grant_all(const struct giving *giving, struct about about)
{
	const struct disclosing *what = giving->what;
	const struct audience_limit limit = {what->to, what->n, &what->grant, giving->head.plan};
	struct plan_part known_as = *what->part;

	for (size_t i = 0; i < what->n; i++) {
		struct grant grant = what->grant;
		grant.to = department_node(giving->d->state.arena, what->to[i]);
		if (!text_equal(what->to[i], own_department(&giving->d->state)))
			decision_grant(giving->d, &grant);
	}
	known_as.citizen = giving->head.citizen;
	audience_grant_among(giving->d, &known_as, about, &limit);
}

static void give(struct giving *giving, const struct disclosed *e, struct about about)
{
	decision_emit(giving->d, schema_disclosed(), giving->head.plan, e);
	grant_all(giving, about);
	giving->items++;
}

/* What is not covered of the part is left out; that the department takes part is always told. */
static void give_part(struct giving *giving)
{
	const struct plan_part *part = giving->what->part;
	struct plan_part told = *part;
	struct disclosed e = {HEAD(giving)};

	told.opened_for = NULL;
	told.plan = giving->head.plan;
	told.citizen = giving->head.citizen;
	if (!is_covered(giving, part->life_areas.at, part->life_areas.n))
		told = (struct plan_part){.plan = giving->head.plan,
			.citizen = giving->head.citizen,
			.version = part->version,
			.state = part->state,
			.term = part->term,
			.worker = part->worker};
	e.part = arena_copy(giving->d->state.arena, &told, sizeof(told));
	if (e.part)
		give(giving, &e, ABOUT(part));
	else
		giving->d->err = ERR_NO_MEMORY;
}

static void give_items(struct giving *giving, const struct item_kind *kind)
{
	struct key prefix = plan_key(giving->what->part->plan);
	const struct schema *schema = kind->row();
	struct rows rows;

	rows_begin(&rows, &giving->d->state, (unsigned)kind->tree, schema, &prefix, NULL);
	for (;;) {
		struct disclosed e = {HEAD(giving)};
		void *row = arena_alloc(giving->d->state.arena, schema->size);
		if (!row)
			giving->d->err = ERR_NO_MEMORY;
		if (!row || !rows_next(&rows, row))
			break;
		struct item_head head = item_head_of(row);
		memcpy(row, &giving->head.plan, sizeof(giving->head.plan));
		memcpy((char *)&e + kind->in_disclosed, &row, sizeof(row));
		if (is_covered(giving, head.life_areas.at, head.life_areas.n))
			give(giving, &e, ABOUT(&head));
	}
	rows_end(&rows);
}

static void tell_how_much(struct giving *giving)
{
	const struct disclosing *what = giving->what;
	const struct disclosure_made e = {HEAD(giving),
		.to = {what->n,
			arena_copy(giving->d->state.arena, what->to, what->n * sizeof(*what->to))},
		.basis = what->grant.basis, .consent = what->grant.consent,
		.paragraph = what->grant.paragraph, .items = giving->items};

	if (e.to.at)
		decision_emit(giving->d, schema_disclosure_made(), giving->head.plan, &e);
	else
		giving->d->err = ERR_NO_MEMORY;
}

void disclosure_make(struct decision *d, const struct disclosing *disclosing)
{
	struct giving giving = {d, disclosing, disclosing->head, 0};
	size_t others = 0;

	for (size_t i = 0; i < disclosing->n; i++)
		others += !text_equal(disclosing->to[i], own_department(&d->state));
	if (!others)
		return;
	give_part(&giving);
	for (size_t i = 0; i < ITEM_KINDS; i++)
		give_items(&giving, &item_kinds[i]);
	tell_how_much(&giving);
}

/* ---- applying -------------------------------------------------------------------------------- */

void disclosure_apply_own(struct fold *fold, const struct record *record, const void *event)
{
	(void)fold;
	(void)record;
	(void)event;
}

static void put_part(struct fold *fold, const struct record *record, const struct disclosed *e)
{
	struct plan_part part;

	part_load(fold, record, e, &part);
	appointments_forget(fold, e->plan); /* they go by the citizen whom the part names */
	if (uuid_is_nil(e->part->part)) {   /* told no more than that it takes part */
		part.state = e->part->state;
		part.term = e->part->term;
		part.worker = e->part->worker;
		part.citizen = e->citizen;
	} else {
		part = *e->part;
		held_note(fold, record, UUID_NIL);
	}
	part_put(fold, &part);
	appointments_find(fold, e->plan);
}

void disclosure_apply_received(struct fold *fold, const struct record *record, const void *event)
{
	const struct disclosed *e = event;
	const void *row;

	if (e->part)
		put_part(fold, record, e);
	for (size_t i = 0; i < ITEM_KINDS; i++) {
		memcpy(&row, (const char *)e + item_kinds[i].in_disclosed, sizeof(row));
		if (!row)
			continue;
		if (item_kinds[i].tree == TREE_APPOINTMENT)
			appointment_put(fold, row);
		else
			item_put(fold, item_kinds[i].tree, row);
		held_note(fold, record, item_head_of(row).id);
	}
	part_touch(fold, record, event);
}
