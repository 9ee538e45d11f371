package import JSON
package import KubernetesAPI

/// Something that somebody wants to have done to a database, once.
package struct OpsRequest: KubernetesObject, Equatable {
    package var metadata: ObjectMeta
    package var spec: OpsRequestSpec
    package var status: OpsRequestStatus

    package static let resource = ResourceType(
        group: APIGroup.name,
        version: APIGroup.version,
        plural: "opsrequests",
        kind: "OpsRequest",
        isNamespaced: true
    )

    package static let kind = ObjectKind<OpsRequest>(resource: resource) { (element) throws(JSONError) in
        try OpsRequest(from: element)
    }

    package init(metadata: ObjectMeta, spec: OpsRequestSpec, status: OpsRequestStatus = .init()) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    /// Reads an object as the API server gives it; see ``DatabaseCluster/init(from:)``.
    package init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        metadata = try fields.required("metadata") { (part) throws(JSONError) in try ObjectMeta(from: part) }
        spec = try fields.required("spec") { (part) throws(JSONError) in try OpsRequestSpec(from: part) }
        status =
            try fields.optional("status") { (part) throws(JSONError) in try OpsRequestStatus(from: part) }
            ?? OpsRequestStatus()
    }

    /// From a manifest's value.
    ///
    /// Throws ``JSONError`` as ``init(from:)`` does.
    package init(_ value: JSONValue) throws(JSONError) { self = try Self.decode(value, as: Self.kind) }
}
