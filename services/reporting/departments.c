/* Departments by the names of the owners that are followed; touches nothing. */
#include "services/reporting/departments.h"

#include <string.h>

/* By name, so that the order of a node's settings does not show. */
static void insert(struct departments *departments, const char *name, unsigned owner)
{
	size_t i = departments->n++;

	for (; i > 0 && strcmp(name, departments->names[i - 1]) < 0; i--) {
		departments->names[i] = departments->names[i - 1];
		departments->owners[i] = departments->owners[i - 1];
	}
	departments->names[i] = name;
	departments->owners[i] = owner;
}

struct departments departments_of(const struct state *state)
{
	static const char prefix[] = "planning.";
	struct departments departments = {.n = 0};

	for (unsigned i = 0; i < state_owners(state) && departments.n < DEPARTMENTS_MAX; i++) {
		const char *name = state_owner_name(state, i);
		if (strncmp(name, prefix, sizeof(prefix) - 1) == 0)
			insert(&departments, name + sizeof(prefix) - 1, i);
	}
	return departments;
}

int64_t department_key(const struct departments *departments, unsigned owner)
{
	for (size_t i = 0; i < departments->n; i++)
		if (departments->owners[i] == owner)
			return (int64_t)i + 1;
	return 0;
}
