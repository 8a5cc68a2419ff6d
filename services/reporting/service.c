/* The queries of reporting and the table that the engine runs; reads state through what it is given
 * and touches nothing else. */
#include "services/reporting/reporting.h"

#include <string.h>

#include "proto/registry.h"
#include "proto/roles.h"
#include "services/reporting/evidence.h"
#include "services/reporting/follows.h"
#include "services/reporting/trees.h"

static enum err select_report(
	struct question *q, const struct show_report *asked, struct selection *ret)
{
	*ret = (struct selection){report_kind_of(asked->report), {asked->from, asked->until},
		asked->by, asked->language};
	if (!ret->kind)
		return reason_set(q->reason, ERR_NOT_FOUND, "report", "is no report");
	if (asked->from && asked->until && asked->until < asked->from)
		return reason_set(
			q->reason, ERR_INVALID, "until", "must not be a day before `from`");
	if (asked->by && !(ret->kind->dimensions & 1u << asked->by))
		return reason_set(q->reason, ERR_INVALID, "by", "%s cannot be divided by it",
			enum_word(words_report_name, asked->report));
	return ERR_OK;
}

static enum err show(struct question *q, const void *query, void *ret_reply)
{
	struct selection selection;
	enum err err = select_report(q, query, &selection);

	return err ? err : tabulate(&q->state, &selection, ret_reply, q->reason);
}

static const char *write_form(
	enum report_form form, const struct report *report, struct buffer *out)
{
	switch (form) {
	case report_form_csv:
		render_csv(report, out);
		return "text/csv; charset=utf-8";
	case report_form_svg:
		render_svg(report, &report_kind_of(report->report)->picture, out);
		return "image/svg+xml";
	case report_form_table:
	case report_form_none:
	case report_form_end:
		break;
	}
	render_table(report, out);
	return "text/plain; charset=utf-8";
}

static enum err render(struct question *q, const void *query, void *ret_reply)
{
	const struct render_report *asked = query;
	const struct show_report show_it = {
		asked->report, asked->from, asked->until, asked->by, asked->language};
	struct rendering *reply = ret_reply;
	struct selection selection;
	struct report report;
	struct buffer out;
	enum err err = select_report(q, &show_it, &selection);

	if (!err)
		err = tabulate(&q->state, &selection, &report, q->reason);
	if (err)
		return err;
	buffer_init(&out, RENDER_BYTES_MAX);
	reply->media_type = text_of(write_form(asked->form, &report, &out));
	reply->body = text_of_bytes(bytes_copy(q->state.arena, buffer_bytes(&out)));
	if (out.failed || !reply->body.p)
		err = reason_set(q->reason, ERR_LIMIT, "from",
			"larger than an answer may be: choose a shorter period");
	buffer_done(&out);
	return err;
}

static const struct column *column_of(
	const struct report_kind *kind, struct text name, const struct reporting_settings *settings)
{
	for (size_t i = 0; i < kind->n_columns; i++)
		if (text_is(name, kind->columns[i].name) &&
			column_exists(&kind->columns[i], settings))
			return &kind->columns[i];
	return NULL;
}

static enum err select_figure(struct question *q, const struct report_events *asked,
	const struct departments *departments, struct figure *ret)
{
	const struct show_report show_it = {.report = asked->report,
		.from = asked->from,
		.until = asked->until,
		.by = asked->section};
	enum err err = select_report(q, &show_it, &ret->selection);

	if (err)
		return err;
	ret->grouping = grouping_in(asked->section, departments);
	ret->column = column_of(ret->selection.kind, asked->column, settings_of(&q->state));
	if (!ret->column)
		return reason_set(
			q->reason, ERR_NOT_FOUND, "column", "is no column of this report");
	if (!asked->section && asked->row.n && !text_is(asked->row, "total"))
		return reason_set(q->reason, ERR_INVALID, "section", "is needed for this row");
	if (asked->section && !grouping_key_of(&ret->grouping, asked->row, &ret->key))
		return reason_set(q->reason, ERR_NOT_FOUND, "row", "is no row of this section");
	return ERR_OK;
}

static const struct report_row *row_of(
	const struct report *report, const struct report_events *asked)
{
	for (size_t i = 0; i < report->rows.n; i++)
		if (report->rows.at[i].section == asked->section &&
			(!asked->section || text_equal(report->rows.at[i].key, asked->row)))
			return &report->rows.at[i];
	return NULL;
}

/* What is not shown has no events to show either; so the report is counted as it would be shown. */
static enum err refuse_suppressed(
	struct question *q, const struct report_events *asked, const struct figure *figure)
{
	struct report report;

	if (settings_of(&q->state)->suppress_below <= 1)
		return ERR_OK;
	enum err err = tabulate(&q->state, &figure->selection, &report, q->reason);
	if (err)
		return err;
	const struct report_row *row = row_of(&report, asked);
	for (size_t i = 0; row && i < report.columns.n; i++)
		if (text_equal(report.columns.at[i].name, asked->column) &&
			row->cells.at[i].kind == cell_kind_suppressed)
			return reason_set(q->reason, ERR_DENIED, "column",
				"so few that persons could be recognised");
	return ERR_OK;
}

static enum err list_events(struct question *q, const void *query, void *ret_reply)
{
	const struct report_events *asked = query;
	const struct evidence_page page = {asked->after, (size_t)asked->limit};
	const struct departments departments = departments_of(&q->state);
	struct figure figure = {0};
	enum err err = select_figure(q, asked, &departments, &figure);

	if (!err)
		err = refuse_suppressed(q, asked, &figure);
	if (err)
		return err;
	err = evidence_list(&q->state, &figure, &page, ret_reply);
	if (err == ERR_NOT_FOUND)
		return reason_set(
			q->reason, ERR_INVALID, "after.node", "is no node that is followed");
	return err;
}

static const struct query_row queries[] = {
	{schema_show_report, show},
	{schema_render_report, render},
	{schema_report_events, list_events},
};

const struct service reporting_service = {
	.role = "reporting",
	.role_bit = PEER_REPORTING,
	.node_peers = PEER_NODES,
	.sealed_peers = PEER_ARCHIVE,
	.peer_roles = peer_roles,
	.n_peer_roles = N_PEER_ROLES,
	.actor_roles = actor_roles,
	.n_actor_roles = N_ACTOR_ROLES,
	.replica_trees = reporting_replica_trees,
	.n_replica_trees = REPLICA_TREES,
	.follows = reporting_follows,
	.n_follows = REPORTING_FOLLOWS,
	.find_message = registry_find,
	.queries = queries,
	.n_queries = sizeof(queries) / sizeof(queries[0]),
};
