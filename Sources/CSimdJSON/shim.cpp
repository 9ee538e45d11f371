#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <new>

#include "CSimdJSON.h"

struct csimdjson_parser {
    simdjson::dom::parser parser;
};

// Enough for most single objects, so that the first ones do not grow the buffers step by step.
static constexpr size_t initial_capacity = 16 * 1024;

extern "C" {

csimdjson_parser *csimdjson_create(size_t depth) {
    auto *created = new (std::nothrow) csimdjson_parser;
    if (created == nullptr) { return nullptr; }
    if (created->parser.allocate(initial_capacity, depth) != simdjson::SUCCESS ||
        created->parser.doc.allocate(initial_capacity) != simdjson::SUCCESS) {
        delete created;
        return nullptr;
    }
    return created;
}

void csimdjson_destroy(csimdjson_parser *parser) { delete parser; }

int csimdjson_parse(csimdjson_parser *parser, const uint8_t *bytes, size_t length) {
    // With `true` simdjson copies the bytes into its own padded buffer, so the caller's need no padding.
    return parser->parser.parse(bytes, length, true).error();
}

const uint64_t *csimdjson_tape(const csimdjson_parser *parser) { return parser->parser.doc.tape.get(); }

const uint8_t *csimdjson_strings(const csimdjson_parser *parser) { return parser->parser.doc.string_buf.get(); }

size_t csimdjson_capacity(const csimdjson_parser *parser) { return parser->parser.capacity(); }

int csimdjson_depth_error(void) { return simdjson::DEPTH_ERROR; }

int csimdjson_number_error(void) { return simdjson::NUMBER_ERROR; }

const char *csimdjson_message(int code) {
    return simdjson::error_message(static_cast<simdjson::error_code>(code));
}
}
