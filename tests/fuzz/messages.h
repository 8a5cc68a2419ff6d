/* One of all messages, chosen by two bytes of the input. */
#ifndef TESTS_FUZZ_MESSAGES_H
#define TESTS_FUZZ_MESSAGES_H

#include "proto/registry.h"
#include "tests/fuzz/fuzz.h"

static inline const struct schema *some_message(struct bytes *feed)
{
	size_t which = feed_u16(feed), all = 0;

	for (size_t i = 0; i < n_registry_parts; i++)
		all += registry_parts[i].n;
	which %= all;
	for (size_t i = 0; i < n_registry_parts; i++) {
		if (which < registry_parts[i].n)
			return registry_parts[i].schemas[which]();
		which -= registry_parts[i].n;
	}
	abort();
}

#endif
