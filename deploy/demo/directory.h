/* A year as a directory of files, one for the entrance and two for each department:
 *
 *	inquiries.ndjson			the entrance
 *	planning.<department>.1.ndjson		what builds on nothing of another department
 *	planning.<department>.2.ndjson		what builds on lines .1 of other departments
 *
 * Each is in order of time; those of departments are held in memory until the end. */
#ifndef DEPLOY_DEMO_DIRECTORY_H
#define DEPLOY_DEMO_DIRECTORY_H

#include "deploy/demo/course.h"

enum phase { PHASE_OWN, PHASE_JOINT, PHASES };

struct directory {
	struct lines entrance;
	struct lines departments[DEPARTMENTS][PHASES];
};

/* Makes the directory, or takes one that is there; files in it are written anew. shuffle: of the
 * entrance's lines, as in lines_open. ERR_SYSTEM, ERR_NO_MEMORY; closed all the same. */
enum err directory_open(
	struct directory *directory, const char *path, const uint64_t *shuffle) MUST_USE;
enum err directory_close(struct directory *directory) MUST_USE;

#endif
