/* Consents that are given and withdrawn at the entrance; those of departments are known by
 * following them. */
#ifndef SERVICES_INTAKE_CONSENTING_H
#define SERVICES_INTAKE_CONSENTING_H

#include "services/intake/trees.h"

enum err consenting_decide_record(struct decision *d, const void *command);
/* Wherever it was recorded, as far as it is known here. */
enum err consenting_decide_withdraw(struct decision *d, const void *command);

void consenting_apply_given(struct fold *fold, const struct record *record, const void *event);
void consenting_apply_withdrawn(struct fold *fold, const struct record *record, const void *event);
/* Of a department. */
void consenting_apply_told(struct fold *fold, const struct record *record, const void *event);
void consenting_apply_told_withdrawn(
	struct fold *fold, const struct record *record, const void *event);

#endif
