/* The command `digest`: digests of one node's state. */
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/table.h"

#include "common/admin.h"

static const char *hex_of(struct arena *arena, struct text bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = arena_alloc(arena, (size_t)bytes.n * 2 + 1);

	for (uint32_t i = 0; hex && i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];
		hex[2 * i] = digits[c >> 4];
		hex[2 * i + 1] = digits[c & 15];
	}
	return hex;
}

static void print_table(struct ctl *ctl, const struct digest_reply *reply)
{
	static const struct table_column columns[] = {{.title = "part"}, {.title = "digest"}};
	struct table table;

	table_init(&table, columns, 2, &ctl->arena);
	for (size_t i = 0; i < reply->parts.n; i++) {
		const char *cells[] = {text_string(&ctl->arena, reply->parts.at[i].part),
			hex_of(&ctl->arena, reply->parts.at[i].digest)};
		table_add(&table, TABLE_PLAIN, cells);
	}
	table_print(&table, ctl->colour);
}

int command_digest(struct ctl *ctl, const struct arguments *arguments)
{
	const struct show_digest query = {.sealed = argument_flag(arguments, "sealed")};
	const struct town_node *node;
	struct digest_reply reply;
	struct reason reason = {0};
	const struct asked asked = {schema_show_digest(), &query, &reply, &ctl->arena};

	if (ctl_find_node(ctl, arguments->words[0], &node, &reason))
		return ctl_fail_here(ctl, &reason);
	if (ask_once(ctl, node, &asked, &reason))
		return ask_fail(ctl, node, &reason);
	if (ctl->json)
		return ctl_print_record(ctl, schema_digest_reply(), &reply);
	print_table(ctl, &reply);
	return CTL_DONE;
}
