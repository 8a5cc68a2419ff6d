/* What the recorder (record_io.c) and the importing client (import_marked.c) write into one log,
 * and the crash checker reads: events in the order in which they came about, each a header and so
 * many bytes of data. Written with O_APPEND in one call, so that processes may share a log. */
#ifndef TESTS_CAMPAIGN_IO_LOG_H
#define TESTS_CAMPAIGN_IO_LOG_H

#include <stdint.h>

enum { IO_MAGIC = 0x21304f49, IO_FILES = 64, IO_PATH = 512 };

enum io_kind {
	IO_NAME,  /* data: the path that `file` stands for from now on; offset: an enum io_named */
	IO_WRITE, /* data was written at offset */
	IO_DURABLE, /* the same through a descriptor with O_DSYNC: durable when it returned */
	IO_SIZE,    /* the file ends at offset */
	IO_ROOM,    /* the file reaches to offset at least */
	IO_FLUSH,   /* everything written to the file, or to the directory, is durable */
	IO_OTHER,   /* something that the checker does not model: data says what */
	IO_ACKED,   /* a client was answered: line of its file (from 0) in `line`, seq in offset */
	IO_THROUGH  /* the owner `node` was told by a follower (data: its name) that it has
		       everything  up to offset */
};

enum io_named { IO_OLD, IO_NEW, IO_DIR, IO_NEW_DIR };

struct io_event {
	uint32_t magic;
	uint8_t kind;
	uint8_t node; /* whose state it is: RECORD_NODE */
	uint16_t file;
	uint32_t line;
	uint32_t bytes; /* of data behind this */
	uint64_t offset;
};

#endif
