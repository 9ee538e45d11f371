package import JSON

/// An object that another one belongs to: the garbage collector removes the second after the first.
package struct OwnerReference: Hashable, Sendable {
    /// The owner's group and version.
    package var apiVersion: String
    /// The owner's kind.
    package var kind: String
    /// The owner's name; it is in the same namespace or in none.
    package var name: String
    /// The owner's uid, so that a later object of the same name is not taken for it.
    package var uid: String
    /// Whether this is the one owner that manages the object.
    package var controller: Bool
    /// Whether a foreground deletion of the owner waits for the object.
    package var blockOwnerDeletion: Bool

    /// A reference to an object; by default to the one that manages it.
    package init(
        apiVersion: String,
        kind: String,
        name: String,
        uid: String,
        controller: Bool = true,
        blockOwnerDeletion: Bool = true
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
        self.uid = uid
        self.controller = controller
        self.blockOwnerDeletion = blockOwnerDeletion
    }

    /// Reads one item of `metadata.ownerReferences`.
    package init(from element: JSONElement) throws(JSONError) {
        self.init(apiVersion: "", kind: "", name: "", uid: "", controller: false, blockOwnerDeletion: false)
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "apiVersion": apiVersion = try value.asString()
            case "kind": kind = try value.asString()
            case "name": name = try value.asString()
            case "uid": uid = try value.asString()
            case "controller": controller = try value.asBool()
            case "blockOwnerDeletion": blockOwnerDeletion = try value.asBool()
            default: break
            }
        }
    }

    /// As it stands in `metadata.ownerReferences`.
    package var json: JSONValue {
        [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
            "controller": .bool(controller), "blockOwnerDeletion": .bool(blockOwnerDeletion),
        ]
    }
}
