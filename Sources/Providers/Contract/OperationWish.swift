package import CRDs
package import JSON

/// An operation that a provider needs to have done, as its children do not take the change by being applied.
///
/// It is filed as an OpsRequest, once however often it is wished for, and carried out like one that a person filed.
package enum OperationWish: Sendable, Equatable {
    case horizontalScaling(OpsRequestSpec.HorizontalScaling)
    case verticalScaling(OpsRequestSpec.VerticalScaling)
    case volumeExpansion(OpsRequestSpec.VolumeExpansion)
    case reconfiguring(OpsRequestSpec.Reconfiguring)
    case upgrade(OpsRequestSpec.Upgrade)

    package var type: OpsRequestType {
        switch self {
        case .horizontalScaling: .horizontalScaling
        case .verticalScaling: .verticalScaling
        case .volumeExpansion: .volumeExpansion
        case .reconfiguring: .reconfiguring
        case .upgrade: .upgrade
        }
    }

    /// The block's name in an OpsRequest's spec, and the block.
    package var block: (name: String, value: JSONValue) {
        switch self {
        case .horizontalScaling(let block): ("horizontalScaling", block.json)
        case .verticalScaling(let block): ("verticalScaling", block.json)
        case .volumeExpansion(let block): ("volumeExpansion", block.json)
        case .reconfiguring(let block): ("reconfiguring", block.json)
        case .upgrade(let block): ("upgrade", block.json)
        }
    }

    /// What differs between wish and reality.
    package var driftType: DriftType {
        switch self {
        case .horizontalScaling: .replicas
        case .verticalScaling: .size
        case .volumeExpansion: .storage
        case .reconfiguring: .configuration
        case .upgrade: .other
        }
    }
}

extension OpsRequestType {
    /// The fields of a cluster that an operation of this type is about; empty for one that changes none.
    ///
    /// Two operations with a field in common would work against each other.
    package var subjects: Set<String> {
        switch self {
        case .start, .stop: ["stopped"]
        case .horizontalScaling: ["clusterSize"]
        case .verticalScaling: ["resources"]
        case .scaling: ["clusterSize", "resources"]
        case .volumeExpansion: ["storage"]
        case .reconfiguring: ["config"]
        case .upgrade: ["version"]
        case .restart, .backup, .restore, .switchover, .rebuildInstance, .custom: []
        }
    }
}
