/* Every message of the project in one list, for tools that go over all of them: documentation,
 * golden bytes, calling any command by name. */
#ifndef PROTO_REGISTRY_H
#define PROTO_REGISTRY_H

#include "common/schema.h"

/* One .def file. */
struct registry_part {
	const char *file;    /* proto/intake.def */
	const char *meaning; /* one sentence */
	schema_fn *const *schemas;
	size_t n;
	enumeration_fn *const *words;
	size_t n_words;
};

extern const struct registry_part registry_parts[];
extern const size_t n_registry_parts;

/* The message of that name; NULL when there is none. */
const struct schema *registry_find(const char *name, size_t n);

#endif
