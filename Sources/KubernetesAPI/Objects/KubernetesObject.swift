package import JSON

/// A value that stands for one stored object, or for the part of it that this program looks at.
package protocol KubernetesObject: Sendable {
    /// The object's metadata.
    var metadata: ObjectMeta { get }
}

extension KubernetesObject {
    /// Which object of its kind it is.
    package var key: ObjectKey { metadata.key }
}

/// How objects of a kind are found and read.
package struct ObjectKind<Object: KubernetesObject>: Sendable {
    /// Where the server has them.
    package let resource: ResourceType
    /// Reads one; throws with the path of the field that is not as it must be.
    package let decode: @Sendable (JSONElement) throws(JSONError) -> Object

    /// A kind that is read by that function.
    package init(
        resource: ResourceType,
        decode: @escaping @Sendable (JSONElement) throws(JSONError) -> Object
    ) {
        self.resource = resource
        self.decode = decode
    }

    /// Reads one from its bytes.
    package func decode(_ bytes: [UInt8]) throws(JSONError) -> Object {
        try JSONDocument.decode(bytes, decode)
    }
}
