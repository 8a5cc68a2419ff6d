/* Pieces of commands: words, people, times, ids. Touches nothing. */
#include <string.h>

#include "tests/sim/town/workload_private.h"

enum { FEW = 4 }; /* of whom much is said, so that several departments help them */

/* CPR numbers that belong to nobody. */
static const char *const numbers[PEOPLE] = {"2211660000", "0101700000", "0202710000", "0303720000",
	"0404730000", "0505740000", "0606750000", "0707760000", "080815-4000", "0909160000",
	"1010170000", "111118-4000"};
static const char *const staff[] = {"Kaj", "Bo", "Eva", "Ida"};

struct text some_words(struct saying *s)
{
	static const char *const words[] = {"jeg kan ikke sove", "my own home", "to call back",
		"talks with somebody", "so that it gets better", "ikke nu"};
	const char *text = arena_printf(s->arena, "%s %u", words[pick(s->w, 6)], ++s->w->numbers);

	return text ? text_of(text) : text_of("words");
}

struct text some_person(struct saying *s)
{
	return text_of(staff[pick(s->w, sizeof(staff) / sizeof(staff[0]))]);
}

struct text some_number(struct saying *s)
{
	size_t among = s->only ? 1 : one_in(s->w, 2) ? FEW : PEOPLE;

	return text_of(numbers[pick(s->w, among)]);
}

struct text department_of(unsigned node)
{
	return text_of(town_department(node));
}

unsigned some_department(struct saying *s)
{
	return NODE_EMPLOYMENT + (unsigned)pick(s->w, DEPARTMENTS);
}

unsigned other_department(struct saying *s, unsigned than)
{
	unsigned node = NODE_EMPLOYMENT + (unsigned)pick(s->w, DEPARTMENTS - 1);

	return node >= than ? node + 1 : node;
}

enum life_area *some_areas(struct saying *s, size_t *ret_n)
{
	static const enum life_area areas[] = {
		life_area_work, life_area_housing, life_area_health, life_area_own_child};
	size_t n = one_in(s->w, 4) ? 2 : 1, from = pick(s->w, 4);
	enum life_area *at = arena_alloc(s->arena, 2 * sizeof(*at));

	*ret_n = at ? n : 0;
	for (size_t i = 0; i < *ret_n; i++)
		at[i] = areas[(from + i) % 4];
	return at;
}

int64_t in_days(struct saying *s, int from, int until)
{
	int64_t ms = from * MS_PER_DAY +
		     (int64_t)pick(s->w, (size_t)((until - from) * MS_PER_DAY / MS_PER_MINUTE)) *
			     MS_PER_MINUTE;

	return s->now + ms;
}

int64_t in_days_date(struct saying *s, int from, int until)
{
	return local_date(in_days(s, from, until));
}

struct uuid new_id(struct saying *s)
{
	return uuid_make(s->now, &s->w->random);
}

struct uuid own_id(struct saying *s)
{
	return one_in(s->w, 3) ? new_id(s) : (struct uuid){{0}};
}

void speak_as(struct saying *s, const char *role, struct uuid person)
{
	char id[UUID_TEXT_BYTES];

	uuid_format(person, id);
	s->deed->actor.role = text_of(role);
	s->deed->actor.id = text_of(arena_copy(s->arena, id, strlen(id)));
}

struct thing *some_part(struct saying *s, unsigned node)
{
	struct thing *part = any(s->w, PARTS, node, STATE(part_state_open));

	if (part)
		s->deed->node = part->node;
	return part;
}

struct thing *part_of(struct saying *s, const struct thing *thing)
{
	struct thing *part = thing ? known_at(s->w, PARTS, thing->node, thing->of) : NULL;

	if (!part || part->state != part_state_open)
		return NULL;
	s->deed->node = part->node;
	return part;
}

bool all_may_know(struct saying *s, struct uuid citizen)
{
	const struct pool *consents = &s->w->pools[CONSENTS];

	for (size_t i = 0; i < consents->n; i++)
		if (!consents->at[i].over && consents->at[i].state &&
			uuid_equal(consents->at[i].person, citizen))
			return true;
	return false;
}
