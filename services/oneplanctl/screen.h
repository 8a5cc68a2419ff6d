/* The terminal as a page of lines: the only door to ncurses. One at a time in a process. Whatever
 * ends the process, a signal that a defect raises included, leaves the terminal as it was; ncurses
 * itself sees to stopping and going on (SIGTSTP). */
#ifndef SERVICES_ONEPLANCTL_SCREEN_H
#define SERVICES_ONEPLANCTL_SCREEN_H

#include "common/err.h"
#include "services/oneplanctl/table.h"

/* Keys beyond characters. */
enum screen_key {
	SCREEN_NO_KEY = -1,
	SCREEN_OTHER = 0x10000, /* one that has no meaning here */
	SCREEN_UP,
	SCREEN_DOWN,
	SCREEN_PAGE_UP,
	SCREEN_PAGE_DOWN,
	SCREEN_FIRST,
	SCREEN_LAST,
	SCREEN_ENTER,
	SCREEN_BACK, /* backspace or delete */
	SCREEN_ESCAPE
};

struct screen_size {
	size_t rows, columns;
};

/* One line of a page. */
struct screen_line {
	const char *text; /* cut at the edge; control characters become `?` */
	enum table_shade shade;
	bool bold;
	bool chosen; /* in reverse */
};

/* ERR_NOT_FOUND: standard input and output are no terminal, or one that cannot be drawn on. */
enum err screen_open(bool colour, struct reason *reason) MUST_USE;
void screen_close(void);

struct screen_size screen_size(void);
/* After SIGWINCH. */
void screen_resize(void);

/* The whole page, from the first row on. */
void screen_show(const struct screen_line *page, size_t n);

/* The next key that was pressed; never waits. */
int screen_key(void);

#endif
