/* Puts the pieces of a shape together. Touches memory only. */
#include "services/oneplanctl/shape.h"

#include "common/clock.h"

enum err shape_init(struct shape *shape, struct arena *arena)
{
	*shape = (struct shape){.arena = arena};
	shape->lines = arena_alloc(arena, SHAPE_LINES * sizeof(*shape->lines));
	return shape->lines ? ERR_OK : ERR_NO_MEMORY;
}

static void add_up(struct shape_line *to, const struct shape_line *from)
{
	to->n += from->n;
	if (from->oldest && (to->oldest == 0 || from->oldest < to->oldest))
		to->oldest = from->oldest;
	for (size_t i = 0; i < from->cells.n && i < to->cells.n; i++)
		to->cells.at[i].n += from->cells.at[i].n;
}

static enum err new_line(struct shape *shape, const struct shape_line *from)
{
	struct shape_line *line = &shape->lines[shape->n];

	if (shape->n == SHAPE_LINES)
		return ERR_LIMIT;
	*line = *from;
	line->cells.at =
		arena_copy(shape->arena, from->cells.at, from->cells.n * sizeof(*line->cells.at));
	if (!line->cells.at)
		return ERR_NO_MEMORY;
	shape->n++;
	return ERR_OK;
}

enum err shape_add(struct shape *shape, const struct queue_shape *piece)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < piece->lines.n; i++) {
		const struct shape_line *from = &piece->lines.at[i];
		size_t k = 0;
		while (k < shape->n && !text_equal(shape->lines[k].group, from->group))
			k++;
		if (k < shape->n)
			add_up(&shape->lines[k], from);
		else
			err = new_line(shape, from);
	}
	shape->looked += piece->looked;
	return err;
}

struct shape_line shape_sum(const struct shape *shape)
{
	struct shape_line sum = {.n = 0};

	sum.cells.at = arena_alloc(shape->arena, SHAPE_CLASSES * sizeof(*sum.cells.at));
	sum.cells.n = sum.cells.at ? SHAPE_CLASSES : 0;
	for (size_t i = 0; i < shape->n; i++)
		add_up(&sum, &shape->lines[i]);
	return sum;
}

const char *shape_title(struct arena *arena, int64_t first_ms, unsigned i)
{
	static const struct {
		int64_t ms;
		const char *word;
	} units[] = {{MS_PER_DAY, "d"}, {MS_PER_HOUR, "h"}, {MS_PER_MINUTE, "m"},
		{MS_PER_SECOND, "s"}, {1, "ms"}};
	bool last = i == SHAPE_CLASSES - 1;
	unsigned unit = 0;

	while (first_ms % units[unit].ms)
		unit++;
	return arena_printf(arena, "%lld%s%s",
		(long long)((first_ms << (last ? i - 1 : i)) / units[unit].ms), units[unit].word,
		last ? "+" : "");
}
