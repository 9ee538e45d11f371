import CRDs
import JSON
import KubernetesAPI

/// What is done beside rendering for a new cluster to get the data of another one.
///
/// The data brings the passwords of Percona's own users along, so the Secret with them is copied before the cluster is
/// made; the restore follows when it runs; and that it is done is put on record, or it would be done again one day.
struct PSMDBFirstData {
    private let plan: PSMDBPlan

    /// Restoring right after the cluster is ready fails now and then: the agents are not (K8SPSMDB-1527).
    private static let rest = Duration.seconds(30)

    init(_ plan: PSMDBPlan) { self.plan = plan }

    /// What comes next; nil when it is nothing, or the rendering's turn.
    var step: HookAnswer? {
        switch plan.source {
        case .ready(let restore): plan.child.map { begin(restore, $0) } ?? credentials(restore)
        case .finished: plan.child.map { .prepare([record($0)]) }
        case .none, .done, .need, .wait, .failed: nil
        }
    }

    private func credentials(_ restore: PSMDBInitialRestore) -> HookAnswer? {
        let own = plan.names.key(plan.names.users)
        switch plan.observed.answers[.secretKeys(own)] {
        case nil: return .need([.secretKeys(own)])
        case .keys: return nil
        default: break
        }
        guard let users = restore.users else { return missing(nil) }
        let source = plan.names.key(users)
        switch plan.observed.answers[.secretKeys(source)] {
        case nil: return .need([.secretKeys(source)])
        // Labelled as no child of ours: the clean-up decides about it by name, as about one that Percona's operator made.
        case .keys: return .prepare([.copySecret(source, to: own, labels: [:])])
        default: return missing(users)
        }
    }

    private func missing(_ users: String?) -> HookAnswer {
        .wait(
            reason: "CredentialsMissing",
            message: "the data comes with the passwords of the cluster it was taken from"
                + (users.map { ", whose Secret \($0) is not there" } ?? "")
                + "; create Secret \(plan.names.users) with them first (the keys MONGODB_…_USER and MONGODB_…_PASSWORD)",
            after: .seconds(15)
        )
    }

    private func begin(_ restore: PSMDBInitialRestore, _ child: PSMDBCluster) -> HookAnswer? {
        let name = plan.cluster.metadata.name
        if let found = plan.observed.child(.psmdbRestore, named: name)?.body as? PSMDBRestoreObject {
            guard found.isOlder(than: child.metadata), !found.metadata.isBeingDeleted else { return nil }
            return .prepare([.delete(.psmdbRestore, found.metadata.key, uid: found.metadata.uid)])
        }
        guard child.isReady, child.isSeen,
            !child.backupVersion.isEmpty, child.storages[restore.storage.name] != nil,
            let ready = child.firstReady, plan.observed.now - ready >= Self.rest
        else { return nil }
        var spec = restore.spec
        spec["clusterName"] = .string(name)
        let object = DesiredObject(
            .psmdbRestore,
            plan.names.key(name),
            labels: ChildLabels.of(cluster: name),
            spec: .object(spec)
        )
        return .prepare([.create(object)])
    }

    private func record(_ child: PSMDBCluster) -> Intent {
        .patch(
            .psmdbCluster,
            child.metadata.key,
            format: .merge,
            body: ["metadata": ["annotations": [PSMDBAnnotation.restored: .string(plan.cluster.metadata.name)]]]
        )
    }
}
