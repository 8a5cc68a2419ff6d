/* How far a connection to a node comes, step by step: what a socket of ZeroMQ only knows as
 * silence. Speaks ZMTP 3.1 with CURVE (ZeroMQ RFCs 23 and 26) up to the end of the handshake. */
#ifndef SERVICES_ONEPLANCTL_PROBE_H
#define SERVICES_ONEPLANCTL_PROBE_H

#include "common/town.h"

/* Each needs the one before. */
enum probe_step {
	PROBE_NAME,    /* the address is one */
	PROBE_CONNECT, /* somebody listens there */
	PROBE_SPEAKS,  /* and speaks ZMTP with CURVE */
	PROBE_KEY,     /* and has the secret of the key that we know */
	PROBE_LET_IN,  /* and lets us in with ours */
	PROBE_DONE
};

struct probe {
	const char *endpoint;
	const char *server_key; /* Z85 */
	const struct town_keys *keys;
	int64_t timeout_ms; /* of all steps together */
};

/* The first step that failed, PROBE_DONE when none did; why, as a sentence, in ret_why. */
enum { PROBE_WHY_BYTES = 160 };
enum probe_step probe_run(const struct probe *probe, char ret_why[PROBE_WHY_BYTES]);

#endif
