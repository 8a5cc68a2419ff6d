/* Expands a .def file into the descriptions themselves; schema_undef.h ends it. No include guard.
 */
#define ENUMERATION(name_, meaning_)                    \
	const struct enumeration *words_##name_(void)   \
	{                                               \
		static const char meaning[] = meaning_; \
		static const struct enum_value values[] = {
#define VALUE(enum_, number_, word_, meaning_) {number_, #word_, meaning_},
#define END_ENUMERATION(name_)                                                \
	}                                                                     \
	;                                                                     \
	static const struct enumeration table = {                             \
		#name_, meaning, values, sizeof(values) / sizeof(values[0])}; \
	return &table;                                                        \
	}
#define SCHEMA_HEAD(name_, kind_, reply_, peers_, actors_, meaning_)       \
	const struct schema *schema_##name_(void)                          \
	{                                                                  \
		typedef struct name_ self;                                 \
		static const struct schema_head head = {                   \
			#name_, kind_, reply_, peers_, actors_, meaning_}; \
		static const struct field fields[] = {
#define RECORD(name_, meaning_) SCHEMA_HEAD(name_, SCHEMA_RECORD, NULL, 0, 0, meaning_)
#define COMMAND(name_, reply_, peers_, actors_, meaning_) \
	SCHEMA_HEAD(name_, SCHEMA_COMMAND, schema_##reply_, peers_, actors_, meaning_)
#define QUERY(name_, reply_, peers_, actors_, meaning_) \
	SCHEMA_HEAD(name_, SCHEMA_QUERY, schema_##reply_, peers_, actors_, meaning_)
#define EVENT(name_, peers_, meaning_) SCHEMA_HEAD(name_, SCHEMA_EVENT, NULL, peers_, 0, meaning_)
#define END(name_)                                                                \
	}                                                                         \
	;                                                                         \
	static const struct schema table = {                                      \
		&head, sizeof(self), fields, sizeof(fields) / sizeof(fields[0])}; \
	return &table;                                                            \
	}
#define SCHEMA_FIELD(tag_, name_, type_, need_, meaning_, ...) \
	{.name = #name_,                                       \
		.tag = (tag_),                                 \
		.type = (type_),                               \
		.need = (need_),                               \
		.offset = offsetof(self, name_),               \
		.meaning = (meaning_),                         \
		__VA_ARGS__},
#define BOOL(tag_, name_, need_, meaning_) \
	SCHEMA_FIELD(tag_, name_, FIELD_BOOL, need_, meaning_, .min = 0)
#define INT(tag_, name_, min_, max_, need_, meaning_) \
	SCHEMA_FIELD(tag_, name_, FIELD_INT, need_, meaning_, .min = (min_), .max = (max_))
#define TIME(tag_, name_, need_, meaning_) \
	SCHEMA_FIELD(tag_, name_, FIELD_TIME, need_, meaning_, .min = 0)
#define DATE(tag_, name_, need_, meaning_) \
	SCHEMA_FIELD(tag_, name_, FIELD_DATE, need_, meaning_, .min = 0)
#define UUID(tag_, name_, need_, meaning_) \
	SCHEMA_FIELD(tag_, name_, FIELD_UUID, need_, meaning_, .min = 0)
#define TEXT(tag_, name_, max_, need_, meaning_) \
	SCHEMA_FIELD(tag_, name_, FIELD_TEXT, need_, meaning_, .max = (max_))
#define BIN(tag_, name_, max_, need_, meaning_) \
	SCHEMA_FIELD(tag_, name_, FIELD_BIN, need_, meaning_, .max = (max_))
#define PERSONAL(tag_, name_, max_, whose_, need_, meaning_) \
	SCHEMA_FIELD(tag_, name_, FIELD_TEXT, need_, meaning_, .max = (max_), .whose = #whose_)
#define ENUM(tag_, name_, enum_, need_, meaning_) \
	SCHEMA_FIELD(tag_, name_, FIELD_ENUM, need_, meaning_, .words = words_##enum_)
#define NEST(tag_, name_, record_, need_, meaning_) \
	SCHEMA_FIELD(tag_, name_, FIELD_NEST, need_, meaning_, .record = schema_##record_)
#define LIST(tag_, name_, record_, max_, need_, meaning_)                                  \
	SCHEMA_FIELD(tag_, name_, FIELD_LIST, need_, meaning_, .record = schema_##record_, \
		.max_items = (max_))
#define ENUMS(tag_, name_, enum_, max_, need_, meaning_)                                \
	SCHEMA_FIELD(tag_, name_, FIELD_ENUMS, need_, meaning_, .words = words_##enum_, \
		.max_items = (max_))
#define TEXTS(tag_, name_, bytes_, max_, need_, meaning_) \
	SCHEMA_FIELD(                                     \
		tag_, name_, FIELD_TEXTS, need_, meaning_, .max = (bytes_), .max_items = (max_))
#define UUIDS(tag_, name_, max_, need_, meaning_) \
	SCHEMA_FIELD(tag_, name_, FIELD_UUIDS, need_, meaning_, .max_items = (max_))
