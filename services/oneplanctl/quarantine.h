/* Which record or entity of a quarantine is meant, from the arguments and from what there is. */
#ifndef SERVICES_ONEPLANCTL_QUARANTINE_H
#define SERVICES_ONEPLANCTL_QUARANTINE_H

#include "common/admin.h"
#include "services/oneplanctl/arguments.h"

struct quarantine_target {
	struct text owner; /* may be absent in the arguments */
	int64_t seq;       /* 0: the entity is meant; both absent: nothing, only to be listed */
	struct uuid entity;
};

/* ERR_INVALID names the option that is wrong, or missing beside another. */
enum err quarantine_target_of(const struct arguments *arguments, struct quarantine_target *ret,
	struct reason *reason) MUST_USE;

/* Fills in the owner. ERR_NOT_FOUND: there is no such record; ERR_CONFLICT: more than one owner has
 * one. A page that is not all there is (more) is believed only about an owner that was named. */
enum err quarantine_find(const struct quarantine_page *page, struct quarantine_target *target,
	struct reason *reason) MUST_USE;

#endif
