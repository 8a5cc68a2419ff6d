/* Folds intake's events into what must be known to tell people; writes replica trees through the
 * fold it is given and touches nothing else. */
#include "services/notification/known.h"

static bool get_of(const struct state *state, unsigned tree, struct uuid id,
	const struct schema *schema, void *ret)
{
	struct key key = notification_key(id);

	for (unsigned owner = 0; owner < state_owners(state); owner++) {
		struct state replica = state_replica(state, owner);
		if (state_get(&replica, tree, &key, schema, ret))
			return true;
	}
	return false;
}

bool known_inquiry_get(const struct state *state, struct uuid inquiry, struct known_inquiry *ret)
{
	return get_of(state, REPLICA_INQUIRY, inquiry, schema_known_inquiry(), ret);
}

bool known_citizen_get(const struct state *state, struct uuid citizen, struct known_citizen *ret)
{
	return get_of(state, REPLICA_CITIZEN, citizen, schema_known_citizen(), ret);
}

bool known_reach_get(const struct state *state, struct uuid citizen, struct known_inquiry *ret)
{
	struct key prefix = notification_key(citizen);
	bool found = false;

	for (unsigned owner = 0; !found && owner < state_owners(state); owner++) {
		struct state replica = state_replica(state, owner);
		struct rows rows;
		rows_begin_down(&rows, &replica, REPLICA_OF_CITIZEN, NULL, &prefix, NULL);
		found = rows_next(&rows, NULL) &&
			known_inquiry_get(state, notification_key_last_id(rows.scan.key), ret);
		rows_end(&rows);
	}
	return found;
}

/* ---- citizens -------------------------------------------------------------------------------- */

static void put_citizen(
	struct fold *fold, struct uuid citizen, struct text number, bool is_protected)
{
	struct key key = notification_key(citizen);
	struct known_citizen row;

	(void)state_get(&fold->state, REPLICA_CITIZEN, &key, schema_known_citizen(), &row);
	row.citizen = citizen;
	if (number.n)
		row.number = number;
	row.protected |= is_protected;
	fold_put(fold, REPLICA_CITIZEN, &key, schema_known_citizen(), &row);
}

void known_apply_registered(struct fold *fold, const struct record *record, const void *event)
{
	const struct citizen_registered *e = event;

	(void)record;
	put_citizen(fold, e->citizen, e->number, e->protected);
}

void known_apply_number_changed(struct fold *fold, const struct record *record, const void *event)
{
	const struct citizen_number_changed *e = event;

	(void)record;
	put_citizen(fold, e->citizen, e->number, false);
}

/* ---- inquiries ------------------------------------------------------------------------------- */

static void put_inquiry(struct fold *fold, const struct known_inquiry *row)
{
	struct key key = notification_key(row->inquiry);

	fold_put(fold, REPLICA_INQUIRY, &key, schema_known_inquiry(), row);
}

void known_apply_received(struct fold *fold, const struct record *record, const void *event)
{
	const struct inquiry_received *e = event;

	struct key of_citizen = notification_key_pair(e->citizen, e->inquiry);

	(void)record;
	if (e->asker == asker_citizen && e->contact && uuid_equal(e->from, e->citizen))
		fold_put(fold, REPLICA_OF_CITIZEN, &of_citizen, NULL, NULL);
	put_inquiry(fold, &(struct known_inquiry){.inquiry = e->inquiry,
				  .reference = e->reference,
				  .citizen = e->citizen,
				  .from = e->from,
				  .asker = e->asker,
				  .language = e->language,
				  .contact = e->contact,
				  .contact_at = e->contact_at,
				  .state = inquiry_state_received});
}

static void set_talk(
	struct fold *fold, struct uuid inquiry, enum inquiry_state state, int64_t talk_at)
{
	struct key key = notification_key(inquiry);
	struct known_inquiry row;

	if (!state_get(&fold->state, REPLICA_INQUIRY, &key, schema_known_inquiry(), &row))
		return;
	row.state = state;
	row.talk_at = talk_at;
	if (!talk_at)
		row.mode = talk_mode_none;
	put_inquiry(fold, &row);
}

static void book(struct fold *fold, struct uuid inquiry, int64_t talk_at, enum talk_mode mode)
{
	struct key key = notification_key(inquiry);
	struct known_inquiry row;

	if (!state_get(&fold->state, REPLICA_INQUIRY, &key, schema_known_inquiry(), &row))
		return;
	row.state = inquiry_state_talk_booked;
	row.talk_at = talk_at;
	row.mode = mode;
	put_inquiry(fold, &row);
}

void known_apply_booked(struct fold *fold, const struct record *record, const void *event)
{
	const struct first_talk_booked *e = event;

	(void)record;
	book(fold, e->inquiry, e->talk_at, e->mode);
}

void known_apply_moved(struct fold *fold, const struct record *record, const void *event)
{
	const struct first_talk_moved *e = event;

	(void)record;
	book(fold, e->inquiry, e->talk_at, e->mode);
}

void known_apply_cancelled(struct fold *fold, const struct record *record, const void *event)
{
	const struct first_talk_cancelled *e = event;

	(void)record;
	set_talk(fold, e->inquiry, inquiry_state_received, 0);
}

void known_apply_held(struct fold *fold, const struct record *record, const void *event)
{
	const struct first_talk_held *e = event;

	(void)record;
	set_talk(fold, e->inquiry, inquiry_state_talked, 0);
}

void known_apply_closed(struct fold *fold, const struct record *record, const void *event)
{
	const struct inquiry_closed *e = event;

	(void)record;
	set_talk(fold, e->inquiry, inquiry_state_closed, 0);
}

void known_apply_nothing(struct fold *fold, const struct record *record, const void *event)
{
	(void)fold;
	(void)record;
	(void)event;
}
