package import JSON
package import KubernetesAPI

/// A database that somebody wants to have.
package struct DatabaseCluster: KubernetesObject, Equatable {
    package var metadata: ObjectMeta
    package var spec: DatabaseClusterSpec
    package var status: DatabaseClusterStatus

    package static let resource = ResourceType(
        group: APIGroup.name,
        version: APIGroup.version,
        plural: "databaseclusters",
        kind: "DatabaseCluster",
        isNamespaced: true
    )

    package static let kind = ObjectKind<DatabaseCluster>(resource: resource) { (element) throws(JSONError) in
        try DatabaseCluster(from: element)
    }

    package init(metadata: ObjectMeta, spec: DatabaseClusterSpec, status: DatabaseClusterStatus = .init()) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    /// Reads an object as the API server gives it.
    ///
    /// Fields that are not there get the schema's defaults; unknown fields are skipped. Throws with the field's path
    /// when a needed field is missing or of the wrong kind.
    package init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        metadata = try fields.required("metadata") { (part) throws(JSONError) in try ObjectMeta(from: part) }
        spec = try fields.required("spec") { (part) throws(JSONError) in try DatabaseClusterSpec(from: part) }
        status =
            try fields.optional("status") { (part) throws(JSONError) in try DatabaseClusterStatus(from: part) }
            ?? DatabaseClusterStatus()
    }
}

/// The group and version of our kinds, and the names we write on objects.
package enum APIGroup {
    package static let name = "dbaas.io"
    package static let version = "v1alpha1"
    package static let apiVersion = "dbaas.io/v1alpha1"

    /// The finalizer that holds a DatabaseCluster until its children are dealt with.
    package static let cleanupFinalizer = "dbaas.io/cleanup"
    /// The annotation that, set to `paused`, keeps the operator from writing to a cluster's children.
    package static let reconcileAnnotation = "dbaas.io/reconcile"
    /// The annotation whose value, the hash that condition UpdatePending shows, lets the update be applied.
    package static let applyPendingAnnotation = "dbaas.io/apply-pending"
    /// The label that names the DatabaseCluster on each of its children.
    package static let clusterLabel = "dbaas.io/cluster"
}

extension DatabaseCluster {
    /// Whether a person has asked the operator to keep its hands off the children.
    package var isPaused: Bool { metadata.annotations[APIGroup.reconcileAnnotation] == "paused" }
}

extension KubernetesObject {
    /// Decodes a value, for manifests read from files; the same as decoding its text.
    static func decode(_ value: JSONValue, as kind: ObjectKind<Self>) throws(JSONError) -> Self {
        try JSONDocument.decode(value.serialized()) { (element) throws(JSONError) in try kind.decode(element) }
    }
}

extension DatabaseCluster {
    /// From a manifest's value.
    ///
    /// Throws ``JSONError`` as ``init(from:)`` does.
    package init(_ value: JSONValue) throws(JSONError) { self = try Self.decode(value, as: Self.kind) }
}
