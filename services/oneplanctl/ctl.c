/* What the commands share: the town they look at and how they end. Reads town.ini through town.h;
 * writes to standard output and standard error. */
#include "services/oneplanctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "services/oneplanctl/nearest.h"
#include "services/oneplanctl/output.h"

int64_t ctl_timeout(const struct ctl *ctl, int64_t otherwise_ms)
{
	return ctl->timeout_ms ? ctl->timeout_ms : otherwise_ms;
}

enum err ctl_open_town(struct ctl *ctl, struct reason *reason)
{
	return town_load(ctl->town_dir, &ctl->arena, &ctl->town, reason);
}

enum err ctl_find_node(
	struct ctl *ctl, const char *name, const struct town_node **ret, struct reason *reason)
{
	enum err err = ctl_open_town(ctl, reason);
	struct nearest nearest = {.word = name};
	char all[120] = "";
	size_t n = 0;

	if (err)
		return err;
	*ret = town_find(&ctl->town, name);
	if (*ret)
		return ERR_OK;
	for (size_t i = 0; i < ctl->town.n; i++)
		nearest_try(&nearest, ctl->town.nodes[i].name);
	if (nearest.best)
		return reason_set(reason, ERR_NOT_FOUND, name,
			"is no node of this town; did you mean %s?", nearest.best);
	for (size_t i = 0; i < ctl->town.n && n < sizeof(all); i++)
		n += (size_t)snprintf(
			all + n, sizeof(all) - n, "%s%s", i ? ", " : "", ctl->town.nodes[i].name);
	return reason_set(reason, ERR_NOT_FOUND, name, "is no node of this town: %s", all);
}

void ctl_look_again(struct ctl *ctl, const struct town_node *node)
{
	struct town_node *known = &ctl->town.nodes[node - ctl->town.nodes];
	struct arena arena;
	struct town town;

	arena_init(&arena, (size_t)4 * 1024 * 1024);
	if (!town_load(ctl->town_dir, &arena, &town, NULL)) {
		const struct town_node *now = town_find(&town, node->name);
		if (now && strcmp(now->public_key, known->public_key) != 0)
			known->public_key = arena_printf(&ctl->arena, "%s", now->public_key);
		if (now && strcmp(now->endpoint, known->endpoint) != 0)
			known->endpoint = arena_printf(&ctl->arena, "%s", now->endpoint);
	}
	arena_done(&arena);
}

enum err ctl_find_role(
	struct ctl *ctl, const char *role, const struct town_node **ret, struct reason *reason)
{
	enum err err = ctl_open_town(ctl, reason);

	if (err)
		return err;
	*ret = town_find_role(&ctl->town, role);
	if (!*ret)
		err = reason_set(reason, ERR_NOT_FOUND, role, "there is no such node in this town");
	return err;
}

int ctl_print_record(struct ctl *ctl, const struct schema *schema, const void *record)
{
	unsigned flags = ctl->terminal && !ctl->json ? SCHEMA_INDENT : 0;
	const char *json = schema_to_json(schema, record, flags, &ctl->arena);

	if (!json) {
		fprintf(stderr, "oneplanctl: the answer is too large to show\n");
		return CTL_SYSTEM;
	}
	return printf("%s\n", json) < 0 ? CTL_SYSTEM : CTL_DONE;
}

enum ctl_exit ctl_exit_of(const struct failure *failure)
{
	enum err code = failure->reason->code;

	if (failure->code)
		return failure->code;
	if (failure->unknown)
		return CTL_UNKNOWN;
	if (code == ERR_TIMEOUT || code == ERR_EXPIRED || code == ERR_BUSY)
		return CTL_UNREACHABLE;
	if (code == ERR_PROTOCOL)
		return CTL_NOT_UNDERSTOOD;
	if (failure->node)
		return CTL_REFUSED;
	return code == ERR_SYSTEM || code == ERR_NO_MEMORY ? CTL_SYSTEM : CTL_USAGE;
}

static void print_failure(struct ctl *ctl, const struct failure *failure)
{
	const struct reason *reason = failure->reason;
	bool unknown = failure->unknown || !uuid_is_nil(ctl->unknown);
	const struct ctl_failure record = {.node = text_of(failure->node ? failure->node : ""),
		.error = text_of(err_word(reason->code)),
		.field = text_of(reason->field),
		.rule = text_of(reason->rule[0] ? reason->rule : err_sentence(reason->code)),
		.key = uuid_is_nil(failure->key) ? ctl->unknown : failure->key,
		.unknown = unknown};

	(void)ctl_print_record(ctl, schema_ctl_failure(), &record);
}

int ctl_fail(struct ctl *ctl, const struct failure *failure)
{
	const struct reason *reason = failure->reason;
	char key[UUID_TEXT_BYTES];

	fprintf(stderr, "oneplanctl: %s%s%s: %s%s%s\n", failure->node ? failure->node : "",
		failure->node ? ": " : "", err_word(reason->code), reason->field,
		reason->field[0] ? ": " : "",
		reason->rule[0] ? reason->rule : err_sentence(reason->code));
	if (failure->unknown && !uuid_is_nil(failure->key)) {
		uuid_format(failure->key, key);
		fprintf(stderr, "oneplanctl: it may have been done; ask again with --key %s\n",
			key);
	}
	if (!uuid_is_nil(ctl->unknown))
		fprintf(stderr, "oneplanctl: it may have been done; look before asking again\n");
	if (ctl->json)
		print_failure(ctl, failure);
	return uuid_is_nil(ctl->unknown) ? (int)ctl_exit_of(failure) : CTL_UNKNOWN;
}

int ctl_fail_here(struct ctl *ctl, const struct reason *reason)
{
	return ctl_fail(ctl, &(struct failure){.reason = reason});
}

int ctl_fail_usage(struct ctl *ctl, const char *field, const char *rule)
{
	struct reason reason;

	(void)reason_set(&reason, ERR_INVALID, field, "%s", rule);
	return ctl_fail_here(ctl, &reason);
}
