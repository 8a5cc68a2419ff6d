/* Who is known, by which numbers, and how they are forgotten. Pure; state through service.h. */
#include "services/intake/citizens.h"

#include <sodium.h>
#include <string.h>

#include "common/clock.h"
#include "proto/cpr.h"
#include "services/intake/inquiry.h"

enum { LOOKUP_BYTES = 32, LOOKUP_INDEXED = 5, DATE_BYTES = 16 };

/* ---- numbers --------------------------------------------------------------------------------- */

enum err citizen_read_number(
	struct state *state, struct text number, struct reason *reason, struct citizen_number *ret)
{
	const struct intake_settings *settings = state_settings(state);
	uint8_t hash[LOOKUP_BYTES];
	char hex[2 * LOOKUP_BYTES + 1];
	struct cpr cpr;
	enum err err = cpr_parse(number.p, number.n, &cpr, reason);

	if (err) {
		reason_prefix(reason, "number", -1);
		return err;
	}
	crypto_generichash(hash, sizeof(hash), (const uint8_t *)cpr.normal, strlen(cpr.normal),
		settings->town_key, sizeof(settings->town_key));
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	*ret = (struct citizen_number){
		.normal = text_of(arena_copy(state->arena, cpr.normal, strlen(cpr.normal))),
		.lookup = text_of(arena_copy(state->arena, hex, 2 * LOOKUP_BYTES)),
		.birth_date = cpr.birth_date,
		.fails_modulus_11 = !cpr.modulus_11};
	return ret->lookup.n && ret->normal.n
		       ? ERR_OK
		       : reason_set(reason, ERR_BUSY, "", "too much in one turn");
}

size_t citizen_number_warnings(struct state *state, const struct citizen_number *number, int64_t at,
	struct text **ret_texts)
{
	struct text *texts = arena_alloc(state->arena, NUMBER_WARNINGS * sizeof(*texts));
	size_t n = 0;

	*ret_texts = texts;
	if (texts && number->fails_modulus_11)
		texts[n++] = text_of("number: does not pass modulus 11, as some newer ones do not; "
				     "compare it once more");
	if (texts && number->birth_date > local_date(at))
		texts[n++] = text_of("number: its birth date lies in the future");
	return n;
}

enum age_band citizen_age_band(int64_t birth_date, int64_t date)
{
	static const struct {
		int64_t below;
		enum age_band band;
	} bands[] = {{15, age_band_under_15}, {18, age_band_from_15}, {30, age_band_from_18},
		{45, age_band_from_30}, {65, age_band_from_45}};
	/* yyyymmdd: the difference counts a year as 10000 once its day has come. */
	int64_t years = (date - birth_date) / 10000;

	if (birth_date == 0 || birth_date > date)
		return age_band_none;
	for (size_t i = 0; i < sizeof(bands) / sizeof(bands[0]); i++)
		if (years < bands[i].below)
			return bands[i].band;
	return age_band_from_65;
}

static struct text date_text(struct arena *arena, int64_t date)
{
	char text[DATE_BYTES];

	if (date == 0)
		return TEXT_NONE;
	date_format(date, text);
	return text_of(arena_copy(arena, text, strlen(text)));
}

/* ---- finding --------------------------------------------------------------------------------- */

bool citizen_get(struct state *state, struct uuid citizen, struct citizen_view *ret)
{
	struct key key = intake_key(citizen);

	return state_get(state, TREE_CITIZEN, &key, schema_citizen_view(), ret);
}

/* What stands open in the index: 20 bits, which hundreds of numbers of living people share. */
static struct text indexed(struct text lookup)
{
	lookup.n = lookup.n < LOOKUP_INDEXED ? lookup.n : LOOKUP_INDEXED;
	return lookup;
}

static bool is_found_by(struct state *state, struct uuid citizen, struct text lookup)
{
	struct key prefix = intake_key_id_text(citizen, indexed(lookup));
	struct lookup_row row;
	bool found = false;
	struct rows rows;

	rows_begin(&rows, state, TREE_CITIZEN_LOOKUP, schema_lookup_row(), &prefix, NULL);
	while (!found && rows_next(&rows, &row))
		found = state_open_text(state, citizen, &row.lookup) &&
			text_equal(row.lookup, lookup);
	rows_end(&rows);
	return found;
}

bool citizen_by_lookup(struct state *state, struct text lookup, struct uuid *ret)
{
	struct key prefix = intake_key_text(indexed(lookup));
	bool found = false;
	struct rows rows;

	rows_begin(&rows, state, TREE_LOOKUP, NULL, &prefix, NULL);
	while (!found && rows_next(&rows, NULL)) {
		*ret = intake_key_last_id(rows.scan.key);
		found = is_found_by(state, *ret, lookup);
	}
	rows_end(&rows);
	if (!found)
		*ret = (struct uuid){{0}};
	return found;
}

static int64_t known_birth_date(struct state *state, const struct citizen_view *view)
{
	struct text text = view->birth_date;
	int64_t date = 0;

	if (text.n == 0 || !state_open_text(state, view->citizen, &text) ||
		!date_parse(text.p, text.n, &date))
		return 0;
	return date;
}

static enum err read_claim(
	struct decision *d, const struct citizen_claim *claim, struct citizen_found *found)
{
	int64_t said = 0;
	enum err err = ERR_OK;

	if (claim->number.n)
		err = citizen_read_number(&d->state, claim->number, d->reason, &found->number);
	if (err)
		return err;
	if (claim->birth_date.n && !date_parse(claim->birth_date.p, claim->birth_date.n, &said))
		return decision_refuse(
			d, ERR_INVALID, "birth_date", "is a day of the calendar, as in 1966-11-22");
	if (said && found->number.birth_date && said != found->number.birth_date)
		return decision_refuse(
			d, ERR_INVALID, "birth_date", "is not the one that the number says");
	found->birth_date = said ? said : found->number.birth_date;
	return ERR_OK;
}

/* A citizen who is known: what was said must fit, and may complete what is known. */
static enum err join_known(struct decision *d, const struct citizen_claim *claim,
	const struct citizen_view *view, struct citizen_found *found)
{
	struct uuid owner;
	bool finds = found->number.lookup.n &&
		     citizen_by_lookup(&d->state, found->number.lookup, &owner);

	found->known = true;
	if (found->number.lookup.n && !finds && view->number.n)
		return decision_refuse(d, ERR_CONFLICT, "number",
			"is not the citizen's; a new number is given by change_citizen_number");
	found->registers = (found->number.lookup.n && !finds) || (claim->name.n && !view->name.n) ||
			   (found->birth_date && !view->birth_date.n);
	if (!found->birth_date)
		found->birth_date = known_birth_date(&d->state, view);
	return ERR_OK;
}

enum err citizen_resolve(
	struct decision *d, const struct citizen_claim *claim, struct citizen_found *ret)
{
	struct citizen_view view;
	struct uuid owner = {0};
	enum err err;

	*ret = (struct citizen_found){.citizen = claim->citizen};
	err = read_claim(d, claim, ret);
	if (err)
		return err;
	if (ret->number.lookup.n && citizen_by_lookup(&d->state, ret->number.lookup, &owner)) {
		if (!uuid_is_nil(claim->citizen) && !uuid_equal(claim->citizen, owner))
			return decision_refuse(
				d, ERR_CONFLICT, "number", "belongs to another citizen");
		ret->citizen = owner;
	}
	if (!uuid_is_nil(ret->citizen) && citizen_get(&d->state, ret->citizen, &view))
		return join_known(d, claim, &view, ret);
	if (uuid_is_nil(ret->citizen))
		ret->citizen = decision_uuid(d);
	ret->registers = ret->number.lookup.n || claim->name.n || claim->birth_date.n;
	return ERR_OK;
}

void citizen_register(
	struct decision *d, const struct citizen_claim *claim, const struct citizen_found *found)
{
	const struct citizen_registered e = {.citizen = found->citizen,
		.number = found->number.normal,
		.lookup = found->number.lookup,
		.name = claim->name,
		.birth_date = date_text(d->state.arena, found->birth_date),
		.protected = claim->protected};

	if (found->registers)
		decision_emit(d, schema_citizen_registered(), found->citizen, &e);
}

/* ---- commands -------------------------------------------------------------------------------- */

enum err citizens_decide_register(struct decision *d, const void *command)
{
	const struct register_citizen *c = command;
	const struct citizen_claim claim = {
		c->citizen, c->number, c->name, c->birth_date, c->protected};
	struct done *reply = d->reply;
	struct citizen_found found;

	if (!c->number.n && !c->name.n)
		return decision_refuse(d, ERR_INVALID, "number", "number or name is required");
	enum err err = citizen_resolve(d, &claim, &found);
	if (err)
		return err;
	if (found.known && uuid_is_nil(c->citizen))
		return decision_refuse(
			d, ERR_CONFLICT, "number", "belongs to a citizen who is known already");
	found.registers = true; /* name and protection may be said anew */
	citizen_register(d, &claim, &found);
	reply->id = found.citizen;
	reply->warnings.n = citizen_number_warnings(
		&d->state, &found.number, d->occurred_at, &reply->warnings.at);
	return ERR_OK;
}

enum err citizens_decide_change_number(struct decision *d, const void *command)
{
	const struct change_citizen_number *c = command;
	struct done *reply = d->reply;
	struct citizen_number number;
	struct citizen_view view;
	struct uuid owner;

	if (!citizen_get(&d->state, c->citizen, &view))
		return decision_refuse(d, ERR_NOT_FOUND, "citizen", "is not known here");
	enum err err = citizen_read_number(&d->state, c->number, d->reason, &number);
	if (err)
		return err;
	if (citizen_by_lookup(&d->state, number.lookup, &owner) && !uuid_equal(owner, c->citizen))
		return decision_refuse(d, ERR_CONFLICT, "number", "belongs to another citizen");
	reply->id = c->citizen;
	reply->warnings.n =
		citizen_number_warnings(&d->state, &number, d->occurred_at, &reply->warnings.at);
	state_open_text(&d->state, c->citizen, &view.number);
	if (text_equal(view.number, number.normal))
		return ERR_OK;
	const struct citizen_number_changed e = {.citizen = c->citizen,
		.number = number.normal,
		.lookup = number.lookup,
		.replaces = view.number,
		.birth_date = date_text(d->state.arena, number.birth_date)};
	decision_emit(d, schema_citizen_number_changed(), c->citizen, &e);
	return ERR_OK;
}

static bool has_inquiry(struct state *state, struct uuid citizen)
{
	struct key prefix = intake_key(citizen);
	struct rows rows;

	rows_begin(&rows, state, TREE_CITIZEN_INQUIRY, NULL, &prefix, NULL);
	bool found = rows_next(&rows, NULL);
	rows_end(&rows);
	return found;
}

static bool is_blank(struct text text)
{
	for (uint32_t i = 0; i < text.n; i++)
		if (text.p[i] != ' ' && text.p[i] != '\t')
			return false;
	return true;
}

enum err citizens_decide_erase(struct decision *d, const void *command)
{
	const struct erase_citizen *c = command;
	struct done *reply = d->reply;
	struct intake_inquiry open;
	struct citizen_view view;

	if (is_blank(c->decided_by))
		return decision_refuse(d, ERR_INVALID, "decided_by", "must name a person");
	if (is_blank(c->why))
		return decision_refuse(d, ERR_INVALID, "why", "must give the reason");
	if (!citizen_get(&d->state, c->citizen, &view) && !has_inquiry(&d->state, c->citizen) &&
		!state_has_texts_of(&d->state, c->citizen)) /* a relative, say */
		return decision_refuse(d, ERR_NOT_FOUND, "citizen", "is not known here");
	if (inquiry_open_of(&d->state, c->citizen, &open))
		inquiry_close(d, &open,
			&(struct inquiry_closed){.inquiry = open.view->inquiry,
				.citizen = c->citizen,
				.closing = closing_withdrawn},
			(struct uuid){{0}});
	const struct citizen_erasure_decided decided = {c->citizen, c->decided_by, c->why};
	const struct person_erased erased = {.person = c->citizen, .decided_by = c->decided_by};
	decision_emit(d, schema_citizen_erasure_decided(), c->citizen, &decided);
	decision_emit(d, schema_person_erased(), c->citizen, &erased);
	reply->id = c->citizen;
	return ERR_OK;
}

/* ---- applying -------------------------------------------------------------------------------- */

/* How many of the citizen's numbers stand under this beginning of a hash. */
static uint64_t count_lookups(struct state *state, struct uuid citizen, struct text lookup)
{
	struct key prefix = intake_key_id_text(citizen, indexed(lookup));
	struct rows rows;
	uint64_t n = 0;

	rows_begin(&rows, state, TREE_CITIZEN_LOOKUP, NULL, &prefix, NULL);
	while (rows_next(&rows, NULL))
		n++;
	rows_end(&rows);
	return n;
}

/* What cannot be opened any more is not found any more. */
static void put_lookup(struct fold *fold, struct uuid citizen, struct text sealed)
{
	const struct lookup_row row = {citizen, sealed};
	struct text lookup = sealed;

	if (lookup.n == 0 || !state_open_text(&fold->state, citizen, &lookup) ||
		is_found_by(&fold->state, citizen, lookup))
		return;
	struct key by_number = intake_key_text_id(indexed(lookup), citizen);
	struct key by_citizen = intake_key_id_text(citizen, indexed(lookup));
	key_add_u64(&by_citizen, count_lookups(&fold->state, citizen, lookup));
	fold_put(fold, TREE_LOOKUP, &by_number, NULL, NULL);
	fold_put(fold, TREE_CITIZEN_LOOKUP, &by_citizen, schema_lookup_row(), &row);
}

static void put_citizen(struct fold *fold, const struct citizen_view *view)
{
	struct key key = intake_key(view->citizen);

	fold_put(fold, TREE_CITIZEN, &key, schema_citizen_view(), view);
}

static void keep_if_said(struct text *known, struct text said)
{
	if (said.n)
		*known = said;
}

void citizens_apply_registered(struct fold *fold, const struct record *record, const void *event)
{
	const struct citizen_registered *e = event;
	struct citizen_view view;

	(void)record;
	if (!citizen_get(&fold->state, e->citizen, &view))
		view = (struct citizen_view){.citizen = e->citizen};
	keep_if_said(&view.number, e->number);
	keep_if_said(&view.name, e->name);
	keep_if_said(&view.birth_date, e->birth_date);
	view.protected |= e->protected;
	put_citizen(fold, &view);
	put_lookup(fold, e->citizen, e->lookup);
}

void citizens_apply_number_changed(
	struct fold *fold, const struct record *record, const void *event)
{
	const struct citizen_number_changed *e = event;
	struct citizen_view view;

	(void)record;
	if (!citizen_get(&fold->state, e->citizen, &view))
		return;
	view.number = e->number;
	keep_if_said(&view.birth_date, e->birth_date);
	put_citizen(fold, &view);
	put_lookup(fold, e->citizen, e->lookup);
}

/* Who decided and why stands in the journal; state needs nothing of it. */
void citizens_apply_erasure_decided(
	struct fold *fold, const struct record *record, const void *event)
{
	(void)fold;
	(void)record;
	(void)event;
}

void citizens_apply_erased(struct fold *fold, const struct record *record, const void *event)
{
	const struct person_erased *e = event;
	struct key prefix = intake_key(e->person);
	struct rows rows;

	(void)record;
	rows_begin(&rows, &fold->state, TREE_CITIZEN_LOOKUP, NULL, &prefix, NULL);
	while (rows_next(&rows, NULL)) {
		struct key by_citizen = {0}, by_number = {0};
		by_citizen.n = rows.scan.key.n;
		memcpy(by_citizen.b, rows.scan.key.p, by_citizen.n);
		key_add_text(&by_number, (const char *)by_citizen.b + prefix.n, LOOKUP_INDEXED);
		key_add_uuid(&by_number, e->person);
		fold_delete(fold, TREE_LOOKUP, &by_number);
		fold_delete(fold, TREE_CITIZEN_LOOKUP, &by_citizen);
	}
	rows_end(&rows);
	fold_delete(fold, TREE_CITIZEN, &prefix);
}
