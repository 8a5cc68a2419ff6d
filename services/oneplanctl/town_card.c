/* Makes cards of nodes and their fingerprints. Writes the file that it is given. */
#include "services/oneplanctl/town_card.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "services/oneplanctl/ini_edit.h"

/* Of letters and digits those that sound and look like no other one. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
enum { GROUPS = 4, GROUP = 4, CARD_ARENA_BYTES = 4 * 1024 * 1024 };

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct town_node *)a)->name, ((const struct town_node *)b)->name);
}

static void add(crypto_generichash_state *state, const char *text)
{
	crypto_generichash_update(
		state, (const unsigned char *)(text ? text : ""), text ? strlen(text) + 1 : 1);
}

void card_fingerprint(const struct town *nodes, char ret[CARD_PRINT_BYTES])
{
	struct town sorted = *nodes;
	crypto_generichash_state state;
	unsigned char hash[16];

	qsort(sorted.nodes, sorted.n, sizeof(sorted.nodes[0]), compare);
	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	for (size_t i = 0; i < sorted.n; i++) {
		const struct town_node *node = &sorted.nodes[i];
		add(&state, node->name);
		add(&state, node->role);
		add(&state, node->department);
		add(&state, node->endpoint);
		add(&state, node->public_key);
	}
	crypto_generichash_final(&state, hash, sizeof(hash));
	for (int i = 0; i < GROUPS * GROUP; i++) {
		int bit = i * 5;
		unsigned two = (unsigned)hash[bit / 8] << 8 | hash[bit / 8 + 1];
		ret[i + i / GROUP] = alphabet[two >> (11 - bit % 8) & 31];
		ret[i + i / GROUP + 1] = i + 1 < GROUPS * GROUP ? '-' : '\0';
	}
}

bool card_is_fingerprint(const char *said, const char print[CARD_PRINT_BYTES])
{
	for (; *said; said++) {
		if (isspace((unsigned char)*said) || *said == '-')
			continue;
		print += *print == '-';
		int c = toupper((unsigned char)*said);
		c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
		if (*print++ != c)
			return false;
	}
	return *print == '\0';
}

const char *card_text(struct arena *arena, const struct town *nodes)
{
	char print[CARD_PRINT_BYTES];

	card_fingerprint(nodes, print);
	const char *text = arena_printf(arena,
		"# What other hosts of the town need to know of these nodes. Nothing of it is "
		"secret; "
		"but who can\n"
		"# change it on its way can take a node's place: compare the fingerprint with its "
		"sender, by voice.\n"
		"# %s\n",
		print);
	for (size_t i = 0; text && i < nodes->n; i++) {
		const struct town_node *node = &nodes->nodes[i];
		const char *department = node->department ? node->department : "";
		text = arena_printf(arena,
			"%s\n[node.%s]\nrole = %s\nendpoint = %s\npublic_key = %s\n%s%s%s", text,
			node->name, node->role, node->endpoint, node->public_key,
			*department ? "department = " : "", department, *department ? "\n" : "");
	}
	return text;
}

enum err card_write(const char *path, const char *text, struct reason *reason)
{
	size_t n = strlen(text);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 && errno == EEXIST) {
		struct arena arena;
		const char *there;
		arena_init(&arena, CARD_ARENA_BYTES);
		enum err err = ini_read(path, &arena, &there, reason);
		if (!err && strcmp(there, text) != 0)
			err = reason_set(reason, ERR_CONFLICT, path,
				"is there already and says other things: name another file");
		arena_done(&arena);
		return err;
	}
	bool good = fd >= 0 && write(fd, text, n) == (ssize_t)n;
	if (!good)
		(void)reason_set(
			reason, ERR_SYSTEM, path, "cannot be written: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return good ? ERR_OK : reason->code;
}
