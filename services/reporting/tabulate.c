/* Counts facts into a report; reads replica trees through the state it is given, keeps counts on
 * the heap while it works, and touches nothing else. */
#include "services/reporting/tabulate.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "services/reporting/suppression.h"
#include "services/reporting/trees.h"

struct counting {
	const struct selection *selection;
	const struct reporting_settings *settings;
	struct arena *arena;
	struct departments departments;
	struct grouping groupings[SECTIONS_MAX];
	struct section sections[SECTIONS_MAX];
	size_t n;
	struct section total; /* one group; its ranks come from the values of the first section */
	int64_t facts;
	int64_t historical;
	int64_t first_at; /* the earliest item; 0: none */
	int64_t known_at; /* the latest of the journal positions */
	struct suppression suppression;
	bool suppressing; /* there is something to be done away with */
};

const struct reporting_settings *settings_of(const struct state *state)
{
	return state_settings(state);
}

bool column_exists(const struct column *column, const struct reporting_settings *settings)
{
	return (column->show != SHOW_SAVED || settings->price_face_to_face) &&
	       (column->show != SHOW_COST || settings->price_course);
}

static void counting_begin(struct counting *counting)
{
	const struct report_kind *kind = counting->selection->kind;
	enum dimension by = counting->selection->by;

	counting->n = by ? 1 : kind->n_sections;
	for (size_t i = 0; i < counting->n; i++) {
		counting->groupings[i] =
			grouping_in(by ? by : kind->sections[i], &counting->departments);
		section_init(&counting->sections[i], kind, &counting->groupings[i], i == 0);
	}
	section_init(&counting->total, kind, grouping_of(dimension_none), false);
}

static void counting_end(struct counting *counting)
{
	for (size_t i = 0; i < counting->n; i++)
		section_done(&counting->sections[i]);
	section_done(&counting->total);
	if (counting->suppressing)
		suppression_done(&counting->suppression);
}

static void count(struct counting *counting, struct state *state)
{
	const struct selection *selection = counting->selection;
	struct walk walk;
	struct item item;

	walk_begin(&walk, state, &selection->kind->course, selection->period);
	while (walk_next(&walk, &item)) {
		counting->facts += !item.further;
		counting->historical += item.historical && !item.further;
		if (!counting->first_at || item.at < counting->first_at)
			counting->first_at = item.at;
		section_count(&counting->total, &item);
		for (size_t i = 0; i < counting->n; i++)
			section_count(&counting->sections[i], &item);
	}
	walk_end(&walk);
	for (unsigned i = 0; i < state_owners(state); i++) {
		struct cursor_row cursor;
		state_cursor(state, i, &cursor);
		if (cursor.time > counting->known_at)
			counting->known_at = cursor.time;
	}
}

static enum err finish(struct counting *counting, struct reason *reason)
{
	enum err err = section_finish(&counting->total);

	for (size_t i = 0; !err && i < counting->n; i++)
		err = section_finish(&counting->sections[i]);
	if (err == ERR_LIMIT)
		return reason_set(reason, err, "from", "at most %d months: choose a shorter period",
			MONTHS_MAX);
	return err ? reason_set(reason, err, "", "more facts than fit into memory") : ERR_OK;
}

/* Of a long period, or of all time, a town publishes what is not divided. Days before the first
 * fact and after the last that is known would make a short period look long. */
static bool is_published(const struct counting *counting)
{
	const struct period *period = &counting->selection->period;

	if (!period->from && !period->until)
		return true;
	if (!counting->first_at || !counting->known_at)
		return false;
	const int64_t first = local_date(counting->first_at);
	const int64_t known = local_date(counting->known_at);
	const int64_t from = period->from > first ? period->from : first;
	const int64_t until = period->until && period->until < known ? period->until : known;
	return date_to_days(until) - date_to_days(from) + 1 >=
	       counting->settings->suppress_period_days;
}

static enum err suppress(
	struct counting *counting, const struct counted *counted, struct reason *reason)
{
	counting->suppressing = true;
	if (!suppression_of(
		    &counting->suppression, counted, counting->settings->suppress_below, false))
		return ERR_OK;
	return reason_set(reason, ERR_NO_MEMORY, "", "more rows than fit into memory");
}

/* ---- cells --------------------------------------------------------------------------------- */

/* A row to be: its group, and where the values for ranks lie. */
struct figures {
	const struct counting *counting;
	const struct group *group;
	bool total;
	long section; /* its number, or SUPPRESSION_TOTAL */
	size_t place;
};

static int64_t rank_of(const struct figures *figures, const struct column *column, int percent)
{
	const struct section *first = &figures->counting->sections[0];
	const struct tally *at[MONTHS_MAX] = {&figures->group->tallies[column->measure]};
	struct tallies tallies = {at, 1};

	if (figures->total)
		for (tallies.n = 0; tallies.n < first->n; tallies.n++)
			at[tallies.n] = &first->groups[tallies.n].tallies[column->measure];
	return tallies_rank(&tallies, nearest_rank(tallies_count(&tallies), percent));
}

static struct report_cell number(int64_t value)
{
	return (struct report_cell){.kind = cell_kind_number, .value = value};
}

static struct report_cell share(int64_t part, int64_t whole)
{
	if (whole == 0)
		return (struct report_cell){.kind = cell_kind_missing};
	return number(permille(part, whole));
}

static struct report_cell oldest(const struct figures *figures, int64_t at)
{
	char date[16];

	date_format(local_date(at), date);
	return (struct report_cell){.kind = cell_kind_text,
		.text = text_of(arena_copy(figures->counting->arena, date, strlen(date)))};
}

static struct report_cell ranked(const struct figures *figures, const struct column *column)
{
	const enum report_unit unit = show_unit(column->show);
	const bool p90 = column->show == SHOW_P90 || column->show == SHOW_P90_DAYS;
	int64_t value = rank_of(figures, column,
		column->show == SHOW_LONGEST ? 100
		: p90                        ? 90
					     : 50);

	if (unit == report_unit_points)
		return number(value);
	return number(unit == report_unit_days ? tenths_of_day(value) : tenths_of_hour(value));
}

static struct report_cell cell_of(const struct figures *figures, const struct column *column)
{
	const struct tally *tally = &figures->group->tallies[column->measure];
	const struct group *total = &figures->counting->total.groups[0];
	const struct reporting_settings *settings = figures->counting->settings;
	const struct report_cell missing = {.kind = cell_kind_missing};

	if (suppression_hides(
		    &figures->counting->suppression, figures->section, figures->place, column))
		return (struct report_cell){.kind = cell_kind_suppressed};
	switch (column->show) {
	case SHOW_COUNT:
		return number(tally->n);
	case SHOW_SHARE:
		return share(tally->n, figures->group->tallies[column->whole].n);
	case SHOW_SHARE_OF_TOTAL:
		return share(tally->n, total->tallies[column->measure].n);
	case SHOW_SAVED:
		return number((tally->n - figures->group->tallies[column->whole].n) *
			      settings->price_face_to_face);
	case SHOW_COST:
		return number(tally->n * settings->price_course);
	case SHOW_OLDEST:
		return tally->n ? oldest(figures, tally->least) : missing;
	case SHOW_MEDIAN:
	case SHOW_P90:
	case SHOW_LONGEST:
	case SHOW_MEDIAN_DAYS:
	case SHOW_P90_DAYS:
	case SHOW_MEDIAN_POINTS:
		break;
	}
	return tally->n ? ranked(figures, column) : missing;
}

/* ---- rows ---------------------------------------------------------------------------------- */

static enum err fill_row(
	const struct figures *figures, const struct grouping *grouping, struct report_row *ret)
{
	const struct report_kind *kind = figures->counting->selection->kind;
	struct arena *arena = figures->counting->arena;
	const enum report_language language = figures->counting->selection->language;
	char key[32] = "total", label[48];

	snprintf(label, sizeof(label), "%s", wording_pick(language, "Total", "I alt"));
	if (!figures->total) {
		grouping_key_word(grouping, figures->group->key, key);
		grouping_label(grouping, figures->group->key, language, label);
	}
	ret->section = grouping->dimension;
	ret->key = text_of(arena_copy(arena, key, strlen(key)));
	ret->label = text_of(arena_copy(arena, label, strlen(label)));
	ret->cells.at = arena_alloc(arena, kind->n_columns * sizeof(*ret->cells.at));
	if (!ret->key.p || !ret->label.p || !ret->cells.at)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < kind->n_columns; i++)
		if (column_exists(&kind->columns[i], figures->counting->settings))
			ret->cells.at[ret->cells.n++] = cell_of(figures, &kind->columns[i]);
	return ERR_OK;
}

static enum err fill_rows(const struct counting *counting, struct report *ret)
{
	size_t n = 1;
	enum err err = ERR_OK;

	for (size_t i = 0; i < counting->n; i++)
		n += counting->sections[i].n;
	ret->rows.at = arena_alloc(counting->arena, n * sizeof(*ret->rows.at));
	if (!ret->rows.at)
		return ERR_NO_MEMORY;
	for (size_t i = 0; !err && i < counting->n; i++) {
		const struct section *section = &counting->sections[i];
		if (section->grouping->dimension == dimension_none)
			continue;
		for (size_t k = 0; !err && k < section->n; k++) {
			struct figures figures = {counting, &section->groups[k], false, (long)i, k};
			err = fill_row(&figures, section->grouping, &ret->rows.at[ret->rows.n++]);
		}
	}
	struct figures total = {counting, &counting->total.groups[0], true, SUPPRESSION_TOTAL, 0};
	return err ? err : fill_row(&total, counting->total.grouping, &ret->rows.at[ret->rows.n++]);
}

/* A sum of money is worth what its price is of. */
static struct text meaning_of(const struct counting *counting, const struct column *column)
{
	const struct reporting_settings *settings = counting->settings;
	int64_t price = column->show == SHOW_SAVED  ? settings->price_face_to_face
			: column->show == SHOW_COST ? settings->price_course
						    : 0;

	const enum report_language language = counting->selection->language;
	const char *meaning = wording_in(column->meaning, language);

	if (!price)
		return text_of(meaning);
	return text_of(
		arena_printf(counting->arena, "%s: %lld kroner, %s %s", meaning, (long long)price,
			wording_pick(language, "price of", "pris pr."), settings->prices_of));
}

static enum err fill_columns(const struct counting *counting, struct report *ret)
{
	const struct report_kind *kind = counting->selection->kind;

	ret->columns.at = arena_alloc(counting->arena, kind->n_columns * sizeof(*ret->columns.at));
	if (!ret->columns.at)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < kind->n_columns; i++) {
		const struct column *from = &kind->columns[i];
		if (!column_exists(from, counting->settings))
			continue;
		ret->columns.at[ret->columns.n++] = (struct report_column){
			.name = text_of(from->name),
			.title = text_of(wording_in(from->title, counting->selection->language)),
			.unit = show_unit(from->show),
			.decimals = show_decimals(from->show),
			.meaning = meaning_of(counting, from),
		};
		if (!ret->columns.at[ret->columns.n - 1].meaning.p)
			return ERR_NO_MEMORY;
	}
	return ERR_OK;
}

/* By name, so that the order of a node's settings does not show. */
static void insert_position(struct report *report, const struct report_position *position)
{
	size_t i = report->positions.n++;

	for (; i > 0 && bytes_compare(text_bytes(position->node),
				text_bytes(report->positions.at[i - 1].node)) < 0;
		i--)
		report->positions.at[i] = report->positions.at[i - 1];
	report->positions.at[i] = *position;
}

static enum err fill_positions(struct state *state, struct report *ret)
{
	unsigned n = state_owners(state);

	ret->positions.at = arena_alloc(state->arena, (n + 1) * sizeof(*ret->positions.at));
	if (!ret->positions.at)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < n; i++) {
		struct cursor_row cursor;
		state_cursor(state, i, &cursor);
		if (cursor.through == 0)
			continue;
		struct report_position position = {.node = text_of(state_owner_name(state, i)),
			.epoch = cursor.epoch,
			.seq = cursor.through,
			.time = cursor.time};
		insert_position(ret, &position);
	}
	return ERR_OK;
}

static enum err fill(struct state *state, const struct counting *counting, struct report *ret)
{
	const struct selection *selection = counting->selection;

	*ret = (struct report){.report = selection->kind->name,
		.title = text_of(wording_in(selection->kind->title, selection->language)),
		.from = selection->period.from,
		.until = selection->period.until,
		.by = selection->by,
		.counted = text_of(wording_in(selection->kind->counted, selection->language)),
		.language = selection->language,
		.facts = counting->facts,
		.historical = counting->historical};
	/* how many there are would give away what the total hides */
	ret->facts_suppressed = counting->facts > 0 && counting->settings->suppress_below > 1 &&
				!is_published(counting);
	if (ret->facts_suppressed)
		ret->facts = ret->historical = 0;
	enum err err = fill_columns(counting, ret);
	if (!err)
		err = fill_rows(counting, ret);
	return err ? err : fill_positions(state, ret);
}

enum err tabulate(struct state *state, const struct selection *selection, struct report *ret,
	struct reason *reason)
{
	struct counting counting = {.selection = selection,
		.settings = settings_of(state),
		.arena = state->arena,
		.departments = departments_of(state)};

	counting_begin(&counting);
	count(&counting, state);
	enum err err = finish(&counting, reason);
	const struct counted counted = {.kind = selection->kind,
		.sections = counting.sections,
		.n = counting.n,
		.total = &counting.total,
		.from_the_beginning = !selection->period.from,
		.total_is_public = is_published(&counting)};
	if (!err)
		err = suppress(&counting, &counted, reason);
	if (!err) {
		err = fill(state, &counting, ret);
		if (err)
			(void)reason_set(reason, err, "", "larger than an answer may be");
	}
	counting_end(&counting);
	return err ? err : store_error(state->txn);
}
