import JSON
import KubernetesAPI
import Providers

/// What becomes of one child that another rendering has made: what is applied of the new one, and what is held back.
///
/// A change that the user has asked for is applied whatever it disturbs. A change that only the new rendering brings is
/// applied when it disturbs nothing, and is held back otherwise: the field is applied as it stands.
struct ChildUpdate {
    /// The child as it is to be applied now.
    private(set) var object: DesiredObject
    private(set) var marks: RenderingMarks
    /// What is not applied.
    private(set) var held: [PlannedChange] = []

    /// The child as rendered, with nothing held.
    init(_ object: DesiredObject, rendering: String) {
        self.object = object
        marks = RenderingMarks(rendering: rendering)
    }

    /// - Parameters:
    ///   - before: what the child as it stands carries.
    ///   - changes: all that applying the object would change of it.
    ///   - isSpecAhead: whether the spec was edited while no operator looked.
    ///   - judge: what the change of one field disturbs.
    init(
        _ object: DesiredObject,
        rendering: String,
        before: RenderingMarks,
        changes: [FieldChange],
        isSpecAhead: Bool = false,
        judge: (FieldChange) -> Disruption
    ) {
        self.init(object, rendering: rendering)
        guard before.rendering != rendering else { return }
        let known = before.heldHashes(of: rendering)
        held = changes.map { PlannedChange(change: $0, disruption: judge($0)) }.filter { planned in
            // What was not on record as held when this rendering first looked is what was asked for since.
            planned.disruption >= .rolling && known?.contains(planned.change.hash) ?? true
        }
        guard !held.isEmpty else { return }
        for planned in held { self.object.content.set(planned.change.before, at: planned.change.path) }
        let isMixed = known?.contains(RenderingMarks.mixed) ?? isSpecAhead
        marks = RenderingMarks(
            rendering: before.rendering,
            held: RenderingMarks.held(held.map(\.change.hash) + (isMixed ? [RenderingMarks.mixed] : []), of: rendering)
        )
    }

    /// All that applying an object would change of the child as it stands, read with its managed fields.
    static func changes(of live: JSONValue, to object: DesiredObject) -> [FieldChange] {
        let dropped = OwnedFields(live, manager: FieldManager.cluster).dropped(by: object.content, from: live)
        let isBookkeeping = { (change: FieldChange) in
            change.path.count == 3 && change.path[1] == "annotations" && change.path[2].hasPrefix("dbaas.io/")
        }
        return FieldChange.all(from: live, to: object.content) + dropped.filter { !isBookkeeping($0) }
    }
}

extension FieldChange {
    /// Tells this change from others of the same object: by the field, and what it would become.
    var hash: String {
        let content: JSONValue = .array([JSONValue(path), after ?? .null])
        return String(stableHash(of: content), radix: 16)
    }
}
