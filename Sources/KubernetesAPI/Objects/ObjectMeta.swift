package import JSON

/// What every object has: its identity, its version, its labels and who it belongs to.
///
/// Reading skips `managedFields` and drops kubectl's annotation with the last applied manifest: the two are most of an
/// object's bytes and nobody here looks at them.
package struct ObjectMeta: Sendable, Equatable {
    /// The name within its namespace.
    package var name: String
    /// The namespace; empty for kinds without namespaces.
    package var namespace: String
    /// What tells this object from an earlier one of the same name; empty before it is stored.
    package var uid: String
    /// The version the server gave it; to be compared for equality only, except by a reflector.
    package var resourceVersion: String
    /// Counts the changes of the spec.
    package var generation: Int64
    /// When it was made; nil before it is stored.
    package var creationTimestamp: Timestamp?
    /// When its deletion was asked for; nil when it was not.
    package var deletionTimestamp: Timestamp?
    /// The labels.
    package var labels: [String: String]
    /// The annotations but for kubectl's last applied manifest.
    package var annotations: [String: String]
    /// Who it belongs to.
    package var ownerReferences: [OwnerReference]
    /// What must be done before a deletion completes.
    package var finalizers: [String]

    /// Metadata with these parts; what is not given is empty.
    package init(
        name: String,
        namespace: String = "",
        uid: String = "",
        resourceVersion: String = "",
        generation: Int64 = 0,
        creationTimestamp: Timestamp? = nil,
        deletionTimestamp: Timestamp? = nil,
        labels: [String: String] = [:],
        annotations: [String: String] = [:],
        ownerReferences: [OwnerReference] = [],
        finalizers: [String] = []
    ) {
        self.name = name
        self.namespace = namespace
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.generation = generation
        self.creationTimestamp = creationTimestamp
        self.deletionTimestamp = deletionTimestamp
        self.labels = labels
        self.annotations = annotations
        self.ownerReferences = ownerReferences
        self.finalizers = finalizers
    }

    /// Reads an object's `metadata`.
    package init(from element: JSONElement) throws(JSONError) {
        self.init(name: "")
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "name": name = try value.asString()
            case "namespace": namespace = try value.asString()
            case "uid": uid = try value.asString()
            case "resourceVersion": resourceVersion = try value.asString()
            case "generation": generation = try value.asInteger()
            case "creationTimestamp": creationTimestamp = try Timestamp(from: value)
            case "deletionTimestamp": deletionTimestamp = try Timestamp(from: value)
            case "labels": labels = try value.asStringMap()
            case "annotations": annotations = try Self.annotations(value)
            case "ownerReferences":
                ownerReferences = try value.decodeItems { (item) throws(JSONError) in try OwnerReference(from: item) }
            case "finalizers": finalizers = try value.asStrings()
            default: break
            }
        }
    }

    private static func annotations(_ element: JSONElement) throws(JSONError) -> [String: String] {
        var annotations: [String: String] = [:]
        try element.decodeFields { (key, value) throws(JSONError) in
            if "kubectl.kubernetes.io/last-applied-configuration" ~= key { return }
            annotations[key.string] = try value.asString()
        }
        return annotations
    }
}

extension ObjectMeta {
    /// Which object of its kind it is.
    package var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }

    /// Whether its deletion was asked for and waits for finalizers.
    package var isBeingDeleted: Bool { deletionTimestamp != nil }

    /// The owner that manages it, or nil.
    package var controllerReference: OwnerReference? { ownerReferences.first(where: \.controller) }
}
