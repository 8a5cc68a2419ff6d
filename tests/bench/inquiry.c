/* Makes the commands that the benches send. Pure. */
#include "tests/bench/inquiry.h"

#include "proto/intake.h"

void inquiry_encode(const struct random *random, struct buffer *out)
{
	static const char words[] =
		"Jeg har svært ved at komme ud ad døren efter sygdommen og savner nogen at "
		"være sammen med. Min søster siger, at jeg skal spørge hos jer.";
	uint64_t bits = random_u64(random);
	enum life_area area = (enum life_area)(1 + bits % 12);
	const struct receive_inquiry command = {.channel = (enum channel)(1 + bits / 16 % 6),
		.asker = asker_citizen,
		.life_areas = {1, &area},
		.urgency = urgency_normal,
		.name = text_of("Syntetisk Person"),
		.words = text_of(words),
		.first_sign = text_of("At jeg har været på biblioteket."),
		.contact = contact_sms,
		.contact_at = text_of("+45 00 00 00 00")};

	buffer_reset(out);
	schema_encode(schema_receive_inquiry(), &command, out);
}

void inquiry_encode_slots(
	const struct random *random, int64_t start, const char *desk, struct buffer *out)
{
	struct slot slots[INQUIRY_SLOTS];
	const struct publish_slots command = {{INQUIRY_SLOTS, slots}};

	for (int i = 0; i < INQUIRY_SLOTS; i++)
		slots[i] = (struct slot){
			.slot = uuid_make(start, random),
			.desk = text_of(desk),
			.start = start + i * INQUIRY_SLOT_MINUTES * MS_PER_MINUTE,
			.minutes = INQUIRY_SLOT_MINUTES,
			.mode = talk_mode_venue,
			.places = INQUIRY_SLOT_PLACES,
		};
	buffer_reset(out);
	schema_encode(schema_publish_slots(), &command, out);
}
