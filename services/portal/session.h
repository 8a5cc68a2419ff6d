/* Login sessions: the one thing that the portal owns. A token of 256 random bits lies with the
 * browser; the store has its hash only, so that whoever reads the store can be nobody.
 *
 * 1. A token is new at every login, and what the browser had before is ended.
 * 2. A session ends idle_ms after it was last used, and absolute_ms after it began.
 * 3. The token for forms (CSRF) is derived from the session's token, so each session has its own.
 */
#ifndef SERVICES_PORTAL_SESSION_H
#define SERVICES_PORTAL_SESSION_H

#include "common/clock.h"
#include "common/store.h"
#include "services/portal/operators.h"
#include "services/portal/texts.h"

enum { TOKEN_TEXT = 65, SESSIONS_MAX = 10000 };

/* Trees of the store, to be given to store_open_*. */
extern const struct tree session_trees[];
extern const size_t n_session_trees;

struct sessions {
	struct store *store;
	struct clock clock;
	int64_t idle_ms, absolute_ms;
};

struct session {
	char token[TOKEN_TEXT]; /* hexadecimal */
	struct operator_known who;
	bool chose_language;
	enum language language;
};

/* Begins a session of `who`, in the language of session->language when chose_language is set, and
 * fills in the token. `before`: a token whose session ends with it, or NULL. ERR_BUSY: too many are
 * logged in; ERR_FULL; any other error: the disk cannot be trusted. */
enum err session_begin(struct sessions *sessions, struct session *session, const char *before,
	struct reason *reason) MUST_USE;
/* The session of a token, which counts as used unless `quiet`. ERR_NOT_FOUND: there is none (any
 * more). */
enum session_use { SESSION_USED, SESSION_QUIET };
enum err session_find(struct sessions *sessions, const char *token, enum session_use use,
	struct session *ret) MUST_USE;
enum err session_end(struct sessions *sessions, const char *token) MUST_USE;
enum err session_choose(
	struct sessions *sessions, const char *token, enum language language) MUST_USE;
/* Takes out what is over; at most some hundred at a time. */
enum err session_sweep(struct sessions *sessions) MUST_USE;

/* A new token, and the form token that goes with one. */
void token_make(char ret[TOKEN_TEXT]);
bool token_valid(const char *token);
void token_for_forms(const char *token, char ret[TOKEN_TEXT]);
/* In constant time. */
bool token_equal(const char *a, const char *b);

#endif
