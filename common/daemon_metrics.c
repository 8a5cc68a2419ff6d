/* What a daemon tells of itself: the page /metrics, out of what the engine answers to operators and
 * what is counted in memory. Touches the disk through engine.h, in read transactions. */
#include "common/admin.h"
#include "common/daemon_private.h"
#include "common/metrics.h"
#include "common/process.h"

enum { ARENA_BYTES = 4 * 1024 * 1024, COUNTS_MAX = 64 };

/* What is asked before anything is written. */
struct asked {
	struct status_reply status;
	struct queue_board board;
	struct queue_list list;
	struct scrub_state scrub;
	struct backup_state backup;
	struct overdue overdue;
	struct state_count counts[COUNTS_MAX];
	size_t n_counts;
	struct process_use process;
};

static double seconds(int64_t ms)
{
	return (double)ms / 1000;
}

static struct labels label(const char *name, struct text value)
{
	return (struct labels){1, {{name, value}}};
}

/* ---- the process ----------------------------------------------------------------------------- */

static void write_process(
	const struct daemon *daemon, const struct asked *asked, struct buffer *out)
{
	const struct labels build = {3, {{"node", asked->status.node}, {"role", asked->status.role},
						{"program", text_of(daemon->program->name)}}};

	metrics_family(out, METRIC_BUILD_INFO);
	metrics_sample(out, METRIC_BUILD_INFO, &build, 1);
	metrics_single(out, METRIC_START_TIME, asked->process.started);
	metrics_single(out, METRIC_RESIDENT, (double)asked->process.resident_bytes);
	metrics_single(out, METRIC_PRIVATE, (double)asked->process.private_bytes);
	metrics_single(out, METRIC_CPU, (double)asked->process.cpu_us / 1e6);
	metrics_single(out, METRIC_OPEN_FDS, (double)asked->process.open_fds);
	metrics_single(out, METRIC_HEAD, (double)asked->status.head);
	metrics_single(out, METRIC_HEAD_TIME, seconds(asked->status.head_time));
	metrics_single(out, METRIC_EPOCH, (double)asked->status.epoch);
}

/* ---- queues ---------------------------------------------------------------------------------- */

enum queue_value_of { ALL_QUEUES, LINKS, MEASURED_LINKS };

/* A family with a sample for each queue, or for each link. */
struct queue_metric {
	enum metric metric;
	enum queue_value_of of;
	double (*value)(const struct queue_row *row);
};

static double depth_of(const struct queue_row *row)
{
	return (double)row->depth;
}

static double age_of(const struct queue_row *row)
{
	return seconds(row->age_ms);
}

static double came_of(const struct queue_row *row)
{
	return (double)row->came;
}

static double went_of(const struct queue_row *row)
{
	return (double)row->went;
}

static double overdue_of(const struct queue_row *row)
{
	return (double)row->overdue;
}

static double due_1h_of(const struct queue_row *row)
{
	return (double)row->due_1h;
}

static double due_7d_of(const struct queue_row *row)
{
	return (double)row->due_7d;
}

static double held_of(const struct queue_row *row)
{
	return (double)row->held;
}

static double paused_of(const struct queue_row *row)
{
	return row->paused_until != 0;
}

static double connected_of(const struct queue_row *row)
{
	return row->connected;
}

static double p50_of(const struct queue_row *row)
{
	return seconds(row->hop_p50_ms);
}

static double p99_of(const struct queue_row *row)
{
	return seconds(row->hop_p99_ms);
}

static const struct queue_metric queue_metrics[] = {
	{METRIC_QUEUE_DEPTH, ALL_QUEUES, depth_of},
	{METRIC_QUEUE_AGE, ALL_QUEUES, age_of},
	{METRIC_QUEUE_IN, ALL_QUEUES, came_of},
	{METRIC_QUEUE_OUT, ALL_QUEUES, went_of},
	{METRIC_QUEUE_OVERDUE, ALL_QUEUES, overdue_of},
	{METRIC_QUEUE_DUE_1H, ALL_QUEUES, due_1h_of},
	{METRIC_QUEUE_DUE_7D, ALL_QUEUES, due_7d_of},
	{METRIC_QUEUE_HELD, ALL_QUEUES, held_of},
	{METRIC_QUEUE_PAUSED, ALL_QUEUES, paused_of},
	{METRIC_LINK_UP, LINKS, connected_of},
	{METRIC_LINK_P50, MEASURED_LINKS, p50_of},
	{METRIC_LINK_P99, MEASURED_LINKS, p99_of},
};

static struct labels queue_labels(const struct queue_row *row)
{
	return (struct labels){2,
		{{"queue", row->queue}, {"kind", text_of(enum_word(words_queue_kind, row->kind))}}};
}

static bool is_among(const struct queue_row *row, enum queue_value_of of)
{
	return of == ALL_QUEUES || (row->kind == queue_kind_link && (of == LINKS || row->hops > 0));
}

static void write_queue_metric(
	const struct queue_metric *m, const struct queue_board *board, struct buffer *out)
{
	metrics_family(out, m->metric);
	for (size_t i = 0; i < board->queues.n; i++) {
		const struct queue_row *row = &board->queues.at[i];
		const struct labels labels = queue_labels(row);
		if (is_among(row, m->of))
			metrics_sample(out, m->metric, &labels, m->value(row));
	}
}

static void write_verdicts(const struct queue_board *board, struct buffer *out)
{
	const struct enumeration *verdicts = words_queue_verdict();

	metrics_family(out, METRIC_QUEUE_VERDICT);
	for (size_t i = 0; i < board->queues.n; i++) {
		const struct queue_row *row = &board->queues.at[i];
		struct labels labels = queue_labels(row);
		labels.n = 3;
		for (size_t k = 0; k < verdicts->n; k++) {
			labels.at[2] = (struct label){"verdict", text_of(verdicts->values[k].word)};
			metrics_sample(out, METRIC_QUEUE_VERDICT, &labels,
				row->verdict == verdicts->values[k].number);
		}
	}
}

static void write_items(const struct asked *asked, struct buffer *out)
{
	metrics_family(out, METRIC_QUEUE_ITEMS);
	for (size_t i = 0; i < asked->n_counts; i++) {
		const struct state_count *count = &asked->counts[i];
		const struct labels labels = {
			2, {{"queue", text_of(count->queue)}, {"state", text_of(count->state)}}};
		metrics_sample(out, METRIC_QUEUE_ITEMS, &labels, (double)count->n);
	}
}

static void write_queues(const struct asked *asked, struct buffer *out)
{
	for (size_t i = 0; i < sizeof(queue_metrics) / sizeof(queue_metrics[0]); i++)
		write_queue_metric(&queue_metrics[i], &asked->board, out);
	write_verdicts(&asked->board, out);
	write_items(asked, out);
}

/* ---- who follows, and who is followed ---------------------------------------------------------
 */

static double addressed_of(const struct queue_line *line)
{
	return (double)line->addressed;
}

static double delivered_of(const struct queue_line *line)
{
	return (double)line->delivered;
}

static double follower_diverged_of(const struct queue_line *line)
{
	return line->diverged_at != 0;
}

static double through_of(const struct cursor_line *line)
{
	return (double)line->through;
}

static double applied_of(const struct cursor_line *line)
{
	return (double)line->applied;
}

static double owner_diverged_of(const struct cursor_line *line)
{
	return line->diverged;
}

static double quarantined_of(const struct cursor_line *line)
{
	return (double)line->quarantined;
}

static double dropped_of(const struct cursor_line *line)
{
	return (double)line->dropped;
}

static void write_followers(const struct queue_list *list, struct buffer *out)
{
	static const struct {
		enum metric metric;
		double (*value)(const struct queue_line *line);
	} rows[] = {{METRIC_LINK_ADDRESSED, addressed_of}, {METRIC_LINK_DELIVERED, delivered_of},
		{METRIC_LINK_DIVERGED, follower_diverged_of}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		metrics_family(out, rows[i].metric);
		for (size_t k = 0; k < list->queues.n; k++) {
			const struct labels labels = label("follower", list->queues.at[k].follower);
			metrics_sample(
				out, rows[i].metric, &labels, rows[i].value(&list->queues.at[k]));
		}
	}
}

static void write_owners(const struct queue_list *list, struct buffer *out)
{
	static const struct {
		enum metric metric;
		double (*value)(const struct cursor_line *line);
	} rows[] = {{METRIC_OWNER_THROUGH, through_of}, {METRIC_OWNER_APPLIED, applied_of},
		{METRIC_OWNER_DIVERGED, owner_diverged_of}, {METRIC_QUARANTINE, quarantined_of},
		{METRIC_QUARANTINE_DROPPED, dropped_of}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		metrics_family(out, rows[i].metric);
		for (size_t k = 0; k < list->cursors.n; k++) {
			const struct labels labels = label("owner", list->cursors.at[k].owner);
			metrics_sample(
				out, rows[i].metric, &labels, rows[i].value(&list->cursors.at[k]));
		}
	}
}

/* ---- requests, turns, commits ---------------------------------------------------------------- */

/* Types that nobody has asked yet have one sample, so that the first one is seen as a rise. */
static void write_requests(const struct meter *meter, struct buffer *out)
{
	metrics_family(out, METRIC_REQUESTS);
	for (size_t i = 0; i <= meter->n; i++) {
		const struct metered_type *type = &meter->types[i];
		struct labels labels = {2, {{"type", text_of(type->name)}}};
		for (size_t status = 0; status < ERR_COUNT; status++) {
			labels.at[1] =
				(struct label){"status", text_of(err_word((enum err)status))};
			if (status == ERR_OK || type->answers[status])
				metrics_sample(out, METRIC_REQUESTS, &labels,
					(double)type->answers[status]);
		}
	}
	metrics_family(out, METRIC_REQUEST_TIME);
	for (size_t i = 0; i <= meter->n; i++) {
		const struct labels labels = label("type", text_of(meter->types[i].name));
		if (histogram_count(&meter->types[i].times))
			metrics_histogram(
				out, METRIC_REQUEST_TIME, &labels, &meter->types[i].times);
	}
}

static void write_times(const struct daemon *daemon, struct buffer *out)
{
	write_requests(daemon->meter, out);
	metrics_single(out, METRIC_PARKED, (double)daemon->n_parked);
	metrics_family(out, METRIC_TURN_TIME);
	metrics_histogram(out, METRIC_TURN_TIME, NO_LABELS, &daemon->meter->turns);
	metrics_family(out, METRIC_COMMIT_TIME);
	metrics_histogram(out, METRIC_COMMIT_TIME, NO_LABELS, store_commits(daemon->store));
	metrics_family(out, METRIC_CALL_TIME);
	metrics_histogram(out, METRIC_CALL_TIME, NO_LABELS, loop_calls(daemon->loop));
	metrics_single(out, METRIC_CAREFUL, engine_careful(daemon->engine));
}

/* ---- disk, keys, deadlines ------------------------------------------------------------------- */

static void write_room(const struct daemon *daemon, struct buffer *out)
{
	const struct room room = engine_room(daemon->engine);

	metrics_family(out, METRIC_ROOM_STATE);
	for (unsigned level = ROOM_OK; level <= ROOM_STOPPED; level++) {
		const struct labels labels =
			label("state", text_of(room_word((enum room_level)level)));
		metrics_sample(out, METRIC_ROOM_STATE, &labels, room.level == level);
	}
	metrics_single(out, METRIC_ROOM_USED, room.percent / 100.0);
}

static void write_store(const struct daemon *daemon, const struct asked *asked, struct buffer *out)
{
	struct store_usage usage;

	store_usage(daemon->store, &usage);
	metrics_single(out, METRIC_STORE_USED, (double)usage.used_bytes);
	metrics_single(out, METRIC_STORE_FILE, (double)usage.file_bytes);
	metrics_single(out, METRIC_STORE_MAP, (double)usage.map_bytes);
	metrics_single(out, METRIC_DISK_FREE, (double)usage.disk_bytes);
	write_room(daemon, out);
	metrics_single(out, METRIC_KEYS_FREE, (double)asked->status.keys_free);
	metrics_single(out, METRIC_CORRUPT, (double)asked->scrub.met);
	metrics_single(out, METRIC_SCRUB_FAULTS, (double)asked->scrub.faults);
	metrics_single(out, METRIC_SCRUB_TIME, seconds(asked->scrub.ended_at));
	metrics_single(out, METRIC_BACKUP_TIME, seconds(asked->backup.last_good));
	metrics_single(
		out, METRIC_BACKUP_FAILED, engine_backup(daemon->engine)->phase == BACKUP_FAILED);
	int64_t past = asked->overdue.oldest ? asked->status.now - asked->overdue.oldest : 0;
	metrics_single(out, METRIC_DEADLINES, (double)asked->status.deadlines);
	metrics_single(out, METRIC_DEADLINES_OVERDUE, (double)asked->overdue.n);
	metrics_single(out, METRIC_DEADLINE_AGE, seconds(past > 0 ? past : 0));
}

/* ---- the door -------------------------------------------------------------------------------- */

static void write_door(const struct daemon *daemon, struct buffer *out)
{
	const struct bus_counters counters = bus_counters(daemon->bus);

	metrics_single(out, METRIC_SESSIONS, bus_server_sessions(daemon->server));
	metrics_single(out, METRIC_ADMITTED, (double)counters.admitted);
	metrics_single(out, METRIC_DENIED, (double)counters.denied);
	metrics_single(out, METRIC_TURNED_AWAY, (double)counters.turned_away);
	metrics_single(out, METRIC_OVERRUN, (double)counters.overrun);
	metrics_single(out, METRIC_MALFORMED, (double)counters.malformed);
	metrics_single(out, METRIC_STRANGERS, (double)counters.strangers);
	metrics_single(out, METRIC_BUS_MESSAGES, (double)counters.messages);
	metrics_single(out, METRIC_BUS_BUSY, (double)counters.busy);
	metrics_single(out, METRIC_BUS_SILENT, (double)counters.silent);
	metrics_single(out, METRIC_BUS_RELINKED, (double)counters.relinked);
	metrics_single(out, METRIC_BUS_RESCUED, (double)counters.rescued);
}

/* ---- the page -------------------------------------------------------------------------------- */

static enum err ask_all(struct daemon *daemon, struct arena *arena, struct asked *ret)
{
	/* queries without a condition; each of these has only optional fields */
	const struct show_status status = {0};
	const struct show_queues board = {0};
	const struct list_queues list = {0};
	const struct show_scrub scrub = {0};
	const struct show_backup backup = {0};
	enum err err = daemon_ask(daemon, schema_show_status(), &status, arena, &ret->status);

	if (!err)
		err = daemon_ask(daemon, schema_show_queues(), &board, arena, &ret->board);
	if (!err)
		err = daemon_ask(daemon, schema_list_queues(), &list, arena, &ret->list);
	if (!err)
		err = daemon_ask(daemon, schema_show_scrub(), &scrub, arena, &ret->scrub);
	if (!err)
		err = daemon_ask(daemon, schema_show_backup(), &backup, arena, &ret->backup);
	if (!err)
		err = engine_overdue(daemon->engine, &ret->overdue);
	if (!err)
		err = engine_count_states(daemon->engine, ret->counts, COUNTS_MAX, &ret->n_counts);
	return err ? err : process_use(&ret->process);
}

enum err daemon_write_metrics(struct daemon *daemon, struct buffer *out)
{
	struct asked asked = {0};
	struct arena arena;

	arena_init(&arena, ARENA_BYTES);
	enum err err = ask_all(daemon, &arena, &asked);
	if (!err) {
		write_process(daemon, &asked, out);
		write_queues(&asked, out);
		write_followers(&asked.list, out);
		write_owners(&asked.list, out);
		write_times(daemon, out);
		write_store(daemon, &asked, out);
		write_door(daemon, out);
	}
	arena_done(&arena);
	return err;
}
