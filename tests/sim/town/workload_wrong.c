/* Spoils a sensible command in one way. Touches nothing. */
#include <string.h>

#include "tests/sim/town/workload_private.h"

enum { TOO_LONG_BYTES = 1100, FIELD_TRIES = 8 };

/* Any top field of that type. */
static const struct field *field_of(struct saying *s, enum field_type type)
{
	const struct schema *schema = s->deed->command;

	for (int i = 0; i < FIELD_TRIES && schema->n; i++) {
		const struct field *field = &schema->fields[pick(s->w, schema->n)];
		if (field->type == type)
			return field;
	}
	return NULL;
}

static void *place(struct saying *s, const struct field *field)
{
	return (char *)s->deed->fields + field->offset;
}

static void stale_version(struct saying *s)
{
	static const char name[] = "seen_version";
	const struct field *field = schema_field(s->deed->command, name, sizeof(name) - 1);
	int64_t version;

	if (!field)
		return;
	memcpy(&version, place(s, field), sizeof(version));
	if (one_in(s->w, 4))
		version += 5;
	else if (version > 1)
		version -= 1 + (int64_t)pick(s->w, (size_t)version - 1);
	memcpy(place(s, field), &version, sizeof(version));
}

/* The id of something else, or of nothing. */
static void foreign_id(struct saying *s)
{
	const struct field *field = field_of(s, FIELD_UUID);
	const struct thing *other =
		one_in(s->w, 3) ? NULL
				: any(s->w, (enum known)pick(s->w, KNOWN), ANY_NODE, ANY_STATE);
	struct uuid id = other ? other->id : new_id(s);

	if (field && !uuid_is_nil(id))
		memcpy(place(s, field), &id, sizeof(id));
}

static void wrong_role(struct saying *s)
{
	s->deed->actor.role = text_of(actor_roles[pick(s->w, N_ACTOR_ROLES)].name);
}

static void wrong_client(struct saying *s)
{
	static const struct {
		const char *name;
		uint32_t role;
	} clients[] = {{"operator", PEER_OPERATOR}, {"reporting", PEER_REPORTING},
		{"planning.family", PEER_PLANNING}, {"importer", PEER_IMPORTER}};
	size_t which = pick(s->w, 4);

	s->deed->client = clients[which].name;
	s->deed->peer = clients[which].role;
}

static void wrong_department(struct saying *s)
{
	s->deed->actor.department = department_of(some_department(s));
}

static void wrong_node(struct saying *s)
{
	s->deed->node = (unsigned)pick(s->w, TOWN_NODES);
}

static void bad_number(struct saying *s)
{
	const struct field *field = field_of(s, FIELD_INT);
	int64_t value;

	if (!field || field->max == INT64_MAX)
		return;
	value = field->max + 1;
	memcpy(place(s, field), &value, sizeof(value));
}

static void bad_word(struct saying *s)
{
	const struct field *field = field_of(s, FIELD_ENUM);
	const int none_such = 77;

	if (field)
		memcpy(place(s, field), &none_such, sizeof(none_such));
}

static void long_text(struct saying *s)
{
	const struct field *field = field_of(s, FIELD_TEXT);
	struct text text = {NULL, 0, false};
	char *p;

	if (!field || field->max >= TOO_LONG_BYTES)
		return;
	text.n = (uint32_t)field->max + 1;
	p = arena_alloc(s->arena, text.n);
	if (!p)
		return;
	memset(p, 'x', text.n);
	text.p = p;
	memcpy(place(s, field), &text, sizeof(text));
}

static void missing_field(struct saying *s)
{
	const struct schema *schema = s->deed->command;
	const struct field *field = schema->n ? &schema->fields[pick(s->w, schema->n)] : NULL;

	if (field && field->type != FIELD_NEST && field->type != FIELD_LIST)
		memset(place(s, field), 0,
			field_is_list(field) ? sizeof(struct list) : field_item_bytes(field));
}

void spoil(struct saying *s)
{
	static void (*const ways[])(struct saying * s) = {stale_version, stale_version, foreign_id,
		foreign_id, wrong_role, wrong_client, wrong_department, wrong_node, bad_number,
		bad_word, long_text, missing_field};

	ways[pick(s->w, sizeof(ways) / sizeof(ways[0]))](s);
}
