package import CRDs
package import KubernetesAPI

/// What the people who use a database notice of a change, from nothing to loss.
package enum Disruption: String, Sendable, Hashable, CaseIterable {
    /// No member stops.
    case none = "None"
    /// Members stop one after the other while the others serve; connections to each break once.
    case rolling = "Rolling"
    /// For some time nobody serves, or clients do not find who does.
    case downtime = "Downtime"
    /// Data or backups are gone afterwards.
    case dataLoss = "DataLoss"
}

extension Disruption: Comparable {
    private var rank: Int {
        switch self {
        case .none: 0
        case .rolling: 1
        case .downtime: 2
        case .dataLoss: 3
        }
    }

    /// Whether the first is the milder one.
    package static func < (left: Disruption, right: Disruption) -> Bool { left.rank < right.rank }
}

/// One change of one child, as its provider is asked what it disturbs.
package struct ChildChange: Sendable, Hashable {
    /// What becomes of the child.
    package enum Act: Sendable, Hashable {
        /// It is made new, whatever its fields.
        case creation
        /// One field of it changes; a write that changes several is asked about field by field.
        case field(FieldChange)
        /// It goes, and what it owns as told.
        case deletion(DeletionPropagation)
    }

    package let resource: ResourceType
    package let key: ObjectKey
    package let act: Act

    package init(_ resource: ResourceType, _ key: ObjectKey, _ act: Act) {
        self.resource = resource
        self.key = key
        self.act = act
    }
}

/// Says what writes disturb, without writing anything.
package protocol DisruptionJudge: Sendable {
    /// The worst that the change alone does to the database as it runs in the snapshot.
    ///
    /// What is not known to be harmless is answered as at least ``Disruption/rolling``: the answer decides what a new
    /// version of the operator may apply unasked.
    ///
    /// - Parameter cluster: as it shall be after the change.
    func disruption(of change: ChildChange, on cluster: DatabaseCluster, _ observed: Observed) -> Disruption

    /// Names the rendering: another text once the same cluster and snapshot can give other children.
    ///
    /// At most 63 letters, digits, dots and dashes. It is not the operator's version: a release that renders as the one
    /// before keeps it.
    var rendering: String { get }
}
