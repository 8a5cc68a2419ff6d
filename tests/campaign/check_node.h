/* Opens a node's state as its daemon does and finds out whether everything that it promised is
 * there. In a child process, since a broken database may end it. */
#ifndef TESTS_CAMPAIGN_CHECK_NODE_H
#define TESTS_CAMPAIGN_CHECK_NODE_H

#include "common/daemon_private.h"
#include "tests/campaign/crash_log.h"

/* What the state must hold. */
struct claims {
	const struct io_event *acked; /* of lines, in the order of the answers */
	size_t n_acked;
	const struct text *lines; /* of the file that was imported */
	size_t n_lines;
	struct {
		const char *owner;
		uint64_t through;
	} taken[MAX_OWNERS]; /* what it has told these owners that it has */
	size_t n_taken;
	uint64_t
		sample; /* seed: which of the lines are asked again, and whether state is rebuilt */
};

enum check_outcome {
	CHECK_GOOD,
	CHECK_FOUND,   /* opened, but a look at all of it says what is damaged: text */
	CHECK_REFUSED, /* the state was not opened: text says why */
	CHECK_WRONG    /* something promised is not there */
};

struct checked {
	enum check_outcome outcome;
	char text[512];
	uint64_t head;
	uint64_t through[MAX_OWNERS]; /* cursors, by the settings' order */
	uint8_t all[HASH_BYTES]; /* of everything that it keeps and answers; when looked at whole */
};

/* dir: the state directory. claims NULL: nothing is known of it; everything is looked at, as a
 * scrub does, and put into one digest. */
void check_node(const struct daemon_config *config, const char *dir, const struct claims *claims,
	struct checked *ret);

/* The same in a child process; a signal that ends it is CHECK_WRONG, and its number is returned. */
int check_node_apart(const struct daemon_config *config, const char *dir,
	const struct claims *claims, struct checked *shared);

#endif
