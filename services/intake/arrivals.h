/* Somebody turns to the entrance: receive_inquiry, from the words to the promise, in one decision.
 */
#ifndef SERVICES_INTAKE_ARRIVALS_H
#define SERVICES_INTAKE_ARRIVALS_H

#include "common/service.h"

enum err arrivals_decide_receive(struct decision *d, const void *command);

#endif
