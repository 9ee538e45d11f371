package import JSON

/// A kind of objects that keep Pods of one template running.
package protocol WorkloadKind: Sendable {
    /// Where the API server has it.
    static var resource: ResourceType { get }
}

/// A Deployment, as far as this program looks at it.
package typealias Deployment = Workload<DeploymentKind>

/// A StatefulSet, as far as this program looks at it.
package typealias StatefulSet = Workload<StatefulSetKind>

/// `deployments.apps`.
package enum DeploymentKind: WorkloadKind {
    /// Where the API server has it.
    package static let resource = ResourceType.deployment
}

/// `statefulsets.apps`.
package enum StatefulSetKind: WorkloadKind {
    /// Where the API server has it.
    package static let resource = ResourceType.statefulSet
}

/// What this program looks at of objects that keep Pods of one template running.
package struct Workload<Kind: WorkloadKind>: KubernetesObject, Equatable {
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
    /// "Available", "Progressing" and others; of a StatefulSet there are none.
    package var conditions: [Condition] = []

    /// One of which nothing more is known.
    package init(metadata: ObjectMeta) { self.metadata = metadata }

    /// Whether the newest template runs in as many ready Pods as wanted.
    package var isRolledOut: Bool {
        observedGeneration >= metadata.generation && updatedReplicas >= replicas && readyReplicas >= replicas
    }

    /// The kind.
    package static var kind: ObjectKind<Self> {
        ObjectKind(resource: Kind.resource) { (element) throws(JSONError) in try Self(from: element) }
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
            case "conditions": conditions = try [Condition](from: value)
            default: break
            }
        }
    }
}
