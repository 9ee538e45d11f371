import CYAML

/// libyaml's event parser over a copy of the text.
@safe
final class EventReader {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(_ text: [UInt8]) throws(YAMLError) {
        unsafe parser = .allocate(capacity: 1)
        unsafe input = .allocate(capacity: max(1, text.count))
        _ = unsafe input.initialize(from: text)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            unsafe input.deallocate()
            throw YAMLError(message: "There is no memory to read YAML.", line: 1, column: 1)
        }
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, text.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    func next() throws(YAMLError) -> Event {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { unsafe yaml_event_delete(&event) }
        return Event(
            kind: unsafe kind(of: event),
            line: Int(unsafe event.start_mark.line) + 1,
            column: Int(unsafe event.start_mark.column) + 1
        )
    }

    private func kind(of event: yaml_event_t) -> Event.Kind {
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: return .streamStart
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_ALIAS_EVENT: return .alias(unsafe string(event.data.alias.anchor) ?? "")
        case YAML_SEQUENCE_START_EVENT: return .sequenceStart(anchor: unsafe string(event.data.sequence_start.anchor))
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_START_EVENT: return .mappingStart(anchor: unsafe string(event.data.mapping_start.anchor))
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        case YAML_SCALAR_EVENT: return .scalar(unsafe scalar(event))
        default: return .streamEnd
        }
    }

    private func scalar(_ event: yaml_event_t) -> Event.Scalar {
        let scalar = unsafe event.data.scalar
        let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        return Event.Scalar(
            anchor: unsafe string(scalar.anchor),
            tag: unsafe string(scalar.tag),
            text: unsafe String(decoding: bytes, as: UTF8.self),
            isPlain: unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
        )
    }

    private func string(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        unsafe text.map { unsafe String(cString: $0) }
    }

    /// What libyaml says went wrong; a reader's problem has an offset into the text instead of a mark.
    private func problem() -> YAMLError {
        let reason = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "it cannot be read"
        let context = unsafe parser.pointee.context.map { unsafe String(cString: $0) + ", " } ?? ""
        guard unsafe parser.pointee.error != YAML_READER_ERROR else {
            let before = unsafe input.prefix(parser.pointee.problem_offset)
            let line = unsafe before.count { $0 == UInt8(ascii: "\n") }
            let lineStart = unsafe before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            let column = unsafe parser.pointee.problem_offset - lineStart
            return YAMLError(message: "This is not YAML: \(reason).", line: line + 1, column: column + 1)
        }
        let mark = unsafe parser.pointee.problem_mark
        return YAMLError(
            message: "This is not YAML: \(context)\(reason).",
            line: Int(mark.line) + 1,
            column: Int(mark.column) + 1
        )
    }
}
