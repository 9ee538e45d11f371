import CRDs
import JSON
import KubernetesAPI
import Providers

/// The children of a cluster as they are to be written now.
struct RenderedChildren {
    var intents: [MarkedIntent] = []
    var deletions: [Intent] = []
    /// Nil when everything is written.
    var pending: PendingUpdate?
}

extension RenderedChildren {
    /// Everything as this rendering has it, with nothing held.
    init(all objects: [DesiredObject], deletions: [Intent], rendering: String) {
        let marks = RenderingMarks(rendering: rendering)
        self.init(intents: objects.map { MarkedIntent($0, marks) }, deletions: deletions)
    }

    /// What of these updates may be written now, and the rest as pending.
    init(_ updates: [ChildUpdate], deletions: [Intent], heldDeletions: [PlannedWrite]) {
        let held = updates.filter { !$0.held.isEmpty }
        let isMixed = held.contains { $0.marks.held?.hasSuffix(RenderingMarks.mixed) ?? false }
        let writes = held.map { PlannedWrite(.apply, $0.object.resource, $0.object.key, $0.held) }
        self.init(
            intents: updates.map { MarkedIntent($0.object, $0.marks) },
            deletions: deletions.filter { intent in
                !heldDeletions.contains { $0.resource == intent.target.resource && $0.key == intent.target.key }
            },
            pending: PendingUpdate(writes + heldDeletions, isMixed: isMixed)
        )
    }
}

/// Separates what a new rendering may do unasked from what it may not.
struct UpdateHold {
    let cluster: DatabaseCluster
    let provider: any Provider
    let observed: Observed

    /// Whether something of the spec has not been acted upon yet: then it was edited while no operator looked.
    private var isSpecAhead: Bool { cluster.status.observedGeneration != cluster.metadata.generation }

    private func judge(_ object: DesiredObject, _ change: FieldChange) -> Disruption {
        let act = ChildChange(object.resource, object.key, .field(change))
        return provider.disruption(of: act, on: cluster, observed)
    }

    /// The live child when another rendering has made it, so that its difference has to be looked at.
    func strange(_ object: DesiredObject) -> DynamicObject? {
        guard let live = observed.child(object.resource, named: object.key.name)?.body as? DynamicObject,
            live.metadata.annotations[RenderingMarks.rendering] != provider.rendering
        else { return nil }
        return live
    }

    /// The child with what of its difference may be applied now.
    func update(of object: DesiredObject, _ live: DynamicObject, _ changes: [FieldChange]) -> ChildUpdate {
        ChildUpdate(
            object,
            rendering: provider.rendering,
            before: RenderingMarks(live.metadata),
            changes: changes,
            isSpecAhead: isSpecAhead
        ) { judge(object, $0) }
    }

    /// The deletions that only the new rendering wants and that disturb.
    func heldDeletions(_ deletions: [Intent]) -> [PlannedWrite] {
        deletions.compactMap { intent in
            let (resource, key) = intent.target
            guard let child = observed.child(resource, named: key.name) else { return nil }
            let marks = RenderingMarks(child.metadata)
            // A child that this rendering has wanted before is unwanted because of the spec.
            guard marks.rendering != provider.rendering, marks.heldHashes(of: provider.rendering) == nil else {
                return nil
            }
            let act = ChildChange(resource, key, .deletion(.background))
            let disruption = provider.disruption(of: act, on: cluster, observed)
            return disruption >= .rolling ? PlannedWrite(.delete, resource, key, disruption: disruption) : nil
        }
    }
}
