/* The command `top`: a live screen of the town; asks all nodes, reads the keyboard and draws on the
 * terminal. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "services/oneplanctl/top.h"

enum {
	ARENA_BYTES = 16 * 1024 * 1024,
	ITEMS_BYTES = 4 * 1024 * 1024,
	INTERVAL_MS = 1000,
	ANSWERS_MS = 900,
	ITEMS_ASKED = 50,
	SIGNALS = 4
};

struct screen_of_town {
	struct watch watch;
	struct top top;
	struct arena arena; /* of one page */
	struct arena items; /* of the items shown */
	struct call *peek;  /* under way; NULL: none */
	struct loop_timer *tick;
	struct loop_fd *keyboard;
	struct loop_signal *ends[SIGNALS];
	struct loop_signal *resized;
};

static void draw(struct screen_of_town *screen)
{
	const struct screen_size size = screen_size();

	arena_reset(&screen->arena);
	if (!screen->top.paused)
		screen->top.now = clock_now(&screen->watch.clock);
	const struct screen_line *lines = top_draw(&screen->top, &size, &screen->arena);
	if (lines)
		screen_show(lines, size.rows);
}

/* ---- items of the chosen queue --------------------------------------------------------------- */

static void on_items(void *ctx, const struct client_answer *answer)
{
	struct screen_of_town *screen = ctx;
	struct top_items *items = &screen->top.items;
	const struct schema *schema = schema_queue_items();
	struct reason reason = answer->reason;

	screen->peek = NULL;
	items->asked = false;
	void *reply = answer->status ? NULL : arena_alloc(&screen->items, schema->size);
	if (reply &&
		!schema_decode(schema, answer->body, PACK_PLAIN, &screen->items, reply, &reason))
		items->items = reply;
	else
		snprintf(items->why, sizeof(items->why), "%s",
			reason.rule[0] ? reason.rule : err_sentence(reason.code));
	draw(screen);
}

static struct watch_node *chosen_node(struct screen_of_town *screen)
{
	for (size_t i = 0; i < screen->watch.n; i++)
		if (strcmp(screen->watch.nodes[i].node->name, screen->top.node) == 0)
			return &screen->watch.nodes[i];
	return NULL;
}

static void peek(struct screen_of_town *screen)
{
	const struct peek_queue query = {.queue = text_of(screen->top.queue), .limit = ITEMS_ASKED};
	const struct watch_query asked = {schema_peek_queue(), &query, {on_items, screen}};
	struct watch_node *node = chosen_node(screen);
	struct top_items *items = &screen->top.items;
	struct reason reason = {.rule = "there is no such node any more"};

	if (screen->peek) /* of another queue, or asked for twice */
		call_forget(screen->peek);
	screen->peek = NULL;
	*items = (struct top_items){.asked = true};
	arena_reset(&screen->items);
	if (node && !watch_query(node, &asked, &screen->peek, &reason))
		return;
	items->asked = false;
	snprintf(items->why, sizeof(items->why), "%s", reason.rule);
}

/* ---- what happens ---------------------------------------------------------------------------- */

static void on_round(void *ctx, unsigned what)
{
	(void)what;
	draw(ctx);
}

static void on_tick(void *ctx, unsigned what)
{
	struct screen_of_town *screen = ctx;
	(void)what;

	if (!screen->top.paused)
		watch_ask(&screen->watch, ANSWERS_MS);
}

/* A terminal that hung up is readable for ever and gives no keys. */
static bool has_hung_up(void)
{
	struct pollfd one = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&one, 1, 0) > 0 && one.revents & (POLLHUP | POLLERR | POLLNVAL);
}

static void on_keyboard(void *ctx, unsigned what)
{
	struct screen_of_town *screen = ctx;
	bool redraw = false;
	int key;
	(void)what;

	while ((key = screen_key()) != SCREEN_NO_KEY) {
		enum top_wish wish = top_key(&screen->top, key, &screen->arena);
		arena_reset(&screen->arena);
		if (wish == TOP_QUIT) {
			loop_stop(screen->watch.loop);
			return;
		}
		if (wish == TOP_PEEK)
			peek(screen);
		redraw = redraw || wish != TOP_NOTHING;
	}
	if (redraw)
		draw(screen);
	else if (has_hung_up())
		loop_stop(screen->watch.loop);
}

static void on_end_signal(void *ctx, unsigned what)
{
	struct screen_of_town *screen = ctx;
	(void)what;

	loop_stop(screen->watch.loop);
}

static void on_resized(void *ctx, unsigned what)
{
	(void)what;
	screen_resize();
	draw(ctx);
}

/* ---- the command ----------------------------------------------------------------------------- */

static enum err listen(struct screen_of_town *screen)
{
	static const int numbers[SIGNALS] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct loop *loop = screen->watch.loop;
	enum err err = loop_timer_new(loop, (struct loop_call){on_tick, screen}, &screen->tick);

	if (!err)
		err = loop_fd_new(loop, STDIN_FILENO, (struct loop_call){on_keyboard, screen},
			&screen->keyboard);
	if (!err)
		err = loop_fd_watch(screen->keyboard, LOOP_READ);
	for (size_t i = 0; !err && i < SIGNALS; i++)
		err = loop_signal_new(loop, numbers[i], (struct loop_call){on_end_signal, screen},
			&screen->ends[i]);
	return err ? err
		   : loop_signal_new(loop, SIGWINCH, (struct loop_call){on_resized, screen},
			     &screen->resized);
}

static int show(struct screen_of_town *screen)
{
	struct ctl *ctl = screen->watch.ctl;
	struct reason reason = {0};
	enum err err = screen_open(ctl->colour, &reason);

	if (err)
		return ctl_fail_here(ctl, &reason);
	err = listen(screen);
	if (!err) {
		screen->watch.on_round = (struct loop_call){on_round, screen};
		draw(screen);
		on_tick(screen, 0);
		loop_timer_every(screen->tick, INTERVAL_MS);
		err = loop_run(screen->watch.loop);
	}
	screen_close();
	return err ? CTL_SYSTEM : CTL_DONE;
}

static void stop_listening(struct screen_of_town *screen)
{
	loop_timer_free(screen->tick);
	loop_fd_free(screen->keyboard);
	for (size_t i = 0; i < SIGNALS; i++)
		loop_signal_free(screen->ends[i]);
	loop_signal_free(screen->resized);
}

int command_top(struct ctl *ctl, const struct arguments *arguments)
{
	struct screen_of_town screen = {.top = {.now = 0}};
	const char *by = argument_text(arguments, "by");
	struct reason reason = {0};
	int code;

	if (ctl->json)
		return ctl_fail_usage(ctl, "--json", "is not for a screen; `monitor` has it");
	ctl->actor =
		(struct actor){.role = text_of("operator"), .id = text_of(by ? by : "operator")};
	arena_init(&screen.arena, ARENA_BYTES);
	arena_init(&screen.items, ITEMS_BYTES);
	screen.top.watch = &screen.watch;
	if (watch_open(&screen.watch, ctl, &reason))
		code = ctl_fail_here(ctl, &reason);
	else {
		screen.watch.troubles = true;
		code = show(&screen);
	}
	stop_listening(&screen);
	watch_close(&screen.watch);
	arena_done(&screen.arena);
	arena_done(&screen.items);
	return code;
}
