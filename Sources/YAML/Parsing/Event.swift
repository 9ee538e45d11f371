/// One step of reading a YAML text.
struct Event {
    enum Kind {
        case streamStart
        case streamEnd
        case documentStart
        case documentEnd
        case alias(String)
        case scalar(Scalar)
        case sequenceStart(anchor: String?)
        case sequenceEnd
        case mappingStart(anchor: String?)
        case mappingEnd
    }

    struct Scalar {
        let anchor: String?
        /// The whole tag, as "tag:yaml.org,2002:int"; nil when there is none.
        let tag: String?
        let text: String
        /// Whether it is written without quotes and not as a block, so that its text decides what it is.
        let isPlain: Bool
    }

    let kind: Kind
    /// From 1.
    let line: Int
    /// From 1.
    let column: Int

    func error(_ message: String) -> YAMLError { YAMLError(message: message, line: line, column: column) }
}
