/* Finds out which record of a quarantine is meant; touches nothing. */
#include "services/oneplanctl/quarantine.h"

#include <string.h>

#include "common/uuid.h"

/* option with its dashes */
static enum err take_number(
	const struct arguments *arguments, const char *option, int64_t *ret, struct reason *reason)
{
	enum err err = argument_count(arguments, option + 2, ret, reason);

	return !err && *ret == 0
		       ? reason_set(reason, ERR_INVALID, option, "must be the number of a record")
		       : err;
}

enum err quarantine_target_of(
	const struct arguments *arguments, struct quarantine_target *ret, struct reason *reason)
{
	const char *retry = argument_text(arguments, "retry");
	const char *drop = argument_text(arguments, "drop");
	const char *owner = argument_text(arguments, "owner");

	*ret = (struct quarantine_target){.owner = owner ? text_of(owner) : TEXT_NONE};
	if (retry && drop)
		return reason_set(
			reason, ERR_INVALID, "--drop", "is not done together with --retry");
	if (drop && !argument_text(arguments, "reason"))
		return reason_set(reason, ERR_INVALID, "--reason", "is missing: why it is dropped");
	if (drop && !argument_text(arguments, "by"))
		return reason_set(reason, ERR_INVALID, "--by", "is missing: who decides it");
	if (drop)
		return take_number(arguments, "--drop", &ret->seq, reason);
	if (retry && strchr(retry, '-'))
		return argument_uuid(arguments, "retry", &ret->entity, reason);
	return retry ? take_number(arguments, "--retry", &ret->seq, reason) : ERR_OK;
}

static bool is_meant(const struct quarantine_line *line, const struct quarantine_target *target)
{
	return target->seq ? line->seq == target->seq : uuid_equal(line->entity, target->entity);
}

enum err quarantine_find(
	const struct quarantine_page *page, struct quarantine_target *target, struct reason *reason)
{
	struct text owner = TEXT_NONE;

	if (target->owner.n) /* the node knows */
		return ERR_OK;
	if (page->more)
		return reason_set(reason, ERR_INVALID, "--owner",
			"is needed: there is more in quarantine than can be looked through");
	for (size_t i = 0; i < page->records.n; i++) {
		const struct quarantine_line *line = &page->records.at[i];
		if (!is_meant(line, target))
			continue;
		if (owner.n && !text_equal(owner, line->owner))
			return reason_set(reason, ERR_CONFLICT, "--owner",
				"is needed: %.*s and %.*s both have such a record", (int)owner.n,
				owner.p, (int)line->owner.n, line->owner.p);
		owner = line->owner;
	}
	target->owner = owner;
	return owner.n ? ERR_OK
		       : reason_set(reason, ERR_NOT_FOUND, "", "no such record is in quarantine");
}
