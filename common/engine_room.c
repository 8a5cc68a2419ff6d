/* How much room the node has left, and what it therefore still does. Touches the disk through
 * store.h only. */
#include <inttypes.h>

#include "common/engine_private.h"

enum { BUSY_AT = 70, STOP_AT = 85, BACK_BY = 2 };
enum { BUSY_STEPS = 3, STOP_STEPS = 2 };
enum { MEASURE_BYTES = 1024 * 1024, BUSY_MS = 5000 };

static int64_t busy_at(const struct engine *engine)
{
	return engine->options.busy_at ? engine->options.busy_at : BUSY_AT;
}

static int64_t stop_at(const struct engine *engine)
{
	return engine->options.stop_at ? engine->options.stop_at : STOP_AT;
}

static int64_t percent_of(uint64_t used, uint64_t all)
{
	return all ? (int64_t)(used * 100 / all) : 0;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The file can only grow by whole steps: the last of them are as good as used. */
static int64_t disk_percent(const struct engine *engine, const struct store_usage *usage)
{
	uint64_t all = usage->file_bytes + usage->disk_bytes;
	uint64_t left = all > usage->high_bytes ? all - usage->high_bytes : 0;
	int64_t percent = percent_of(usage->used_bytes, all);

	if (usage->step_bytes == 0)
		return percent;
	if (left < STOP_STEPS * usage->step_bytes)
		return larger(percent, stop_at(engine));
	return left < BUSY_STEPS * usage->step_bytes ? larger(percent, busy_at(engine)) : percent;
}

static enum room_level level_at(const struct engine *engine, int64_t percent)
{
	if (percent >= stop_at(engine))
		return ROOM_STOPPED;
	return percent >= busy_at(engine) ? ROOM_BUSY : ROOM_OK;
}

void engine_measure(struct engine *engine)
{
	struct room *room = &engine->room;
	struct store_usage usage;

	store_usage(engine->options.store, &usage);
	int64_t map = percent_of(usage.used_bytes, usage.map_bytes);
	int64_t disk = disk_percent(engine, &usage);
	int64_t percent = larger(map, disk);
	enum room_level level = level_at(engine, percent);
	if (level < room->level) { /* not yet far enough below */
		enum room_level back = level_at(engine, percent + BACK_BY - 1);
		level = back < room->level ? back : room->level;
	}
	*room = (struct room){level, (int)percent, map >= disk ? "map" : "disk"};
	engine->unmeasured = 0;
	store_tighten(engine->options.store, level == ROOM_STOPPED);
}

void engine_measure_turn(struct engine *engine, const struct turn *turn)
{
	for (size_t i = 0; i < turn->n_requests; i++)
		engine->unmeasured += turn->requests[i].body.n;
	for (size_t i = 0; i < turn->n_batches; i++)
		for (size_t k = 0; k < turn->batches[i].n; k++)
			engine->unmeasured += turn->batches[i].items[k].record.n;
	if (engine->unmeasured >= MEASURE_BYTES)
		engine_measure(engine);
}

struct room engine_room(const struct engine *engine)
{
	return engine->room;
}

const char *room_word(enum room_level level)
{
	static const char *const words[] = {"ok", "busy", "stopped"};

	return words[level];
}

enum err engine_check_room(const struct engine *engine, const struct request *request,
	const struct command_row *command, struct answer *answer)
{
	const struct room *room = &engine->room;

	if (room->level == ROOM_OK || request->own || command->type == engine->service->erases)
		return ERR_OK;
	answer->retry_after_ms = BUSY_MS;
	return reason_set(&answer->reason, ERR_BUSY, "",
		"%d %% of this node's %s is used: commands wait until there is room", room->percent,
		room->of);
}
