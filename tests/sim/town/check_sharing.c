/* Who may know what: every grant to a department has a basis in force at what its owner knew then
 * (I10), nobody learns who told of a citizen, and what was withdrawn is shown nowhere in the end.
 * Reads the state of departments. */
#include <string.h>

#include "proto/registry.h"
#include "services/planning/planning.h"
#include "services/planning/settings.h"
#include "tests/sim/town/check_private.h"
#include "tests/sim/town/told.h"

enum { BASES = 12, PLANS_SHOWN = 100 };

struct known_consent {
	struct uuid consent, citizen;
	unsigned from, to, areas; /* bits of nodes, of life areas (none: everything) */
	int64_t until;
	uint64_t given[TOWN_NODES], withdrawn[TOWN_NODES]; /* the record of it there; 0: none */
};

struct law {
	unsigned from, to;
};

/* On which bases each department was ever given an item of another one. */
struct known_item {
	unsigned owner;
	struct uuid item;
	struct given {
		bool otherwise;
		size_t n;
		struct uuid consents[BASES];
	} to[DEPARTMENTS];
};

static struct known_consent *find_consent(struct town_check *check, struct uuid consent)
{
	struct known_consent *consents = check->consents.at;

	for (size_t i = check->consents.n; i-- > 0;)
		if (uuid_equal(consents[i].consent, consent))
			return &consents[i];
	return NULL;
}

static unsigned nodes_of(const struct text *departments, size_t n)
{
	unsigned nodes = 0;

	for (size_t i = 0; i < n; i++)
		nodes |= STATE(town_department_node(departments[i]));
	return nodes;
}

static unsigned areas_of(const enum life_area *areas, size_t n)
{
	unsigned bits = 0;

	for (size_t i = 0; i < n; i++)
		bits |= STATE(areas[i]);
	return bits;
}

/* ---- what is known --------------------------------------------------------------------------- */

static void see_given(struct seen *s, const void *event)
{
	const struct consent_given *e = event;
	struct known_consent *consent = find_consent(s->check, e->consent);

	if (!consent)
		consent = grown_add(&s->check->consents, sizeof(*consent));
	consent->consent = e->consent;
	consent->citizen = e->citizen;
	consent->from = nodes_of(e->from.at, e->from.n);
	consent->to = nodes_of(e->to.at, e->to.n);
	consent->areas = areas_of(e->life_areas.at, e->life_areas.n);
	consent->until = e->until;
	consent->given[s->node] = (uint64_t)s->record->seq;
}

static void see_withdrawn(struct seen *s, const void *event)
{
	const struct consent_withdrawn *e = event;
	struct known_consent *consent = find_consent(s->check, e->consent);

	if (!consent) { /* it was given at a node that was put back since */
		consent = grown_add(&s->check->consents, sizeof(*consent));
		consent->consent = e->consent;
	}
	if (!consent->withdrawn[s->node])
		consent->withdrawn[s->node] = (uint64_t)s->record->seq;
}

static void see_basis(struct seen *s, const void *event)
{
	const struct basis_set *e = event;
	struct law *law = grown_add(&s->check->laws, sizeof(*law));

	*law = (struct law){s->node, town_department_node(e->to)};
}

static void see_informant(struct seen *s, const void *event)
{
	const struct inquiry_received *e = event;

	if (!uuid_equal(e->from, e->citizen))
		*(struct uuid *)grown_add(&s->check->informants, sizeof(struct uuid)) = e->from;
}

static void see_more_words(struct seen *s, const void *event)
{
	const struct words_added *e = event;

	if (!uuid_is_nil(e->from) && !uuid_equal(e->from, e->citizen))
		*(struct uuid *)grown_add(&s->check->informants, sizeof(struct uuid)) = e->from;
}

/* ---- grants (I10) ---------------------------------------------------------------------------- */

/* Knew the node that record of that other one when it wrote s->record? */
static bool knew(const struct seen *s, unsigned owner, uint64_t seq, enum when when)
{
	const struct cause *cause = s->record->cause;

	if (seq == 0)
		return false;
	if (owner == s->node)
		return seq <= (uint64_t)s->record->seq;
	return node_knows(s->check, s->node, owner, seq, when) ||
	       (cause && town_node_named(cause->node) == owner && seq < (uint64_t)cause->seq &&
		       node_knows(s->check, s->node, owner, seq, NOW));
}

static bool knew_any(const struct seen *s, const uint64_t seqs[TOWN_NODES], enum when when)
{
	for (unsigned owner = 0; owner < TOWN_NODES; owner++)
		if (knew(s, owner, seqs[owner], when))
			return true;
	return false;
}

#define SAY(s_, rule_, ...)                                                                    \
	wrong((s_)->check, "I10: %.*s (%lld) of %s is granted on a consent " rule_,            \
		(int)(s_)->record->type.n, (s_)->record->type.p, (long long)(s_)->record->seq, \
		town_node_name((s_)->node), __VA_ARGS__)

static int64_t heard_of(const struct engine *engine, int owner)
{
	const struct owner *at = &engine->owners[owner];

	return at->heard_at > at->row.time ? at->heard_at : at->row.time;
}

static void note_heard(struct town_check *check)
{
	for (unsigned node = 0; node < check->view->n; node++) {
		int index = owner_index(check->view, node, NODE_INTAKE);
		if (check->view->up[node] && index >= 0)
			check->heard[node] = heard_of(check->view->engine[node], index);
	}
}

/* What is known of the entrance's consents is not older than the limit. */
static void check_age(struct seen *s, struct uuid consent)
{
	const struct engine *engine = s->check->view->engine[s->node];
	const struct planning_settings *settings = engine->options.settings;
	int index = owner_index(s->check->view, s->node, NODE_INTAKE);

	if (index < 0 || s->check->engines[s->node] != engine) /* it has started since */
		return;
	/* what the entrance's own record led to was known by the time of that one, and later ones
	 * may be dated before it when a clock was set back */
	if (s->record->cause && text_is(s->record->cause->node, town_node_name(NODE_INTAKE)))
		return;
	int64_t known_at = heard_of(engine, index);
	if (known_at < s->check->heard[s->node]) /* it has begun to follow anew since */
		known_at = s->check->heard[s->node];
	if (known_at <= s->record->time - settings->consent_age_ms)
		SAY(s, "(%s), and the entrance was last heard from %lld s before", SHORT(consent),
			(long long)(s->record->time - known_at) / 1000);
}

static void check_covers(
	struct seen *s, const struct known_consent *consent, const struct told told)
{
	unsigned tells = areas_of(told.at, told.n);

	if (told.any && consent->areas && (tells == 0 || tells & ~consent->areas))
		SAY(s, "(%s) that does not cover what it tells of", SHORT(consent->consent));
}

static void check_consent(struct seen *s, const void *event, const struct grant *grant)
{
	const struct known_consent *consent = find_consent(s->check, grant->consent);
	unsigned to = town_node_named(grant->to);

	if (!consent || !knew_any(s, consent->given, PERHAPS)) {
		if (!s->check->any_back)
			SAY(s, "(%s) that it does not know", SHORT(grant->consent));
		return;
	}
	if (text_is(s->record->type, "consent_given")) /* to those whom it names */
		return;
	if (knew_any(s, consent->withdrawn, SURELY))
		SAY(s, "(%s) that it knows to be withdrawn", SHORT(grant->consent));
	if (!(consent->from & STATE(s->node)) || !(consent->to & STATE(to)))
		SAY(s, "(%s) that does not let it tell %s", SHORT(grant->consent),
			town_node_name(to));
	if (consent->until && consent->until <= s->record->time)
		SAY(s, "(%s) that had ended", SHORT(grant->consent));
	check_age(s, grant->consent);
	check_covers(s, consent, told_by(s->record, event));
}

static void check_law(struct seen *s, const struct grant *grant)
{
	const struct law *laws = s->check->laws.at;
	unsigned to = town_node_named(grant->to);

	for (size_t i = 0; i < s->check->laws.n; i++)
		if (laws[i].from == s->node && laws[i].to == to)
			return;
	wrong(s->check, "I10: %.*s of %s is granted to %s on a paragraph that nobody named",
		(int)s->record->type.n, s->record->type.p, town_node_name(s->node),
		town_node_name(to));
}

static void check_grant(struct seen *s, const void *event, const struct grant *grant)
{
	unsigned to = town_node_named(grant->to);

	if (to < NODE_EMPLOYMENT || to > NODE_SOCIAL || to == s->node)
		return;
	if (grant->basis == basis_consent && s->node != NODE_INTAKE)
		check_consent(s, event, grant);
	else if (grant->basis == basis_law)
		check_law(s, grant);
	else if (grant->basis != basis_addressed && s->node != NODE_INTAKE)
		wrong(s->check, "I10: a grant of %s names no basis", town_node_name(s->node));
	else if (s->node != NODE_INTAKE && !told_may_be_addressed(s->record->type))
		wrong(s->check, "I10: %.*s of %s is addressed to %s, and is no word to it",
			(int)s->record->type.n, s->record->type.p, town_node_name(s->node),
			town_node_name(to));
}

/* By role it is for nobody but those whom its description names: private notes for nobody at all.
 */
static void check_audience(struct seen *s)
{
	const struct schema *schema = registry_find(s->record->type.p, s->record->type.n);
	const struct service *service = s->check->view->engine[s->node]->service;
	uint32_t peers = (schema ? schema->head->peers : 0) | service->sealed_peers;
	bool private = text_is(s->record->type, "note_written");

	if ((uint64_t)s->record->audience & ~(uint64_t)peers ||
		(private && s->record->grants.n > 0))
		wrong(s->check, "audience: %.*s of %s is for others than it may be",
			(int)s->record->type.n, s->record->type.p, town_node_name(s->node));
}

/* ---- who told of a citizen ------------------------------------------------------------------- */

static enum err check_whose(void *ctx, const struct personal *personal)
{
	struct seen *s = ctx;
	const struct uuid *informants = s->check->informants.at;

	for (size_t i = 0; i < s->check->informants.n; i++)
		if (uuid_equal(informants[i], personal->whose))
			wrong(s->check, "informant: %.*s of the entrance tells %s of who asked",
				(int)s->record->type.n, s->record->type.p, personal->field->name);
	return ERR_OK;
}

static void check_informant(struct seen *s, const void *event)
{
	const struct schema *schema = registry_find(s->record->type.p, s->record->type.n);
	struct arena *arena = s->check->arena;
	void *copy = schema ? arena_copy(arena, event, schema->size) : NULL;

	if (copy && schema_personal(schema, copy, check_whose, s))
		wrong(s->check, "informant: personal texts cannot be walked");
}

/* ---- items and their bases ------------------------------------------------------------------- */

/* The id of the item that the event is about: it brings it as its fourth field, or names it there.
 */
static struct uuid item_of(const struct schema *schema, const void *event)
{
	struct uuid id = {{0}};
	bool disclosed = strcmp(schema->head->name, "disclosed") == 0;

	for (size_t i = disclosed ? 4 : 3; i < schema->n; i++) {
		const char *at = (const char *)event + schema->fields[i].offset;
		const struct uuid *row = NULL;
		if (schema->fields[i].type == FIELD_NEST)
			memcpy(&row, at, sizeof(row));
		else if (!disclosed && schema->fields[i].type == FIELD_UUID)
			memcpy(&id, at, sizeof(id));
		if (row)
			id = row[2]; /* behind plan and citizen */
		if (row || !disclosed)
			break;
	}
	return id;
}

static struct known_item *item_put(struct town_check *check, unsigned owner, struct uuid id)
{
	struct known_item *items = check->items.at;

	for (size_t i = check->items.n; i-- > 0;)
		if (items[i].owner == owner && uuid_equal(items[i].item, id))
			return &items[i];
	struct known_item *item = grown_add(&check->items, sizeof(*item));
	item->owner = owner;
	item->item = id;
	return item;
}

static void note_basis(struct given *given, const struct grant *grant)
{
	if (grant->basis != basis_consent || given->n == BASES) {
		given->otherwise = true;
		return;
	}
	for (size_t i = 0; i < given->n; i++)
		if (uuid_equal(given->consents[i], grant->consent))
			return;
	given->consents[given->n++] = grant->consent;
}

static void note_item(struct seen *s, const void *event)
{
	const struct schema *schema = registry_find(s->record->type.p, s->record->type.n);
	struct uuid id = schema ? item_of(schema, event) : (struct uuid){{0}};

	if (uuid_is_nil(id))
		return;
	struct known_item *item = item_put(s->check, s->node, id);
	for (size_t i = 0; i < s->record->grants.n; i++) {
		unsigned to = town_node_named(s->record->grants.at[i].to);
		if (to >= NODE_EMPLOYMENT && to <= NODE_SOCIAL)
			note_basis(&item->to[to - NODE_EMPLOYMENT], &s->record->grants.at[i]);
	}
}

static void see_every(struct seen *s, const void *event)
{
	check_audience(s);
	for (size_t i = 0; i < s->record->grants.n && !is_retold(s); i++)
		check_grant(s, event, &s->record->grants.at[i]);
	if (s->record->grants.n && s->node == NODE_INTAKE)
		check_informant(s, event);
	if (s->record->grants.n && is_of_part(s))
		note_item(s, event);
}

/* ---- when all has healed: what is shown ------------------------------------------------------ */

struct showing {
	struct town_check *check;
	unsigned node;
	struct question question;
};

/* Somebody withdrew it, and the node has heard. */
static bool is_withdrawn(struct town_check *check, unsigned node, const struct known_consent *c)
{
	for (unsigned owner = 0; owner < TOWN_NODES; owner++)
		if (c->withdrawn[owner] &&
			(owner == node || node_knows(check, node, owner, c->withdrawn[owner], NOW)))
			return true;
	return false;
}

static bool may_show(const struct showing *show, const struct given *given)
{
	for (size_t i = 0; i < given->n; i++) {
		const struct known_consent *consent = find_consent(show->check, given->consents[i]);
		if (!consent || (!is_withdrawn(show->check, show->node, consent) &&
					(!consent->until || consent->until > show->question.now)))
			return true;
	}
	return given->otherwise;
}

static void check_shown(
	struct showing *show, struct text department, struct uuid id, const char *what)
{
	unsigned owner = town_department_node(department);

	if (owner == show->node || owner == TOWN_NODES || show->check->any_back)
		return;
	const struct known_item *item = item_put(show->check, owner, id);
	if (!may_show(show, &item->to[show->node - NODE_EMPLOYMENT]))
		wrong(show->check, "withdrawal: %s still shows %s %s of %s",
			town_node_name(show->node), what, SHORT(id), town_node_name(owner));
}

static void check_reply(struct showing *show, const struct plan_reply *plan)
{
	for (size_t i = 0; i < plan->goals.n; i++)
		check_shown(show, plan->goals.at[i].goal->department, plan->goals.at[i].goal->goal,
			"goal");
	for (size_t i = 0; i < plan->measures.n; i++)
		check_shown(show, plan->measures.at[i].department, plan->measures.at[i].measure,
			"measure");
	for (size_t i = 0; i < plan->commitments.n; i++)
		check_shown(show, plan->commitments.at[i].department,
			plan->commitments.at[i].commitment, "commitment");
	for (size_t i = 0; i < plan->appointments.n; i++)
		check_shown(show, plan->appointments.at[i].department,
			plan->appointments.at[i].appointment, "appointment");
	for (size_t i = 0; i < plan->reviews.n; i++)
		check_shown(
			show, plan->reviews.at[i].department, plan->reviews.at[i].review, "review");
}

/* Asked of the service itself, as a caseworker would. */
static bool ask(struct showing *show, const char *name, const void *query, void *ret_reply)
{
	for (size_t i = 0; i < planning_service.n_queries; i++) {
		const struct query_row *row = &planning_service.queries[i];
		if (strcmp(row->type()->head->name, name) == 0)
			return row->query(&show->question, query, ret_reply) == ERR_OK;
	}
	return false;
}

static void check_plans(struct showing *show)
{
	const struct list_plans all = {.closed = true, .limit = PLANS_SHOWN};
	struct plans_reply plans = {0};

	if (!ask(show, "list_plans", &all, &plans))
		return;
	for (size_t i = 0; i < plans.plans.n; i++) {
		const struct show_plan query = {.plan = plans.plans.at[i].plan};
		struct plan_reply reply = {0};
		if (ask(show, "show_plan", &query, &reply))
			check_reply(show, &reply);
	}
}

static void check_department(struct town_check *check, unsigned node)
{
	struct engine *engine = check->view->engine[node];
	struct reason reason;
	struct txn *txn;

	if (store_begin(check->view->store[node], STORE_READ, check->arena, &txn))
		return;
	struct showing show = {check, node,
		{.state = engine_own_state(engine, txn, check->arena),
			.now = clock_now(&engine->options.clock),
			.actor = {text_of("caseworker"), text_of("Kaj"), department_of(node)},
			.peer = PEER_PORTAL,
			.reason = &reason}};
	check_plans(&show);
	store_abort(txn);
}

static void check_departments(struct town_check *check)
{
	for (unsigned node = NODE_EMPLOYMENT; node <= NODE_SOCIAL; node++)
		if (check->view->up[node])
			check_department(check, node);
}

/* What it said is told again; what others have heard of it before, they may still know. */
static void forget(struct town_check *check, unsigned node)
{
	struct known_consent *consents = check->consents.at;

	check->any_back = true;
	for (size_t i = 0; i < check->consents.n; i++)
		consents[i].given[node] = consents[i].withdrawn[node] = 0;
}

static const struct seen_row rows[] = {
	{schema_consent_given, see_given},
	{schema_consent_withdrawn, see_withdrawn},
	{schema_basis_set, see_basis},
	{schema_inquiry_received, see_informant},
	{schema_words_added, see_more_words},
};
const struct seen_table seen_sharing = {SEEN_ROWS(rows), .every = see_every, .back = forget,
	.looked = note_heard, .healed = check_departments};
