/* Parts of plans: their versions, and who coordinates whom (I14). Touches nothing. */
#include <string.h>

#include "tests/sim/town/check_private.h"

struct part {
	unsigned node;
	struct uuid plan, citizen;
	bool open;
	int64_t version, term;
	bool begun; /* to be looked at */
};

static struct part *find(struct town_check *check, unsigned node, struct uuid plan)
{
	struct part *parts = check->parts.at;

	for (size_t i = check->parts.n; i-- > 0;)
		if (parts[i].node == node && uuid_equal(parts[i].plan, plan))
			return &parts[i];
	return NULL;
}

/* I14: of two departments that say so, one has heard too late. A node that was put back has lost
 * what it said: the entrance whom it registered, a department that it had ended. That is not mended
 * by itself, and not judged. */
static void check_alone(struct town_check *check, const struct part *part)
{
	const struct part *parts = check->parts.at;

	if (check->went_back[NODE_INTAKE] || check->went_back[part->node])
		return;
	for (size_t i = 0; i < check->parts.n; i++)
		if (parts[i].node != part->node && parts[i].open && parts[i].term > 0 &&
			!check->went_back[parts[i].node] &&
			uuid_equal(parts[i].citizen, part->citizen))
			wrong(check,
				"I14: %s (term %lld) and %s (term %lld) both coordinate citizen %s",
				town_node_name(part->node), (long long)part->term,
				town_node_name(parts[i].node), (long long)parts[i].term,
				SHORT(part->citizen));
}

/* Those that begun to coordinate, or came to another citizen, since the last look. */
static void check_begun(struct town_check *check)
{
	struct part *parts = check->parts.at;

	for (size_t i = 0; i < check->parts.n; i++) {
		if (parts[i].begun && parts[i].open && parts[i].term > 0)
			check_alone(check, &parts[i]);
		parts[i].begun = false;
	}
}

static void see_opened(struct seen *s, const void *event)
{
	const struct part_opened *e = event;
	struct part *part = find(s->check, s->node, e->plan);

	if (!part)
		part = grown_add(&s->check->parts, sizeof(*part));
	part->node = s->node;
	part->plan = e->plan;
	part->citizen = e->citizen;
	part->open = true;
	part->term = 0;
}

static void see_joined(struct seen *s, const void *event)
{
	const struct part_joined *e = event;
	struct part *old = find(s->check, s->node, e->provisional_plan);
	struct part *there = find(s->check, s->node, e->plan);

	if (!old || uuid_equal(e->plan, e->provisional_plan)) {
		if (there) {
			there->citizen = e->citizen;
			there->begun = true;
		}
		return;
	}
	if (there && there->version > old->version)
		old->version = there->version;
	if (there && there->open) {
		there->version = old->version;
		old->open = false;
		old->plan = (struct uuid){{0}};
		old = there;
	} else if (there) {
		there->plan = (struct uuid){{0}};
	}
	old->plan = e->plan;
	old->citizen = e->citizen;
	old->begun = true;
}

static void see_begun(struct seen *s, const void *event)
{
	const struct coordination_begun *e = event;
	struct part *part = find(s->check, s->node, e->plan);

	if (part) {
		part->term = e->term;
		part->begun = true;
	}
}

static void see_released(struct seen *s, const void *event)
{
	const struct coordination_released *e = event;
	struct part *part = find(s->check, s->node, e->plan);

	if (part)
		part->term = 0;
}

static void see_closed(struct seen *s, const void *event)
{
	const struct part_closed *e = event;
	struct part *part = find(s->check, s->node, e->plan);

	if (!part)
		return;
	part->open = false;
	part->term = 0;
}

/* What is said beside the part; in a command that makes a version it still names the one before. */
static bool is_beside(struct text type)
{
	static const char beside[] = "plan_work_";

	return type.n > sizeof(beside) - 1 && memcmp(type.p, beside, sizeof(beside) - 1) == 0;
}

/* A pause is said before what it belongs to; when that joins two parts it makes the version after
 * the greater of theirs. */
static bool is_before(struct text type)
{
	return text_is(type, "sharing_paused");
}

/* Every event makes the next version or leaves the present one; 0 is said where there is no part.
 */
static void check_version(struct seen *s, const void *event)
{
	const struct of_part *head = event;
	struct part *part;

	if (!is_of_part(s) || head->version == 0)
		return;
	part = find(s->check, s->node, head->plan);
	if (!part || (is_beside(s->record->type) && head->version + 1 == part->version))
		return;
	if (is_before(s->record->type) && head->version > part->version)
		return;
	if (head->version != part->version && head->version != part->version + 1)
		wrong(s->check, "versions: %.*s of %s makes version %lld of plan %s behind %lld",
			(int)s->record->type.n, s->record->type.p, town_node_name(s->node),
			(long long)head->version, SHORT(head->plan), (long long)part->version);
	part->version = head->version;
}

static void forget(struct town_check *check, unsigned node)
{
	struct part *parts = check->parts.at;
	size_t kept = 0;

	for (size_t i = 0; i < check->parts.n; i++)
		if (parts[i].node != node)
			parts[kept++] = parts[i];
	check->parts.n = kept;
}

static const struct seen_row rows[] = {
	{schema_part_opened, see_opened},
	{schema_part_joined, see_joined},
	{schema_coordination_begun, see_begun},
	{schema_coordination_released, see_released},
	{schema_part_closed, see_closed},
};
const struct seen_table seen_parts = {
	SEEN_ROWS(rows), .every = check_version, .back = forget, .looked = check_begun};
