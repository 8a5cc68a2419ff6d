/* Shows how far an import is; writes to the stream it is given. */
#include "services/oneplanctl/progress.h"

#include <string.h>

enum { BAR = 24, PERIOD_TERMINAL_MS = 100, PERIOD_MS = 1000 };

static void add_bar(int64_t percent, char ret[BAR + 1])
{
	size_t n = (size_t)(percent * BAR / 100);

	memset(ret, ' ', BAR);
	memset(ret, '#', n);
	ret[BAR] = '\0';
}

static void add_left(int64_t seconds, char ret[40])
{
	if (seconds >= 3600)
		snprintf(ret, 40, "  %lld:%02lld:%02lld left", (long long)(seconds / 3600 % 1000),
			(long long)(seconds / 60 % 60), (long long)(seconds % 60));
	else
		snprintf(ret, 40, "  %lld:%02lld left", (long long)(seconds / 60 % 60),
			(long long)(seconds % 60));
}

void progress_text(const struct progress *progress, const struct progress_state *state,
	char ret[PROGRESS_TEXT])
{
	int64_t ms = state->now - progress->began;
	int64_t rate = ms > 0 ? (int64_t)state->lines * 1000 / ms : 0;
	int64_t percent = 0;
	char bar[BAR + 1], head[BAR + 16] = "", left[40] = "";

	if (progress->bytes > 0) {
		percent = state->bytes >= progress->bytes ? 100
							  : state->bytes * 100 / progress->bytes;
		add_bar(percent, bar);
		snprintf(head, sizeof(head), "[%s] %3lld%%  ", bar, (long long)percent);
	}
	if (progress->bytes > 0 && state->bytes > 0 && ms > 1000)
		add_left((progress->bytes - state->bytes) * (ms / 100) / state->bytes / 10, left);
	snprintf(ret, PROGRESS_TEXT, "%s%llu lines  %lld/s%s%s%.40s", head,
		(unsigned long long)state->lines, (long long)rate, state->note ? "" : left,
		state->note ? "  " : "", state->note ? state->note : "");
}

void progress_clear(struct progress *progress)
{
	if (progress->drawn)
		fputs("\r\033[K", progress->out);
	progress->drawn = false;
}

void progress_show(struct progress *progress, const struct progress_state *state)
{
	int64_t period = progress->terminal ? PERIOD_TERMINAL_MS : PERIOD_MS;
	char text[PROGRESS_TEXT];

	if (!progress->out || state->now - progress->shown < period)
		return;
	progress->shown = state->now;
	progress_text(progress, state, text);
	if (progress->terminal)
		fprintf(progress->out, "\r%s\033[K", text);
	else
		fprintf(progress->out, "%s\n", text);
	progress->drawn = progress->terminal;
	fflush(progress->out);
}
