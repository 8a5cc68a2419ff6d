/* Expands a .def file into declarations of its descriptions; schema_undef.h ends it. No include
 * guard. */
#define ENUMERATION(name_, meaning_) const struct enumeration *words_##name_(void);
#define VALUE(enum_, number_, word_, meaning_)
#define END_ENUMERATION(name_)
#define RECORD(name_, meaning_) const struct schema *schema_##name_(void);
#define COMMAND(name_, reply_, peers_, actors_, meaning_) RECORD(name_, meaning_)
#define QUERY(name_, reply_, peers_, actors_, meaning_) RECORD(name_, meaning_)
#define EVENT(name_, peers_, meaning_) RECORD(name_, meaning_)
#include "common/schema_no_fields.h"
