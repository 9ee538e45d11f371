import JSON
import KubernetesAPI

/// The webhooks of an operator, as part of a write.
///
/// Asked after the schema's defaults and before validation is final, for create and update of the whole object; never
/// for the status subresource.
protocol AdmissionPlugin: Sendable {
    /// The API group whose objects it wants to see.
    var group: String { get }

    /// The object as it is to be stored, with what the mutating webhook adds.
    ///
    /// - Parameter old: the object as stored now; nil on create.
    /// - Throws: the refusal, in the words of the validating webhook.
    func admit(_ resource: ResourceType, new: JSONValue, old: JSONValue?) throws(APIFailure) -> Admission
}

/// What an ``AdmissionPlugin`` lets through.
struct Admission: Equatable, Sendable {
    var object: JSONValue
    /// Sentences for Warning headers.
    var warnings: [String] = []
}
