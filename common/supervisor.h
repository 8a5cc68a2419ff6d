/* What a daemon tells the service manager that started it (sd_notify(3)). Started by anything else,
 * every call does nothing. Status lines are shown to operators, and never hold personal data. */
#ifndef COMMON_SUPERVISOR_H
#define COMMON_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

/* Is there one? */
bool supervisor_listens(void);

/* It answers; after supervisor_reloading: the settings are in force again, new or old. */
void supervisor_ready(const char *status);
void supervisor_reloading(void);
void supervisor_stopping(void);
void supervisor_status(const char *status);

/* How often supervisor_alive is to be called, half the time after which the service manager takes
 * the daemon for hung; 0: it does not watch. */
int64_t supervisor_alive_every_ms(void);
void supervisor_alive(void);

#endif
