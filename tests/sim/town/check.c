/* What must hold of a simulated town, whatever is said to it and happens to it: walks what the
 * nodes have written since and hands it to the checks. Touches stores, reading only. */
#include "proto/registry.h"
#include "tests/sim/town/check_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct seen_table *const tables[] = {
	&seen_parts, &seen_entrance, &seen_messages, &seen_erasure, &seen_sharing, &seen_order};
enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

static const char *const names[TOWN_NODES] = {"intake", "planning.employment", "planning.family",
	"planning.social", "notification", "reporting"};

/* ---- pieces ---------------------------------------------------------------------------------- */

void *grown_add(struct grown *list, size_t item_bytes)
{
	if (list->n == list->size) {
		list->size = list->size ? 2 * list->size : 64;
		list->at = realloc(list->at, list->size * item_bytes);
		if (!list->at)
			abort();
	}
	void *item = (char *)list->at + list->n++ * item_bytes;
	return memset(item, 0, item_bytes);
}

void wrong(struct town_check *check, const char *format, ...)
{
	va_list args;

	if (check->wrong[0])
		return;
	va_start(args, format);
	vsnprintf(check->wrong, sizeof(check->wrong), format, args);
	va_end(args);
}

struct short_id short_of(struct uuid id)
{
	struct short_id ret;

	for (int i = 0; i < 8; i++)
		snprintf(ret.text + 2 * i, 3, "%02x", id.b[8 + i]);
	return ret;
}

unsigned town_node_named(struct text name)
{
	unsigned i = 0;

	while (i < TOWN_NODES && !text_is(name, names[i]))
		i++;
	return i;
}

const char *town_node_name(unsigned node)
{
	return node < TOWN_NODES ? names[node] : "?";
}

int owner_index(const struct town_view *view, unsigned node, unsigned owner)
{
	const struct engine *engine = view->up[node] ? view->engine[node] : NULL;

	for (unsigned i = 0; engine && i < engine_owners(engine); i++)
		if (strcmp(engine_owner_name(engine, i), names[owner]) == 0)
			return (int)i;
	return -1;
}

static bool lies_in(struct town_check *check, unsigned node, unsigned tree, const struct key *key)
{
	struct txn *txn;
	struct bytes value;

	if (store_begin(check->view->store[node], STORE_READ, check->arena, &txn))
		return false;
	bool found = store_get(txn, tree, key_bytes(key), &value);
	store_abort(txn);
	return found;
}

/* Since the last look an operator let records out of quarantine: when in that turn each of them
 * took effect is not to be seen any more. */
static bool was_let_out(struct town_check *check, unsigned node, unsigned owner, int index)
{
	struct cursor_row row;

	engine_cursor(check->view->engine[node], (unsigned)index, &row);
	return row.quarantined < check->aside[node][owner];
}

bool node_knows(
	struct town_check *check, unsigned node, unsigned owner, uint64_t seq, enum when when)
{
	uint64_t before = check->before[node][owner], now = check->now[node][owner];
	uint64_t least = before < now ? before : now, most = before < now ? now : before;
	uint64_t through = when == NOW ? now : when == SURELY ? least : most;
	struct key key = {0};
	int index = owner_index(check->view, node, owner);

	if (check->went_back[owner]) /* what is there may be of the journal that was lost */
		return when == PERHAPS;
	if (now < before &&
		when == PERHAPS) /* it follows anew, behind what the same turn brought */
		through = UINT64_MAX;
	if (seq > through || index < 0 || node_dropped(check, node, owner, seq))
		return false;
	if (when == SURELY && was_let_out(check, node, owner, index))
		return false;
	key_add_text(&key, names[owner], strlen(names[owner]));
	key_add_u64(&key, seq);
	return !lies_in(check, node, CORE_QUARANTINE, &key);
}

bool is_retold(const struct seen *s)
{
	return (uint64_t)s->record->seq <= s->check->retold[s->node];
}

/* Those of departments, but of questions about capacity and of consents. */
bool is_of_part(const struct seen *s)
{
	const struct schema *schema = registry_find(s->record->type.p, s->record->type.n);

	return s->node >= NODE_EMPLOYMENT && s->node <= NODE_SOCIAL && schema && schema->n >= 3 &&
	       strcmp(schema->fields[0].name, "plan") == 0 &&
	       strcmp(schema->fields[2].name, "version") == 0;
}

/* ---- looking --------------------------------------------------------------------------------- */

static void see(const struct seen_table *table, struct seen *s, const void *event)
{
	for (size_t i = 0; i < table->n; i++)
		if (text_is(s->record->type, table->rows[i].type()->head->name)) {
			table->rows[i].see(s, event);
			break;
		}
	if (table->every)
		table->every(s, event);
}

static void look_at(void *ctx, unsigned node, const struct record *record)
{
	struct town_check *check = ctx;
	struct seen s = {check, node, record};
	const void *event = record ? news_event(check->view, node, record) : NULL;

	if (!record) {
		check->went_back[node] = true;
		check->retold[node] = check->view->engine[node]->journal.seq;
	} else if (!event) {
		wrong(check, "a record of %s cannot be decoded: %.*s", names[node],
			(int)record->type.n, record->type.p);
	}
	for (size_t i = 0; i < TABLES; i++)
		if (event)
			see(tables[i], &s, event);
		else if (!record && tables[i]->back)
			tables[i]->back(check, node);
}

static void read_cursors(struct town_check *check)
{
	const struct town_view *view = check->view;
	struct cursor_row row;

	for (unsigned node = 0; node < view->n && node < TOWN_NODES; node++)
		for (unsigned owner = 0; view->up[node] && owner < TOWN_NODES; owner++) {
			int index = owner_index(view, node, owner);
			if (index < 0)
				continue;
			engine_cursor(view->engine[node], (unsigned)index, &row);
			check->now[node][owner] = (uint64_t)row.through;
		}
}

const char *town_check(struct town_check *check, const struct town_view *view, struct arena *arena)
{
	check->view = view;
	check->arena = arena;
	read_cursors(check);
	if (!news_tell(&check->news, view, look_at, check))
		wrong(check, "a journal cannot be read");
	for (size_t i = 0; i < TABLES; i++) {
		if (tables[i]->looked)
			tables[i]->looked(check);
		if (view->healed && tables[i]->healed)
			tables[i]->healed(check);
	}
	memcpy(check->before, check->now, sizeof(check->before));
	memcpy(check->engines, view->engine, sizeof(check->engines));
	return check->wrong[0] ? check->wrong : NULL;
}

struct town_check *town_check_new(void)
{
	struct town_check *check = calloc(1, sizeof(*check));

	if (!check)
		abort();
	return check;
}

void town_check_free(struct town_check *check)
{
	free(check->parts.at);
	free(check->slots.at);
	free(check->inquiries.at);
	free(check->work.at);
	free(check->messages.at);
	free(check->erased.at);
	free(check->ids.at);
	free(check->consents.at);
	free(check->laws.at);
	free(check->items.at);
	free(check->informants.at);
	free(check->written.at);
	free(check->referrals.at);
	free(check->dropped.at);
	free(check);
}
