package import JSON

/// An object of a kind without a Swift type of its own.
///
/// It keeps the object's compact bytes, a fifth of what a tree of values takes, and reads them when asked.
package struct DynamicObject: KubernetesObject, Equatable {
    /// Its kind.
    package let resource: ResourceType
    /// Its metadata.
    package let metadata: ObjectMeta
    /// The object as compact JSON without `metadata.managedFields`.
    package let bytes: [UInt8]

    /// Reads an object of that kind.
    package init(resource: ResourceType, from element: JSONElement) throws(JSONError) {
        var metadata = ObjectMeta(name: "")
        try element.decodeFields { (key, value) throws(JSONError) in
            if "metadata" ~= key { metadata = try ObjectMeta(from: value) }
        }
        self.resource = resource
        self.metadata = metadata
        // Written with room to grow, kept without: there are as many of these as objects.
        let written = element.compactBytes(omitting: "metadata", "managedFields")
        bytes = unsafe written.withUnsafeBytes { unsafe [UInt8]($0) }
    }

    /// An object of that kind from a value, as tests and stand-ins build them.
    package init(resource: ResourceType, _ content: JSONValue) throws(JSONError) {
        self = try JSONDocument.decode(content.serialized()) { (root) throws(JSONError) in
            try DynamicObject(resource: resource, from: root)
        }
    }

    /// The object as a value; parsed anew at each call.
    package var content: JSONValue {
        // The bytes are our own writer's, so reading them cannot fail.
        (try? JSONValue(parsing: bytes)) ?? .null
    }

    /// Looks at some fields without building values; the elements are valid only inside of the body.
    package func read<Result>(_ body: (JSONElement) throws(JSONError) -> Result) throws(JSONError) -> Result {
        try JSONDocument.decode(bytes, body)
    }

    /// The kind of such objects.
    package static func kind(_ resource: ResourceType) -> ObjectKind<DynamicObject> {
        ObjectKind(resource: resource) { (element) throws(JSONError) in
            try DynamicObject(resource: resource, from: element)
        }
    }
}
