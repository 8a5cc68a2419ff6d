/* Who may log in to the operators' page: a file of names, roles and Argon2id hashes of passwords
 * (RFC 9106, by libsodium), of mode 0600 or 0640. It is read whenever it is asked, so a change
 * needs no restart. */
#ifndef SERVICES_PORTAL_OPERATORS_H
#define SERVICES_PORTAL_OPERATORS_H

#include "common/arena.h"
#include "common/schema.h"

enum {
	OPERATORS_MAX = 256,
	NAME_MAX_BYTES = 32,
	PASSWORD_MIN =
		12, /* characters; NIST SP 800-63B-4 asks for 15, or 8 with a second factor */
	PASSWORD_MAX = 256,
	PRINT_BYTES = 16
};

struct operators {
	const char *path;
	char decoy[128]; /* a hash that no password has */
};

/* Makes the decoy. path is the caller's. */
enum err operators_init(
	struct operators *operators, const char *path, struct reason *reason) MUST_USE;

/* What a session keeps of who logged in. print changes with the password. */
struct operator_known {
	char name[NAME_MAX_BYTES + 1];
	char role[25];
	uint8_t print[PRINT_BYTES];
};

/* Takes as long for a name that is not there as for a wrong password. ERR_DENIED: one of both. */
enum err operators_check(const struct operators *operators, const char *name, const char *password,
	struct operator_known *ret, struct reason *reason) MUST_USE;
/* Is that one still in the file, with the same role and password? */
bool operators_still(const struct operators *operators, const struct operator_known *known);

/* Adds the name, or gives it another password or role. ERR_INVALID names the rule. */
struct operator_new {
	const char *name, *role, *password;
};
enum err operators_put(
	const char *path, const struct operator_new *new, struct reason *reason) MUST_USE;
/* ERR_NOT_FOUND. */
enum err operators_remove(const char *path, const char *name, struct reason *reason) MUST_USE;

bool operators_name_valid(const char *name);

#endif
