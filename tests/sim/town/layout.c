/* The town that is played: the files that `oneplanctl town init` writes, read as the daemons read
 * them. Touches a directory of its own under /tmp, and removes it. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "services/archive/archive.h"
#include "services/intake/intake.h"
#include "services/intake/settings.h"
#include "services/notification/notification.h"
#include "services/notification/settings.h"
#include "services/oneplanctl/town_files.h"
#include "services/planning/planning.h"
#include "services/reporting/reporting.h"
#include "tests/sim/town/sim.h"

enum { HEARTBEAT_MS = 10000 };

const char *const client_names[CLIENTS] = {"operator", "importer", "portal"};

static void give_up(const char *what, const struct reason *reason)
{
	fprintf(stderr, "the town cannot be made: %s: %s %s\n", what, reason->field, reason->rule);
	exit(2);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static struct daemon_program program_of(unsigned node)
{
	switch (node) {
	case NODE_INTAKE:
		return intake_program();
	case NODE_NOTIFICATION:
		return notification_program();
	case NODE_REPORTING:
		return reporting_program();
	case NODE_ARCHIVE:
		return archive_program();
	default:
		return planning_program();
	}
}

/* What is made by chance in a new town is the same in each played one; channels are there. */
static void adjust(struct layout *layout)
{
	struct intake_settings *intake = layout->config[NODE_INTAKE].service;
	struct notification_settings *notification = layout->config[NODE_NOTIFICATION].service;

	memset(intake->town_key, 7, sizeof(intake->town_key));
	notification->smtp_url = "smtp://127.0.0.1:25";
	notification->sms_url = "http://127.0.0.1:80/";
	notification->digests = true;
	for (unsigned i = 0; i < NODES; i++)
		layout->config[i].heartbeat_ms = HEARTBEAT_MS;
}

const char *layout_client_key(const struct layout *layout, unsigned client)
{
	const struct daemon_config *config = &layout->config[NODE_INTAKE];

	for (size_t i = 0; i < config->n_peers; i++)
		if (!strcmp(config->peers[i].name, client_names[client]))
			return config->peers[i].key;
	return "";
}

void layout_prepare(struct layout *layout)
{
	char dir[] = "/tmp/oneplan-sim.XXXXXX", path[128];
	struct reason reason = {0};
	struct arena arena;
	struct town_plan plan = {
		.listen = "127.0.0.1", .base_port = 7610, .beside = true, .archive = true};

	plan.dir = mkdtemp(dir);
	arena_init(&arena, (size_t)16 * 1024 * 1024);
	if (!plan.dir || town_make(&plan, &arena, &reason))
		give_up("its files", &reason);
	for (unsigned i = 0; i < NODES; i++) {
		layout->program[i] = program_of(i);
		snprintf(path, sizeof(path), "%s/%s/node.ini", dir, node_names[i]);
		if (daemon_config_load(&layout->config[i], &layout->program[i], path, &reason))
			give_up(path, &reason);
	}
	adjust(layout);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_done(&arena);
}
