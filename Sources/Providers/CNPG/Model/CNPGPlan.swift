import CRDs
import KubernetesAPI

/// What applier, hook, status and operations all have to know about a cluster, worked out once per snapshot.
///
/// Shared by reference: it holds the whole cluster and snapshot, which would be dear to copy from part to part.
final class CNPGPlan: Sendable {
    let cluster: DatabaseCluster
    let observed: Observed
    let options: CNPGOptions
    let names: CNPGNames
    /// Nil while there is no Cluster.
    let child: CNPGCluster?
    /// What shall run.
    let version: CNPGVersion
    let source: CNPGDataSource
    let archive: CNPGArchive
    let backups: CNPGBackupPlan

    init(_ cluster: DatabaseCluster, _ observed: Observed) {
        self.cluster = cluster
        self.observed = observed
        options = CNPGOptions(cluster)
        names = CNPGNames(cluster)
        child = CNPGCluster(observed, of: cluster)
        source = CNPGDataSource(cluster, child: child, observed)
        archive = CNPGArchive(cluster)
        backups = CNPGBackupPlan(cluster, observed, archive: archive)
        version = Self.version(of: cluster, child: child, source: source)
    }

    /// A version that nobody chose is kept: a new default of the operator must not upgrade a running database.
    private static func version(
        of cluster: DatabaseCluster,
        child: CNPGCluster?,
        source: CNPGDataSource
    ) -> CNPGVersion {
        if let wanted = cluster.spec.version { return CNPGVersion(wanted) ?? .standard }
        if let kept = cluster.status.version.flatMap({ CNPGVersion($0) }) { return kept }
        if let running = child?.imageName.flatMap({ CNPGVersion(image: $0) }) { return running }
        if case .ready(let bootstrap) = source, let version = bootstrap.version { return version }
        return .standard
    }

    /// The proxy, where one is wanted.
    var proxy: ProxySpec? { cluster.spec.proxy.flatMap { $0.enabled ? $0 : nil } }

    /// How Prometheus shall scrape the members; nil when it shall not.
    var scraping: PrometheusSpec? {
        guard let monitoring = cluster.spec.monitoring, monitoring.enabled else { return nil }
        return monitoring.prometheus ?? PrometheusSpec()
    }

    /// The members' pods, in the order of their names.
    var pods: [Pod] {
        observed.bodies(.pod, as: Pod.self)
            .filter { $0.metadata.labels[CNPGLabel.podRole] == "instance" }
            .sorted { $0.metadata.name < $1.metadata.name }
    }

    /// The members' volumes; role is PG_DATA or PG_WAL.
    func claims(role: String) -> [PersistentVolumeClaim] {
        observed.bodies(.persistentVolumeClaim, as: PersistentVolumeClaim.self)
            .filter { $0.metadata.labels[CNPGLabel.claimRole] == role }
            .sorted { $0.metadata.name < $1.metadata.name }
    }
}

extension Pod {
    /// The container that PostgreSQL runs in.
    var database: Container? { containers.first { $0.name == "postgres" } }
}
