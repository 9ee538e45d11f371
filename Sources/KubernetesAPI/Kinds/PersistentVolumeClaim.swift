package import JSON

/// What this program looks at of a claim of a volume.
package struct PersistentVolumeClaim: KubernetesObject, Equatable {
    /// The object's metadata.
    package var metadata: ObjectMeta
    /// The size that is asked for; nil when none is.
    package var requested: Quantity?
    /// The size it has; nil before it is bound.
    package var capacity: Quantity?
    /// "Pending", "Bound" or "Lost".
    package var phase = ""
    /// The class of storage; empty when it is the cluster's default that was not filled in.
    package var storageClassName = ""
    /// The volume it is bound to; empty before.
    package var volumeName = ""
    /// "Resizing", "FileSystemResizePending" and others.
    package var conditions: [Condition] = []

    /// A claim of which nothing more is known.
    package init(metadata: ObjectMeta) { self.metadata = metadata }

    /// Whether a larger size is asked for than it has.
    package var isGrowing: Bool {
        guard let requested, let capacity else { return false }
        return requested > capacity
    }

    /// The kind.
    package static let kind = ObjectKind<PersistentVolumeClaim>(
        resource: .persistentVolumeClaim
    ) { (element) throws(JSONError) in
        try PersistentVolumeClaim(from: element)
    }

    /// Reads an object as the API server gives it.
    package init(from element: JSONElement) throws(JSONError) {
        self.init(metadata: ObjectMeta(name: ""))
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "metadata": metadata = try ObjectMeta(from: value)
            case "spec":
                storageClassName = value["storageClassName"]?.string ?? ""
                volumeName = value["volumeName"]?.string ?? ""
                requested = try value["resources"]?["requests"].flatMap(Self.storage)
            case "status":
                phase = value["phase"]?.string ?? ""
                capacity = try value["capacity"].flatMap(Self.storage)
                conditions =
                    try value["conditions"].map { (list) throws(JSONError) in try [Condition](from: list) } ?? []
            default: break
            }
        }
    }

    private static func storage(_ amounts: JSONElement) throws(JSONError) -> Quantity? {
        guard let amount = amounts["storage"], !amount.isNull else { return nil }
        return try Quantity(from: amount)
    }
}
