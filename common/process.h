/* What this process uses of its machine. */
#ifndef COMMON_PROCESS_H
#define COMMON_PROCESS_H

#include <stdint.h>

#include "common/err.h"

struct process_use {
	int64_t resident_bytes; /* pages of mapped files included */
	int64_t private_bytes;
	int64_t cpu_us;
	int64_t open_fds;
	double started; /* seconds since 1970 */
};
enum err process_use(struct process_use *ret) MUST_USE;

#endif
