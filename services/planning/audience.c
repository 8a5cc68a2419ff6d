/* Grants, and bases other than consent. Pure; state through service.h. */
#include "services/planning/audience.h"

#include "services/planning/change.h"
#include "services/planning/consents.h"
#include "services/planning/disclosure.h"

enum {
	GRANTS_MAX = 20
}; /* of one record, which has room for 32; the others name who is addressed */

/* Which of the bases of a department are granted: of too many it still has one. */
enum turn { FIRST_BASIS, OTHER_BASES };

struct granting {
	struct decision *d;
	struct about about;
	const struct audience_limit *limit; /* NULL: to all */
	enum turn turn;
	struct grant given[GRANTS_MAX]; /* `to` is the department */
	size_t n;
	const struct text *asked; /* set: nothing is granted, it is only asked for this one */
	bool may_know;
};

static bool same_basis(const struct grant *a, const struct grant *b)
{
	return a->basis == b->basis && uuid_equal(a->consent, b->consent) &&
	       text_equal(a->paragraph, b->paragraph);
}

static bool is_wanted(const struct granting *granting, const struct grant *what)
{
	const struct audience_limit *limit = granting->limit;
	bool named = false;

	if (text_equal(what->to, own_department(&granting->d->state)))
		return false;
	for (size_t i = 0; limit && i < limit->n; i++)
		named |= text_equal(limit->only[i], what->to);
	return !limit || (named && !same_basis(what, limit->given));
}

static bool is_given(const struct granting *granting, const struct grant *what)
{
	for (size_t i = 0; i < granting->n; i++)
		if (text_equal(granting->given[i].to, what->to) &&
			(granting->turn == FIRST_BASIS || same_basis(&granting->given[i], what)))
			return true;
	return false;
}

static void grant(struct granting *granting, struct grant what)
{
	if (granting->asked) {
		granting->may_know |= text_equal(what.to, *granting->asked);
		return;
	}
	if (granting->n == GRANTS_MAX || !is_wanted(granting, &what) || is_given(granting, &what))
		return;
	granting->given[granting->n++] = what;
	what.to = department_node(granting->d->state.arena, what.to);
	decision_grant(granting->d, &what);
}

static void grant_on_consent(void *ctx, const struct consent_given *consent)
{
	struct granting *granting = ctx;

	if (!granting->about.bare &&
		!consent_covers(consent, granting->about.areas, granting->about.n))
		return;
	for (size_t i = 0; i < consent->to.n; i++)
		grant(granting, (struct grant){.to = consent->to.at[i],
					.basis = basis_consent,
					.consent = consent->consent});
}

static void grant_on_law(struct granting *granting, struct uuid plan)
{
	struct key prefix = plan_key(plan);
	struct basis_row basis;
	struct rows rows;

	rows_begin(&rows, &granting->d->state, TREE_BASIS, schema_basis_row(), &prefix, NULL);
	while (rows_next(&rows, &basis))
		grant(granting,
			(struct grant){
				.to = basis.to, .basis = basis_law, .paragraph = basis.paragraph});
	rows_end(&rows);
}

static void walk_bases(struct granting *granting, const struct plan_part *part)
{
	const struct consent_walk walk = {granting->d->now, grant_on_consent, granting};
	const struct audience_limit *limit = granting->limit;

	for (granting->turn = FIRST_BASIS; granting->turn <= OTHER_BASES; granting->turn++) {
		grant_on_law(granting, part->plan);
		if (limit && !uuid_equal(limit->plan, part->plan))
			grant_on_law(granting, limit->plan);
		consents_each(&granting->d->state, part, &walk);
	}
}

void audience_grant_among(struct decision *d, const struct plan_part *part, struct about about,
	const struct audience_limit *limit)
{
	walk_bases(&(struct granting){.d = d, .about = about, .limit = limit}, part);
}

bool audience_may_know(struct decision *d, const struct plan_part *part, struct about about,
	struct text department)
{
	struct granting granting = {.d = d, .about = about, .asked = &department};

	walk_bases(&granting, part);
	return granting.may_know;
}

void audience_address(struct decision *d, struct text department)
{
	decision_grant(d, &(struct grant){.to = department_node(d->state.arena, department),
				  .basis = basis_addressed});
}

void audience_grant(struct decision *d, const struct plan_part *part, struct about about)
{
	audience_grant_among(d, part, about, NULL);
}

/* ---- later than the records --------------------------------------------------------------------
 */

struct telling {
	struct decision *d;
	const struct plan_part *part;
	const struct event_head *head;
};

static void disclose_on_consent(void *ctx, const struct consent_given *consent)
{
	struct telling *telling = ctx;

	consent_disclose(telling->d, consent, telling->part, telling->head);
}

void audience_disclose(
	struct decision *d, const struct plan_part *part, const struct event_head *head)
{
	struct telling telling = {d, part, head};
	struct key prefix = plan_key(head->plan);
	struct plan_part known_as = *part;
	struct basis_row basis;
	struct rows rows;

	rows_begin(&rows, &d->state, TREE_BASIS, schema_basis_row(), &prefix, NULL);
	while (rows_next(&rows, &basis)) {
		const struct disclosing law = {.part = part,
			.head = *head,
			.to = &basis.to,
			.n = 1,
			.grant = {.basis = basis_law, .paragraph = basis.paragraph}};
		disclosure_make(d, &law);
	}
	rows_end(&rows);
	known_as.citizen = head->citizen;
	consents_each(&d->state, &known_as,
		&(struct consent_walk){d->now, disclose_on_consent, &telling});
}

/* ---- other bases ----------------------------------------------------------------------------- */

enum err audience_decide_basis(struct decision *d, const void *command)
{
	const struct set_basis *c = command;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err && text_equal(c->to, own_department(&d->state)))
		err = decision_refuse(d, ERR_INVALID, "to", "is this department itself");
	if (err)
		return err;
	change.head.version = change.part.version;
	struct grant law = {.to = c->to, .basis = basis_law, .paragraph = c->paragraph};
	const struct basis_set e = {HEAD(&change), .basis = decision_uuid(d), .to = c->to,
		.paragraph = c->paragraph, .reason = c->reason};
	decision_emit(d, schema_basis_set(), change.head.plan, &e);
	grant(&(struct granting){.d = d}, law);
	disclosure_make(d, &(struct disclosing){.part = &change.part,
				   .head = change.head,
				   .to = &c->to,
				   .n = 1,
				   .grant = law});
	return change_done(&change, e.basis);
}

void audience_apply_basis(struct fold *fold, const struct record *record, const void *event)
{
	const struct basis_set *e = event;
	struct key key = plan_key_item(e->plan, e->basis);

	(void)record;
	if (!fold->replica)
		fold_put(fold, TREE_BASIS, &key, schema_basis_row(),
			&(struct basis_row){e->plan, e->to, e->paragraph});
}
