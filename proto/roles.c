/* The names of the roles. Touches nothing. */
#include "proto/roles.h"

const struct role_name peer_roles[] = {
	{"operator", PEER_OPERATOR},
	{"importer", PEER_IMPORTER},
	{"portal", PEER_PORTAL},
	{"intake", PEER_INTAKE},
	{"planning", PEER_PLANNING},
	{"notification", PEER_NOTIFICATION},
	{"reporting", PEER_REPORTING},
	{"archive", PEER_ARCHIVE},
};
const size_t n_peer_roles = sizeof(peer_roles) / sizeof(peer_roles[0]);

const struct role_name actor_roles[] = {
	{"citizen", ACTOR_CITIZEN},
	{"representative", ACTOR_REPRESENTATIVE},
	{"front_desk", ACTOR_FRONT_DESK},
	{"caseworker", ACTOR_CASEWORKER},
	{"coordinator", ACTOR_COORDINATOR},
	{"manager", ACTOR_MANAGER},
	{"operator", ACTOR_OPERATOR},
	{"auditor", ACTOR_AUDITOR},
	{"administrator", ACTOR_ADMINISTRATOR},
};
const size_t n_actor_roles = sizeof(actor_roles) / sizeof(actor_roles[0]);
