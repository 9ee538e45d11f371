import JSON
import KubernetesAPI

/// What an option of `spec.providerOptions` must look like.
///
/// A provider states its options once with these; a misspelt or misplaced one is refused by name instead of being
/// accepted and ignored.
indirect enum OptionShape: Sendable {
    case text
    case word([String])
    case boolean
    case integer(ClosedRange<Int64>)
    case quantity
    case texts
    case textMap
    /// Any object of the child operator's own shape, which its own schema checks.
    case object([String: OptionShape])

    /// What does not fit, in the order of the option names.
    func refusals(_ value: JSONValue, at path: String) -> [Refusal] {
        if case .object(let known) = self { return refusalsOfFields(value, at: path, known: known) }
        guard let expected = mismatch(value) else { return [] }
        return [Refusal("InvalidOption", "\(path) must be \(expected), but it is \(value)")]
    }

    private func refusalsOfFields(_ value: JSONValue, at path: String, known: [String: OptionShape]) -> [Refusal] {
        guard let fields = value.object else {
            return [Refusal("InvalidOption", "\(path) must be an object")]
        }
        return fields.flatMap { field -> [Refusal] in
            let place = "\(path).\(field.name)"
            guard let shape = known[field.name] else {
                let names = known.keys.sorted().joined(separator: ", ")
                return [Refusal("UnknownOption", "\(place) is not an option here; there are: \(names)")]
            }
            return shape.refusals(field.value, at: place)
        }
    }

    /// What was expected when the value is not that; nil when it fits.
    private func mismatch(_ value: JSONValue) -> String? {
        switch self {
        case .text: value.string.map { $0.isEmpty } == false ? nil : "a text that is not empty"
        case .word(let words):
            value.string.map(words.contains) == true ? nil : "one of \(words.joined(separator: ", "))"
        case .boolean: value.bool == nil ? "true or false" : nil
        case .integer(let range):
            value.integer.map(range.contains) == true
                ? nil : "an integer from \(range.lowerBound) to \(range.upperBound)"
        case .quantity: value.string.flatMap { Quantity($0) } == nil ? "a quantity such as 10Gi" : nil
        case .texts: value.array?.allSatisfy { $0.string != nil } == true ? nil : "a list of texts"
        case .textMap:
            value.object?.allSatisfy { $0.value.string != nil } == true ? nil : "an object whose values are texts"
        case .object: nil
        }
    }
}
