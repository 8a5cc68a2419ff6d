/* The commands `follow-anew` and `new-epoch`: an operator resolves a divergence. Talks to one node.
 */
#include "common/admin.h"
#include "services/oneplanctl/ask.h"

static struct text given(const struct arguments *arguments, const char *name)
{
	const char *value = argument_text(arguments, name);

	return value ? text_of(value) : TEXT_NONE;
}

int command_follow_anew(struct ctl *ctl, const struct arguments *arguments)
{
	struct refollow command = {.owner = text_of(arguments->words[1]),
		.reason = given(arguments, "reason"),
		.by = given(arguments, "by")};
	struct following_anew reply;
	const struct asked asked = {schema_refollow(), &command, &reply, &ctl->arena};
	const struct town_node *node;
	struct reason reason = {0};

	ctl->by = argument_text(arguments, "by");
	if (argument_count(arguments, "react-from", &command.react_from, &reason) ||
		ctl_find_node(ctl, arguments->words[0], &node, &reason))
		return ctl_fail_here(ctl, &reason);
	return ask_decision(ctl, node, &asked);
}

int command_new_epoch(struct ctl *ctl, const struct arguments *arguments)
{
	const struct begin_epoch command = {given(arguments, "reason"), given(arguments, "by")};
	struct epoch_begun reply;
	const struct asked asked = {schema_begin_epoch(), &command, &reply, &ctl->arena};
	const struct town_node *node;
	struct reason reason = {0};

	ctl->by = argument_text(arguments, "by");
	if (ctl_find_node(ctl, arguments->words[0], &node, &reason))
		return ctl_fail_here(ctl, &reason);
	return ask_decision(ctl, node, &asked);
}
