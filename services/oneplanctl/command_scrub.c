/* The command `scrub`: what a node's check of itself found, and starting one. Talks to one node. */
#include <stdio.h>
#include <unistd.h>

#include "common/admin.h"
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/table.h"

enum { LOOK_US = 200000, ANSWERS_BYTES = 1024 * 1024 };

struct work {
	struct ctl *ctl;
	struct client *client;
	struct arena arena; /* of the last answer */
	struct reason reason;
};

static enum err ask(struct work *work, const struct schema *query, void *ret_reply)
{
	const struct show_scrub nothing = {0}; /* both queries have the same field */
	const struct asked asked = {query, &nothing, ret_reply, &work->arena};

	arena_reset(&work->arena);
	return ask_query(work->ctl, work->client, &asked, &work->reason);
}

static void print_lines(struct work *work, const struct check_line *at, size_t n)
{
	static const struct table_column columns[] = {
		{.title = "where"}, {.title = "what", .wraps = true}};
	struct table table;

	table_init(&table, columns, 2, &work->arena);
	for (size_t i = 0; i < n; i++) {
		const char *cells[] = {text_string(&work->arena, at[i].where),
			text_string(&work->arena, at[i].what)};
		table_add(&table, TABLE_BAD, cells);
	}
	if (n)
		table_print(&table, work->ctl->colour);
}

static int print_scrub(struct work *work, const struct scrub_state *state)
{
	bool bad = state->faults || state->met;

	if (work->ctl->json) {
		int code = ctl_print_record(work->ctl, schema_scrub_state(), state);
		return !code && bad ? CTL_REFUSED : code;
	}
	if (state->running)
		printf("a check is under way: %lld rows so far\n", (long long)state->seen);
	if (state->ended_at)
		printf("%s: %lld rows, %lld records of the journal: %lld not as they were "
		       "written\n",
			amount_of_time(&work->arena, state->ended_at), (long long)state->rows,
			(long long)state->records, (long long)state->faults);
	else
		puts("no check has ended yet");
	if (state->met)
		printf("met in service %lld times, last in %.*s\n", (long long)state->met,
			(int)state->met_where.n, state->met_where.p);
	print_lines(work, state->first.at, state->first.n);
	return bad ? CTL_REFUSED : CTL_DONE;
}

static int fail(struct work *work, const struct town_node *node)
{
	return ctl_fail(work->ctl, &(struct failure){.node = node->name, .reason = &work->reason});
}

static int show(struct work *work, const struct town_node *node, bool wait)
{
	struct scrub_state state;
	enum err err = ask(work, schema_show_scrub(), &state);

	while (!err && wait && state.running) {
		usleep(LOOK_US);
		err = ask(work, schema_show_scrub(), &state);
	}
	return err ? fail(work, node) : print_scrub(work, &state);
}

static int show_deep(struct work *work, const struct town_node *node)
{
	struct backup_state state;
	enum err err;

	do {
		usleep(LOOK_US);
		err = ask(work, schema_show_backup(), &state);
	} while (!err && (text_is(state.phase, "asked") || text_is(state.phase, "copying") ||
				 text_is(state.phase, "checking")));
	if (!err && !state.checked)
		err = reason_set(&work->reason, ERR_CONFLICT, "", "%.*s", (int)state.why.n,
			state.why.n ? state.why.p : "the node started again meanwhile");
	if (err)
		return fail(work, node);
	const struct files_checked *found = state.checked;
	if (work->ctl->json)
		(void)ctl_print_record(work->ctl, schema_files_checked(), found);
	else
		printf("%lld rows, %lld records of the journal, folded again: %lld not as they "
		       "should be\n",
			(long long)found->rows, (long long)found->records,
			(long long)found->faults);
	if (!work->ctl->json && found->later)
		printf("own state was not compared with the journal: record %lld is of a later "
		       "version of the program\n",
			(long long)found->later);
	if (!work->ctl->json)
		print_lines(work, found->first.at, found->first.n);
	return found->faults ? CTL_REFUSED : CTL_DONE;
}

static enum err start(struct work *work, bool deep)
{
	const struct start_scrub command = {deep};
	struct scrub_state state;
	const struct asked asked = {schema_start_scrub(), &command, &state, &work->arena};

	return ask_command(work->ctl, work->client, &asked, &work->reason);
}

int command_scrub(struct ctl *ctl, const struct arguments *arguments)
{
	bool deep = argument_flag(arguments, "deep"), now = argument_flag(arguments, "now");
	struct work work = {.ctl = ctl};
	const struct town_node *node;
	int code;

	if (ctl_find_node(ctl, arguments->words[0], &node, &work.reason))
		return ctl_fail_here(ctl, &work.reason);
	work.client = ask_open(ctl, node, "operator", &work.reason);
	if (!work.client)
		return ask_fail(ctl, node, &work.reason);
	arena_init(&work.arena, ANSWERS_BYTES);
	if ((deep || now) && start(&work, deep))
		code = fail(&work, node);
	else
		code = deep ? show_deep(&work, node) : show(&work, node, now);
	arena_done(&work.arena);
	client_close(work.client);
	return code;
}
