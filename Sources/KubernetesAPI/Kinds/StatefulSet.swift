package import JSON

/// What this program looks at of a StatefulSet.
package struct StatefulSet: KubernetesObject, Equatable {
    /// The object's metadata.
    package var metadata: ObjectMeta
    /// How many Pods are wanted; 1 when the spec does not say.
    package var replicas: Int64 = 1
    /// How many Pods are ready.
    package var readyReplicas: Int64 = 0
    /// How many Pods have the newest template.
    package var updatedReplicas: Int64 = 0
    /// The generation the status is about.
    package var observedGeneration: Int64 = 0

    /// A StatefulSet of which nothing more is known.
    package init(metadata: ObjectMeta) { self.metadata = metadata }

    /// Whether the newest template runs in as many ready Pods as wanted.
    package var isRolledOut: Bool {
        observedGeneration >= metadata.generation && updatedReplicas >= replicas && readyReplicas >= replicas
    }

    /// The kind.
    package static let kind = ObjectKind<StatefulSet>(resource: .statefulSet) { (element) throws(JSONError) in
        try StatefulSet(from: element)
    }

    /// Reads an object as the API server gives it.
    package init(from element: JSONElement) throws(JSONError) {
        self.init(metadata: ObjectMeta(name: ""))
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "metadata": metadata = try ObjectMeta(from: value)
            case "spec": replicas = value["replicas"]?.integer ?? 1
            case "status": try readStatus(value)
            default: break
            }
        }
    }

    private mutating func readStatus(_ element: JSONElement) throws(JSONError) {
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "readyReplicas": readyReplicas = try value.asInteger()
            case "updatedReplicas": updatedReplicas = try value.asInteger()
            case "observedGeneration": observedGeneration = try value.asInteger()
            default: break
            }
        }
    }
}
