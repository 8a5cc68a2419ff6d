/* Reads one line of an import; touches memory only. */
#include "services/oneplanctl/import_line.h"

#include "common/clock.h"
#include "common/uuid.h"
#include "services/oneplanctl/actor.h"
#include "services/oneplanctl/catalogue.h"

enum { COMMAND, AT, BY, WITH, MEMBERS };

static enum err read_with(
	struct text with, struct arena *arena, struct import_line *ret, struct reason *reason)
{
	ret->with = arena_alloc(arena, ret->schema->size);
	if (!ret->with)
		return reason_set(reason, ERR_LIMIT, "with", "is larger than a message may be");
	enum err err = schema_from_json(ret->schema, with, arena, ret->with, reason);
	if (err)
		reason_prefix(reason, "with", -1);
	return err;
}

enum err import_line_parse(
	struct text line, struct arena *arena, struct import_line *ret, struct reason *reason)
{
	struct json_member members[MEMBERS] = {[COMMAND] = {.name = "command", .need = REQUIRED},
		[AT] = {.name = "at", .need = REQUIRED},
		[BY] = {.name = "by", .need = REQUIRED},
		[WITH] = {.name = "with", .need = REQUIRED}};
	enum err err = json_split(line, members, MEMBERS, arena, reason);

	if (err)
		return err;
	const struct text command = members[COMMAND].value, at = members[AT].value;
	ret->schema = catalogue_find(ret->role, command.p, command.n);
	if (!ret->schema || ret->schema->head->kind != SCHEMA_COMMAND)
		return reason_set(reason, ERR_UNKNOWN_TYPE, "command", "%.*s is no command here",
			(int)(command.n < 48 ? command.n : 48), command.p);
	if (!time_parse(at.p, at.n, &ret->at) || ret->at <= 0)
		return reason_set(reason, ERR_INVALID, "at",
			"must be a time such as 2026-11-22T09:00:00Z, after 1970");
	err = actor_parse(members[BY].value, &ret->by, reason);
	if (err) {
		reason_prefix(reason, "by", -1);
		return err;
	}
	ret->key = uuid_of_hash(ret->at, text_bytes(line));
	return read_with(members[WITH].value, arena, ret, reason);
}
