/* What is said about who may know what: consents, withdrawals, other bases. Touches nothing. */
#include "tests/sim/town/workload_private.h"

/* Every other time all departments and everything, so that they see the same. */
static void say_between(struct saying *s, struct record_consent *c)
{
	bool all = s->only || one_in(s->w, 2);

	c->from.at = arena_alloc(s->arena, DEPARTMENTS * sizeof(*c->from.at));
	c->to.at = arena_alloc(s->arena, DEPARTMENTS * sizeof(*c->to.at));
	for (unsigned i = NODE_EMPLOYMENT; c->from.at && c->to.at && i <= NODE_SOCIAL; i++) {
		if (all || !one_in(s->w, 3) || (i == NODE_SOCIAL && !c->from.n))
			c->from.at[c->from.n++] = department_of(i);
		if (all || !one_in(s->w, 3) || (i == NODE_SOCIAL && !c->to.n))
			c->to.at[c->to.n++] = department_of(i);
	}
	if (!all && one_in(s->w, 2))
		AREAS(s, c->life_areas);
}

static bool fill_record_consent(struct saying *s, void *fields)
{
	struct record_consent *c = fields;
	const struct thing *part = some_part(s, ANY_NODE);

	for (int i = 0; s->only && part && all_may_know(s, part->person); i++)
		part = i < 8 ? some_part(s, ANY_NODE) : NULL;
	if (!part)
		return false;
	*c = (struct record_consent){.consent = own_id(s),
		.plan = part->id,
		.given_by = (enum consent_giver)(1 + pick(s->w, 3)),
		.purpose = some_words(s),
		.until = !s->only && one_in(s->w, 4) ? in_days(s, 0, 5) + 1 : 0};
	if (one_in(s->w, 3)) {
		s->deed->node = NODE_INTAKE;
		c->citizen = part->person;
	}
	say_between(s, c);
	return true;
}

static bool fill_withdraw_consent(struct saying *s, void *fields)
{
	struct withdraw_consent *c = fields;
	const struct thing *consent = any(s->w, CONSENTS, ANY_NODE, ANY_STATE);

	if (!consent)
		return false;
	*c = (struct withdraw_consent){.consent = consent->id, .words = some_words(s)};
	if (one_in(s->w, 2))
		c->citizen = consent->person;
	s->deed->node = one_in(s->w, 2) ? consent->node : (unsigned)pick(s->w, 4);
	if (one_in(s->w, 3))
		speak_as(s, "citizen", consent->person);
	return true;
}

static bool fill_set_basis(struct saying *s, void *fields)
{
	struct set_basis *c = fields;
	const struct thing *part = some_part(s, ANY_NODE);

	if (!part)
		return false;
	*c = (struct set_basis){SEEN(part), .to = department_of(other_department(s, part->node)),
		.paragraph = text_of("Barnets lov 133, 2024-01-01"), .reason = some_words(s)};
	return true;
}

static const struct saying_row rows[] = {
	{schema_record_consent, AT_DEPARTMENT, 14, fill_record_consent, schema_close_inquiry},
	{schema_withdraw_consent, AT_DEPARTMENT, 3, fill_withdraw_consent, schema_record_consent},
	{schema_set_basis, AT_DEPARTMENT, 2, fill_set_basis, schema_open_part},
};
SAYINGS(sayings_sharing, rows);
