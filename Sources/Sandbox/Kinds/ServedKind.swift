import JSON
import KubernetesAPI

/// One version of a kind that the API serves, with everything a request for it needs to know.
struct ServedKind: Sendable {
    /// The paths of a scale subresource, as a definition declares them.
    struct Scale: Sendable {
        let specReplicas: [String]
        let statusReplicas: [String]
        let labelSelector: [String]?
    }

    /// How built-in kinds differ from each other, and all custom ones alike.
    struct Traits: Sendable {
        /// Whether a definition made this kind.
        var isCustom = false
        /// Whether a PUT may leave the resourceVersion out.
        var allowsUnconditionalUpdate = true
        /// Whether a PUT to an address that is empty creates the object.
        var createsOnUpdate = false
        /// Whether a DELETE answers with the object instead of a Status.
        var returnsDeletedObject = false
        /// Whether `metadata.generation` counts the changes of the spec.
        var hasGeneration = false
        /// Whether only POST is served, and what is posted is answered and forgotten.
        var isReview = false
    }

    let resource: ResourceType
    let singular: String
    var listKind: String { explicitListKind ?? resource.kind + "List" }
    var explicitListKind: String?
    var shortNames: [String] = []
    var categories: [String] = []
    var hasStatus = false
    var scale: Scale?
    var traits = Traits()
    /// The fields of its objects.
    let fields: KindSchema
    /// The same, for validation, defaults and field ownership.
    var schema: StructuralSchema { fields.compiled }
    var columns: [TableColumn] = [.name, .age]
    /// Fields that a field selector may name, beside metadata.name and metadata.namespace.
    var selectableFields: [[String]] = []
    var names = NameRules.Style.subdomain
    /// Said to whoever writes such an object.
    var warning: String?
    /// Whether its definition is being deleted, so that nothing new may come.
    var isTerminating = false
    /// Where its objects are kept; two kinds of the API may be views of one storage.
    var storage: GroupResource {
        resource.group == "events.k8s.io" ? BuiltInKinds.events : GroupResource(resource)
    }

    /// What errors call it.
    var place: GroupResource { GroupResource(resource) }

    /// "Kind" and group as errors about an object name them.
    func invalid(_ name: String, _ causes: [APIFailure.Cause]) -> APIFailure {
        .invalid(kind: resource.kind, group: resource.group, name: name, causes)
    }

    var verbs: [String] {
        if traits.isReview { return ["create"] }
        return traits.isCustom
            ? ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]
            : ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    }

    /// The hash by which clients see that the stored version has changed.
    var storageVersionHash: String {
        let text = "\(resource.group)/\(resource.version)/\(resource.kind)"
        return Base64.encode(SHA256.hash(Array(text.utf8)).prefix(8))
    }
}
