/* Draws on the terminal through ncurses. */
#include "services/oneplanctl/screen.h"

#include <curses.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

enum { ESCAPE = 27, ESCAPE_MS = 25 };

/* ---- what a signal handler needs ------------------------------------------------------------- */

static const int defects[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};

static SCREEN *opened;
static struct termios before;
static char leave[64];
static size_t n_leave;

/* Only what may be called from a handler: write and tcsetattr (POSIX.1-2017, 2.4.3). */
static void on_defect(int number)
{
	ssize_t n = write(STDOUT_FILENO, leave, n_leave);

	(void)n;
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	raise(number); /* the handler is gone: SA_RESETHAND */
}

static void add_capability(const char *name)
{
	char copy[16];

	snprintf(copy, sizeof(copy), "%s", name); /* tigetstr takes no const text */
	const char *text = tigetstr(copy);
	size_t n = text && text != (const char *)-1 ? strlen(text) : 0; /* NOLINT */
	if (n_leave + n > sizeof(leave))
		return;
	memcpy(leave + n_leave, n ? text : "", n);
	n_leave += n;
}

static void prepare_for_defects(void)
{
	struct sigaction action = {
		.sa_handler = on_defect, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};

	n_leave = 0;
	add_capability("sgr0");
	add_capability("cnorm");
	add_capability("rmcup");
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++)
		sigaction(defects[i], &action, NULL);
}

/* ---- opening and closing --------------------------------------------------------------------- */

static void choose_colours(bool colour)
{
	if (!colour || !has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(TABLE_GOOD, COLOR_GREEN, -1);
	init_pair(TABLE_WARN, COLOR_YELLOW, -1);
	init_pair(TABLE_BAD, COLOR_RED, -1);
}

/* Of a known type, and one whose cursor can be moved. */
static bool can_be_drawn_on(void)
{
	char cup[] = "cup";
	int found;

	if (setupterm(NULL, STDOUT_FILENO, &found) != OK)
		return false;
	const char *text = tigetstr(cup);
	bool can = text && text != (const char *)-1;
	del_curterm(cur_term);
	return can;
}

enum err screen_open(bool colour, struct reason *reason)
{
	const char *type = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before))
		return reason_set(reason, ERR_NOT_FOUND, "",
			"this draws on a terminal, and here is none; `monitor` writes lines");
	/* names and the ellipsis are UTF-8, whatever the locale of the host is */
	if (!setlocale(LC_CTYPE, "") || MB_CUR_MAX == 1)
		setlocale(LC_CTYPE, "C.UTF-8");
	if (type && can_be_drawn_on())
		opened = newterm(NULL, stdout, stdin);
	if (!opened)
		return reason_set(reason, ERR_NOT_FOUND, "TERM",
			"is no terminal that can be drawn on; `monitor` writes lines");
	prepare_for_defects();
	choose_colours(colour);
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	set_escdelay(ESCAPE_MS);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	return ERR_OK;
}

void screen_close(void)
{
	curs_set(1);
	endwin();
	delscreen(opened);
	opened = NULL;
	for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++)
		signal(defects[i], SIG_DFL);
}

struct screen_size screen_size(void)
{
	return (struct screen_size){(size_t)LINES, (size_t)COLS};
}

void screen_resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row == 0 || size.ws_col == 0)
		return;
	resizeterm(size.ws_row, size.ws_col);
	clearok(stdscr, TRUE);
}

/* ---- drawing --------------------------------------------------------------------------------- */

static attr_t look_of(const struct screen_line *line)
{
	attr_t look = line->shade == TABLE_DIM ? A_DIM : A_NORMAL;

	if (line->bold)
		look |= A_BOLD;
	return line->chosen ? look | A_REVERSE : look;
}

static void show_line(int row, const struct screen_line *line)
{
	int left = COLS;
	const char *text = line->text;

	attr_set(look_of(line), line->shade == TABLE_DIM ? 0 : (short)line->shade, NULL);
	move(row, 0);
	while (*text) {
		size_t n = 1;
		while (((unsigned char)text[n] & 0xc0) == 0x80)
			n++;
		if (left-- == 0)
			break;
		bool control = (unsigned char)*text < 0x20 || *text == 0x7f;
		addnstr(control ? "?" : text, control ? 1 : (int)n);
		text += n;
	}
	for (; line->chosen && left > 0; left--)
		addch(' ');
	attr_set(A_NORMAL, 0, NULL);
}

void screen_show(const struct screen_line *page, size_t n)
{
	erase();
	for (size_t i = 0; i < n && i < (size_t)LINES; i++)
		show_line((int)i, &page[i]);
	refresh();
}

/* ---- keys ------------------------------------------------------------------------------------ */

int screen_key(void)
{
	static const struct {
		int key, means;
	} keys[] = {{ERR, SCREEN_NO_KEY}, {KEY_UP, SCREEN_UP}, {KEY_DOWN, SCREEN_DOWN},
		{KEY_PPAGE, SCREEN_PAGE_UP}, {KEY_NPAGE, SCREEN_PAGE_DOWN},
		{KEY_HOME, SCREEN_FIRST}, {KEY_END, SCREEN_LAST}, {KEY_ENTER, SCREEN_ENTER},
		{'\n', SCREEN_ENTER}, {'\r', SCREEN_ENTER}, {KEY_BACKSPACE, SCREEN_BACK},
		{'\b', SCREEN_BACK}, {0x7f, SCREEN_BACK}, {ESCAPE, SCREEN_ESCAPE}};
	int key = getch();

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].key == key)
			return keys[i].means;
	return key < 0x100 ? key : SCREEN_OTHER;
}
