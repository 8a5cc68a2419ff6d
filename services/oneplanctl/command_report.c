/* The command `report`: figures of the reporting node, as it draws them, and the events behind
 * them. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "proto/reporting.h"
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/output.h"
#include "services/oneplanctl/table.h"

enum { EVENTS = 50, PAGE = 200 };

struct wanted {
	struct ctl *ctl;
	const struct town_node *node;
	struct show_report show;
	struct reason reason;
};

/* ---- arguments ------------------------------------------------------------------------------- */

/* A word of an enumeration as typed, in either case. */
struct word {
	const char *field;
	enumeration_fn *words;
	const char *text;
};

static enum err take_word(struct wanted *wanted, const struct word *word, uint32_t *ret)
{
	const struct enumeration *words = word->words();
	const char *text = word->text;
	char lower[40] = "", all[120] = "";
	size_t n = 0;

	for (size_t i = 0; text[i] && i + 1 < sizeof(lower); i++)
		lower[i] = (char)tolower((unsigned char)text[i]);
	const struct enum_value *value = enum_by_word(words, lower, strlen(lower));
	if (value) {
		*ret = value->number;
		return ERR_OK;
	}
	for (size_t i = 0; i < words->n && n < sizeof(all); i++)
		n += (size_t)snprintf(
			all + n, sizeof(all) - n, "%s%s", i ? ", " : "", words->values[i].word);
	return reason_set(&wanted->reason, ERR_INVALID, word->field, "must be one of %s", all);
}

static enum err take_arguments(struct wanted *wanted, const struct arguments *arguments)
{
	struct reason *reason = &wanted->reason;
	const char *by = argument_text(arguments, "by");
	const char *node = argument_text(arguments, "node");
	const char *language = argument_text(arguments, "language");
	uint32_t report = 0, dimension = 0, tongue = 0;
	enum err err = take_word(
		wanted, &(struct word){"REPORT", words_report_name, arguments->words[0]}, &report);

	if (!err && by)
		err = take_word(wanted, &(struct word){"--by", words_dimension, by}, &dimension);
	if (!err && language)
		err = take_word(wanted,
			&(struct word){"--language", words_report_language, language}, &tongue);
	wanted->show.report = (enum report_name)report;
	wanted->show.language = (enum report_language)tongue;
	wanted->show.by = (enum dimension)dimension;
	if (!err)
		err = argument_date(arguments, "from", &wanted->show.from, reason);
	if (!err)
		err = argument_date(arguments, "until", &wanted->show.until, reason);
	if (err)
		return err;
	return node ? ctl_find_node(wanted->ctl, node, &wanted->node, reason)
		    : ctl_find_role(wanted->ctl, "reporting", &wanted->node, reason);
}

/* ---- figures --------------------------------------------------------------------------------- */

static int ask(struct wanted *wanted, const struct asked *asked)
{
	if (ask_once(wanted->ctl, wanted->node, asked, &wanted->reason))
		return ask_fail(wanted->ctl, wanted->node, &wanted->reason);
	return CTL_DONE;
}

static int print_figures(struct wanted *wanted)
{
	struct report reply;
	int code = ask(wanted,
		&(struct asked){schema_show_report(), &wanted->show, &reply, &wanted->ctl->arena});

	return code ? code : ctl_print_record(wanted->ctl, schema_report(), &reply);
}

static int print_rendering(struct wanted *wanted, enum report_form form)
{
	const struct show_report *show = &wanted->show;
	const struct render_report query = {
		show->report, show->from, show->until, show->by, form, show->language};
	struct rendering reply;
	int code = ask(wanted,
		&(struct asked){schema_render_report(), &query, &reply, &wanted->ctl->arena});

	if (code)
		return code;
	fwrite(reply.body.p, 1, reply.body.n, stdout);
	if (reply.body.n && reply.body.p[reply.body.n - 1] != '\n')
		putchar('\n');
	return CTL_DONE;
}

/* ---- events ---------------------------------------------------------------------------------- */

static void print_events_table(struct ctl *ctl, const struct report_event *events, size_t n)
{
	static const struct table_column columns[] = {{.title = "happened"}, {.title = "node"},
		{.title = "seq", .right = true}, {.title = "type"}, {.title = "about"}};
	struct arena *arena = &ctl->arena;
	struct table table;
	char id[UUID_TEXT_BYTES];

	table_init(&table, columns, 5, arena);
	for (size_t i = 0; i < n; i++) {
		uuid_format(
			uuid_is_nil(events[i].entity) ? events[i].inquiry : events[i].entity, id);
		const char *cells[] = {amount_of_time(arena, events[i].occurred_at),
			text_string(arena, events[i].node), amount_of_count(arena, events[i].seq),
			text_string(arena, events[i].type), arena_copy(arena, id, sizeof(id))};
		table_add(&table, TABLE_PLAIN, cells);
	}
	table_print(&table, ctl->colour);
}

static enum err first_column(struct wanted *wanted, struct client *client, struct text *ret)
{
	struct report report;
	const struct asked asked = {
		schema_show_report(), &wanted->show, &report, &wanted->ctl->arena};
	enum err err = ask_query(wanted->ctl, client, &asked, &wanted->reason);

	if (!err && report.columns.n == 0)
		err = reason_set(&wanted->reason, ERR_NOT_FOUND, "", "the report has no columns");
	if (!err)
		*ret = report.columns.at[0].name;
	return err;
}

static enum err read_events(struct wanted *wanted, struct client *client,
	struct report_events *query, struct report_event_list *ret)
{
	int64_t left = query->limit;
	struct report_event_list page;
	const struct asked asked = {schema_report_events(), query, &page, &wanted->ctl->arena};
	enum err err = ERR_OK;

	ret->events.at =
		arena_alloc(&wanted->ctl->arena, (size_t)query->limit * sizeof(*ret->events.at));
	if (!ret->events.at)
		return reason_set(&wanted->reason, ERR_LIMIT, "--limit", "is too large");
	for (; !err && left > 0; left = ret->next ? left : 0) {
		query->limit = left < PAGE ? left : PAGE;
		err = ask_query(wanted->ctl, client, &asked, &wanted->reason);
		if (err)
			break;
		if (page.events.n)
			memcpy(ret->events.at + ret->events.n, page.events.at,
				page.events.n * sizeof(*page.events.at));
		ret->events.n += page.events.n;
		left -= (int64_t)page.events.n;
		ret->next = page.next;
		query->after = page.next;
	}
	return err;
}

static int print_events(struct wanted *wanted, const struct arguments *arguments)
{
	const char *column = argument_text(arguments, "column");
	const char *row = argument_text(arguments, "row");
	struct report_events query = {.report = wanted->show.report,
		.from = wanted->show.from,
		.until = wanted->show.until,
		.section = row ? wanted->show.by : dimension_none,
		.row = text_of(row ? row : ""),
		.column = text_of(column ? column : ""),
		.limit = EVENTS};
	struct report_event_list events = {.next = NULL};

	if (argument_count(arguments, "limit", &query.limit, &wanted->reason))
		return ctl_fail_here(wanted->ctl, &wanted->reason);
	if (query.limit == 0 || query.limit > 100000)
		return ctl_fail_usage(wanted->ctl, "--limit", "must be from 1 to 100000");
	struct client *client = ask_open(wanted->ctl, wanted->node, "operator", &wanted->reason);
	enum err err = client ? ERR_OK : wanted->reason.code;

	if (!err && !column)
		err = first_column(wanted, client, &query.column);
	if (!err)
		err = read_events(wanted, client, &query, &events);
	client_close(client);
	if (err)
		return ask_fail(wanted->ctl, wanted->node, &wanted->reason);
	if (wanted->ctl->json)
		return ctl_print_record(wanted->ctl, schema_report_event_list(), &events);
	print_events_table(wanted->ctl, events.events.at, events.events.n);
	if (events.next)
		printf("there are more: --limit\n");
	return CTL_DONE;
}

int command_report(struct ctl *ctl, const struct arguments *arguments)
{
	struct wanted wanted = {.ctl = ctl};
	bool csv = argument_flag(arguments, "csv"), svg = argument_flag(arguments, "svg");

	if (csv + svg + ctl->json > 1)
		return ctl_fail_usage(ctl, "--csv", "only one of --json, --csv and --svg");
	if (take_arguments(&wanted, arguments))
		return ctl_fail_here(ctl, &wanted.reason);
	if (argument_flag(arguments, "events"))
		return print_events(&wanted, arguments);
	if (ctl->json)
		return print_figures(&wanted);
	if (csv)
		return print_rendering(&wanted, report_form_csv);
	return print_rendering(&wanted, svg ? report_form_svg : report_form_table);
}
