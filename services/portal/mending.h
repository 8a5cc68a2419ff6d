/* What an operator wants to be done with items of a queue, as forms say it. */
#ifndef SERVICES_PORTAL_MENDING_H
#define SERVICES_PORTAL_MENDING_H

#include "common/admin.h"
#include "services/portal/page.h"

enum { MENDING_ITEMS = 100, REASON_MAX = 500, PEEK_ITEMS = 50 };

/* Something in a form that breaks a rule: which field, and what is to be said. */
struct wrong {
	const char *field; /* the id of its input */
	enum text_key rule;
};

struct mending {
	const struct portal_node *node;
	const char *queue;
	/* the filter, as it was written and as it is meant */
	const char *type, *why, *state, *entity, *minutes;
	struct queue_filter filter;
	bool filtered; /* anything of it was given */
	enum mend_verb verb;
	bool all; /* with all that fit the filter; otherwise with `items` */
	bool twice;
	struct text items[MENDING_ITEMS];
	size_t n_items;
	const char *reason;
	struct uuid key; /* sending the same form again does nothing twice */
};

/* Node, queue and filter. False: there is no such node or queue, or the filter breaks a rule. */
bool mending_read_filter(struct page *page, struct mending *mending, struct wrong *ret);
/* These, and what is to be done with which. */
bool mending_read(struct page *page, struct mending *mending, struct wrong *ret);

/* All of it as hidden fields of a form. */
void mending_write_hidden(struct page *page, const struct mending *mending);
/* The address of the queue's page, with the filter. */
const char *mending_path(struct page *page, const struct mending *mending);

/* Can be looked into; may be mended; may be paused. */
bool queue_peekable(const char *queue);
bool queue_mendable(const char *queue);
bool queue_pausable(const char *queue);

/* ---- pieces of its pages --------------------------------------------------------------------- */

enum text_key mending_verb_name(enum mend_verb verb);
/* The list of what is wrong, above a form; it links to the field. */
void write_wrong(struct page *page, const struct wrong *wrong);
/* A labelled input of one line. */
struct input {
	const char *name, *value, *type;
	enum text_key label;
	const struct wrong *wrong; /* NULL, or one that may be about this field */
};
void write_input(struct page *page, const struct input *input);
/* The field `reason`. */
void write_reason(struct page *page, const char *value, const struct wrong *wrong);
/* The way back to the queue. */
void write_back(struct page *page, const struct mending *mending);
/* A page that says what cannot be understood about a request for a queue. */
void refuse_queue(struct page *page);

#endif
