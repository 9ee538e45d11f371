// The C face of simdjson's DOM parser: parse, then read the tape and the string buffer it left.
// The tape's format is simdjson's doc/tape.md; JSON/Document walks it.
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csimdjson_parser csimdjson_parser;

/// Returns a parser that allows `depth` levels of arrays and objects, or NULL when there is no memory.
/// One parser may be used by one thread at a time.
csimdjson_parser *csimdjson_create(size_t depth);

void csimdjson_destroy(csimdjson_parser *parser);

/// Parses `length` bytes, which need no padding: they are copied. Returns 0, or a code for csimdjson_message.
/// The tape and the strings of the document before are gone after this call.
int csimdjson_parse(csimdjson_parser *parser, const uint8_t *bytes, size_t length);

/// The tape of the last document; its first word's payload is the number of words.
const uint64_t *csimdjson_tape(const csimdjson_parser *parser);

/// The buffer of strings the tape points into: each a 32 bit length, the bytes and a zero.
const uint8_t *csimdjson_strings(const csimdjson_parser *parser);

/// The longest document the parser's memory has grown to.
size_t csimdjson_capacity(const csimdjson_parser *parser);

/// The codes the caller tells apart: too many levels, and a number that is malformed or out of range.
int csimdjson_depth_error(void);
int csimdjson_number_error(void);

/// simdjson's words for a code; the text lives as long as the process.
const char *csimdjson_message(int code);

#ifdef __cplusplus
}
#endif
#endif
