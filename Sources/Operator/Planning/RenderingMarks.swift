import JSON
import KubernetesAPI
import Providers

/// What a child carries about the rendering that it is of.
struct RenderingMarks: Hashable {
    /// The annotation with ``DisruptionJudge/rendering``; of a child that has held changes still that of before.
    static let rendering = "dbaas.io/rendering"
    /// The annotation with what is held back from the child: a rendering, and a hash of each change that it would bring.
    static let held = "dbaas.io/held-changes"
    /// Stands among the hashes when edits of the spec may be among what is held.
    static let mixed = "mixed"

    /// Nil for a child that an operator without renderings has made.
    var rendering: String?
    var held: String?

    init(rendering: String?, held: String? = nil) {
        self.rendering = rendering
        self.held = held
    }

    init(_ child: ObjectMeta) {
        rendering = child.annotations[Self.rendering]
        held = child.annotations[Self.held]
    }

    /// What is held of that rendering; nil when nothing is on record of it.
    func heldHashes(of rendering: String) -> Set<String>? {
        guard let parts = held?.split(separator: " "), parts.first.map(String.init) == rendering else { return nil }
        return Set(parts.dropFirst().map(String.init))
    }

    static func held(_ hashes: [String], of rendering: String) -> String {
        ([rendering] + hashes.sorted()).joined(separator: " ")
    }

    /// The hash of an intent together with these.
    func mixed(into hash: UInt64) -> UInt64 {
        let marks: JSONValue = [.string(rendering ?? ""), .string(held ?? "")]
        return hash ^ stableHash(of: marks)
    }

    /// The annotations, each with its value.
    var annotations: [(name: String, value: String)] {
        [(Self.rendering, rendering), (Self.held, held)].compactMap { name, value in value.map { (name, $0) } }
    }
}
