/* The daemons that run on this machine: which process a node is, and telling it to read its
 * settings again. */
#ifndef SERVICES_ONEPLANCTL_TOWN_TELL_H
#define SERVICES_ONEPLANCTL_TOWN_TELL_H

#include <sys/types.h>

#include "services/oneplanctl/ctl.h"

/* DIR/NODE/node.ini; NULL: out of memory. */
const char *town_settings_of(struct ctl *ctl, const char *node);
/* Are its settings on this machine? */
bool town_is_here(struct ctl *ctl, const char *node);

/* The process that was started with this node's settings, by whomever; 0: none. */
pid_t town_pid(struct ctl *ctl, const char *node);

/* Does it answer to an operator, quickly? */
enum err town_answers(struct ctl *ctl, const struct town_node *node) MUST_USE;

/* Sends SIGHUP. False: it does not run here. */
bool town_signal(struct ctl *ctl, const struct town_node *node);
/* Waits until it answers with what it has read: it may start itself again for it. False: not within
 * 10 s. */
bool town_await(struct ctl *ctl, const struct town_node *node);

void town_sleep_ms(long ms);

#endif
