/* Expands a .def file into rows of an array of enumeration_fn *; schema_undef.h ends it. No include
 * guard. */
#define ENUMERATION(name_, meaning_) words_##name_,
#define VALUE(enum_, number_, word_, meaning_)
#define END_ENUMERATION(name_)
#define RECORD(name_, meaning_)
#define COMMAND(name_, reply_, peers_, actors_, meaning_)
#define QUERY(name_, reply_, peers_, actors_, meaning_)
#define EVENT(name_, peers_, meaning_)
#include "common/schema_no_fields.h"
