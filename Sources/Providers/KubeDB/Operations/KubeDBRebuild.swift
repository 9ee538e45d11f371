import CRDs
import JSON
import KubernetesAPI

/// A PostgreSQL standby that does not follow is made to, by a restart or a new copy of the primary's data.
///
/// KubeDB takes no name: it works on all standbys that do not follow, and on the volumes they have.
struct KubeDBRebuild: KubeDBNativeOperation {
    let state: KubeDBOperationState
    private let member: String

    init(_ state: KubeDBOperationState) {
        self.state = state
        member = state.operation.request.spec.rebuildInstance?.instance ?? ""
    }

    var isAct: Bool { true }
    var log: String { "asked for \(member) to be connected again" }
    private var pod: Pod? { state.members.first { $0.metadata.name == member } }

    var refusal: Refusal? {
        guard state.engine.engine == .postgresql else {
            let other = state.engine.engine == .mongodb ? " Custom reprovision makes all members anew." : ""
            return Refusal(
                "Unsupported",
                "KubeDB rebuilds no single member of \(state.engine.kind); nothing was changed.\(other)"
            )
        }
        guard let pod else { return state.unknownMember(member) }
        guard state.members.count > 1 else {
            return Refusal(
                "SingleMember",
                "\(member) is the only member, and its data would be lost; scale to 2 or restore a backup instead"
            )
        }
        if pod.isPrimary {
            return Refusal(
                "MemberIsPrimary",
                "\(member) is the primary and has what the others are made from; request a Switchover first"
            )
        }
        // One that is ready again after it was asked for is the effect.
        if pod.isReady, step?.isThere != true {
            return Refusal(
                "MemberIsReady",
                "\(member) is ready, and KubeDB connects only standbys that do not follow their primary; there is "
                    + "nothing that it would do."
            )
        }
        return nil
    }

    var step: KubeDBStep? {
        state.database.map { _ in
            KubeDBStep(
                state,
                "reconnect",
                "ReconnectStandby",
                ["reconnectStandby": ["readyTimeOut": "5m"]],
                isCure: true
            )
        }
    }

    var effect: KubeDBEffect {
        let isDone = pod?.isReady == true && pod?.isPrimary == false
        let why = pod?.hindrance.map { " (\($0))" } ?? ""
        return KubeDBEffect(
            done: isDone ? 1 : 0,
            all: 1,
            missing: isDone ? nil : "\(member) to be a ready standby\(why)",
            evidence: ["\(member) is a ready standby", "\(state.members.count) members, as before"]
        )
    }
}
