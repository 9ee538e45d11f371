/// What strict field validation says about fields that a kind does not have and fields that occur twice.
enum StrictDecoding {
    /// One complaint for each duplicate and then each unknown field, as a warning header carries it.
    static func complaints(duplicates: [String], unknown: [String]) -> [String] {
        duplicates.map { "duplicate field " + GoText.quoted($0) } + unknown.map { "unknown field " + GoText.quoted($0) }
    }

    /// The sentence of the 400 answer to a request with `fieldValidation=Strict`.
    static func message(kind: String, version: String, complaints: [String]) -> String {
        kind + " in version " + GoText.quoted(version) + " cannot be handled as a " + kind
            + ": strict decoding error: " + complaints.joined(separator: ", ")
    }
}
