import JSON
import KubernetesAPI
import Providers

/// A child as it was seen; its content is made only when somebody asks for it.
struct LiveChild {
    let metadata: ObjectMeta
    let content: () -> JSONValue

    init(_ metadata: ObjectMeta, content: @escaping () -> JSONValue) {
        self.metadata = metadata
        self.content = content
    }

    init(_ object: DynamicObject) {
        self.init(object.metadata) { object.content }
    }
}

/// The state of a child in a few words, to see without reading it whether anything of ours can have changed in it.
///
/// The API server raises the generation of a custom resource with every change outside of metadata and status, and what
/// we write into metadata is compared here; so the many writes of a child's status need no second look.
struct ChildState {
    private let version: String
    /// 0 where the server counts none.
    private let generation: Int64
    private let metadata: Int

    init(_ object: ObjectMeta) {
        version = object.resourceVersion
        generation = object.generation
        metadata = Self.hash(object)
    }

    /// Whether nothing that we may have written can stand otherwise in that object of the same name.
    func covers(_ object: ObjectMeta) -> Bool {
        if !version.isEmpty, version == object.resourceVersion { return true }
        return generation > 0 && generation == object.generation && metadata == Self.hash(object)
    }

    private static func hash(_ object: ObjectMeta) -> Int {
        var hasher = Hasher()
        hasher.combine(object.uid)
        hasher.combine(object.labels)
        hasher.combine(object.annotations)
        hasher.combine(object.ownerReferences)
        hasher.combine(object.finalizers)
        return hasher.finalize()
    }
}

/// A child as it shall be, with the hash that tells this intent from others.
struct MarkedIntent {
    let object: DesiredObject
    let marks: RenderingMarks
    let hash: UInt64

    init(_ object: DesiredObject, _ marks: RenderingMarks = RenderingMarks(rendering: nil)) {
        self.object = object
        self.marks = marks
        hash = marks.mixed(into: stableHash(of: object.content))
    }

    /// The hash as it stands in the annotation ``AppliedChildren/annotation``.
    var mark: String { String(hash, radix: 16) }

    /// The intent as it is sent: with its own hash and its rendering in annotations.
    var content: JSONValue {
        var marked = object.content
        var metadata = marked["metadata"] ?? [:]
        var annotations = metadata["annotations"] ?? [:]
        annotations[AppliedChildren.annotation] = .string(mark)
        for annotation in marks.annotations { annotations[annotation.name] = .string(annotation.value) }
        metadata["annotations"] = annotations
        marked["metadata"] = metadata
        return marked
    }
}
