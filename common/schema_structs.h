/* Expands a .def file into C structs and enums; schema_undef.h ends it. No include guard. */
#define ENUMERATION(name_, meaning_) enum name_ { name_##_none,
#define VALUE(enum_, number_, word_, meaning_) enum_##_##word_ = (number_),
#define END_ENUMERATION(name_) \
	name_##_end            \
	}                      \
	;
#define RECORD(name_, meaning_) struct name_ {
#define COMMAND(name_, reply_, peers_, actors_, meaning_) struct name_ {
#define QUERY(name_, reply_, peers_, actors_, meaning_) struct name_ {
#define EVENT(name_, peers_, meaning_) struct name_ {
#define END(name_) \
	}          \
	;
#define BOOL(tag_, name_, need_, meaning_) bool name_;
#define INT(tag_, name_, min_, max_, need_, meaning_) int64_t name_;
#define TIME(tag_, name_, need_, meaning_) int64_t name_;
#define DATE(tag_, name_, need_, meaning_) int64_t name_;
#define UUID(tag_, name_, need_, meaning_) struct uuid name_;
#define TEXT(tag_, name_, max_, need_, meaning_) struct text name_;
#define BIN(tag_, name_, max_, need_, meaning_) struct text name_;
#define PERSONAL(tag_, name_, max_, whose_, need_, meaning_) struct text name_;
#define ENUM(tag_, name_, words_, need_, meaning_) enum words_ name_;
#define NEST(tag_, name_, record_, need_, meaning_) struct record_ *name_;
#define LIST(tag_, name_, record_, max_, need_, meaning_) \
	struct {                                          \
		size_t n;                                 \
		struct record_ *at;                       \
	} name_;
#define ENUMS(tag_, name_, words_, max_, need_, meaning_) \
	struct {                                          \
		size_t n;                                 \
		enum words_ *at;                          \
	} name_;
#define TEXTS(tag_, name_, bytes_, max_, need_, meaning_) \
	struct {                                          \
		size_t n;                                 \
		struct text *at;                          \
	} name_;
#define UUIDS(tag_, name_, max_, need_, meaning_) \
	struct {                                  \
		size_t n;                         \
		struct uuid *at;                  \
	} name_;
