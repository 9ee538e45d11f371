import CRDs
import JSON
import KubernetesAPI

/// Where the data of a cluster comes from, in CloudNativePG's words.
struct CNPGBootstrap {
    let bootstrap: JSONValue
    /// The complete list; nil when there is none.
    var externalClusters: JSONValue?
    /// A store that must be there to read the source.
    var store: DesiredObject?
    /// The version that the data has, where it is known; what a cluster that names none must run.
    var version: CNPGVersion?
}

/// The outcome of looking for the data source.
enum CNPGDataSource {
    case ready(CNPGBootstrap)
    case need([Need])
    case wait(Refusal)

    /// What acts at creation must not change later: the Cluster's own bootstrap stays once there is one.
    ///
    /// Dropping it, or adding another method, would be rejected, and the credentials' names are computed from it for
    /// ever.
    init(_ cluster: DatabaseCluster, child: CNPGCluster?, _ observed: Observed) {
        if let child, let bootstrap = child.bootstrap {
            self = .ready(Self.continued(cluster, child, bootstrap))
            return
        }
        guard let source = cluster.spec.dataSource else {
            self = .ready(CNPGBootstrap(bootstrap: Self.initdb(CNPGOptions(cluster))))
            return
        }
        var search = CNPGSourceSearch(cluster, observed)
        self = search.resolve(source)
    }

    /// Of initdb only what we sent is sent again: the rest are the child operator's defaults.
    private static func continued(
        _ cluster: DatabaseCluster,
        _ child: CNPGCluster,
        _ bootstrap: JSONValue
    ) -> CNPGBootstrap {
        guard cluster.spec.dataSource == nil, let live = bootstrap["initdb"]?.object else {
            return CNPGBootstrap(bootstrap: bootstrap, externalClusters: child.externalClusters)
        }
        let rendered = initdb(CNPGOptions(cluster))["initdb"]?.object ?? [:]
        let kept = rendered.map { ($0.name, live[$0.name] ?? $0.value) }
        return CNPGBootstrap(bootstrap: ["initdb": .object(JSONObject(kept))])
    }

    /// Database and owner are always named: they default to the same, but must never change.
    static func initdb(_ options: CNPGOptions) -> JSONValue {
        var fields = options.initdb
        fields["database"] = .string(options.database ?? "app")
        fields["owner"] = .string(options.owner ?? options.database ?? "app")
        return ["initdb": .object(fields)]
    }
}

/// Collects what is needed to describe a data source.
struct CNPGSourceSearch {
    private let cluster: DatabaseCluster
    private let observed: Observed
    private let options: CNPGOptions
    private var needs: [Need] = []

    init(_ cluster: DatabaseCluster, _ observed: Observed) {
        self.cluster = cluster
        self.observed = observed
        options = CNPGOptions(cluster)
    }

    mutating func resolve(_ source: DataSource) -> CNPGDataSource {
        do throws(Refusal) {
            let found =
                switch source {
                case .backup(let name): try backup(name)
                case .cluster(let name, let time?): try pointInTime(of: name, time)
                case .cluster(let name, nil): try clone(of: name)
                case .external(let storage, let path, let backupID): try external(storage, path, backupID)
                }
            guard needs.isEmpty, let found else { return .need(needs) }
            return .ready(found)
        } catch {
            return .wait(error)
        }
    }

    /// The object, or nil when it is absent or has only now been asked for.
    private mutating func look(_ resource: ResourceType, _ name: String) -> JSONValue? {
        let key = ObjectKey(namespace: cluster.metadata.namespace, name: name)
        if let answer = observed.answer(resource, key) { return answer }
        needs.append(.object(resource, key))
        return nil
    }

    private mutating func backup(_ name: String) throws(Refusal) -> CNPGBootstrap? {
        guard let answer = look(.cnpgBackup, name) else {
            if needs.isEmpty {
                throw Refusal(
                    "BackupNotFound",
                    "Backup \(name), from which the data shall come, is not there; backups that outlived their Backup "
                        + "object are reached with dataSource.external"
                )
            }
            return nil
        }
        guard let backup = CNPGBackup.kind.read(answer), backup.isCompleted, let identifier = backup.backupID else {
            throw Refusal(
                "BackupNotCompleted",
                "Backup \(name), from which the data shall come, is not completed"
                    + (CNPGBackup.kind.read(answer).map { " but \"\($0.phase)\"\($0.error.map { ": \($0)" } ?? "")" }
                        ?? "")
            )
        }
        return try recovery(
            from: backup.cluster,
            major: backup.majorVersion,
            folder: backup.metadata.annotations[CNPGAnnotation.archive],
            target: ["backupID": .string(identifier), "targetImmediate": true]
        )
    }

    private mutating func pointInTime(of name: String, _ time: Timestamp) throws(Refusal) -> CNPGBootstrap? {
        try recovery(from: name, major: nil, folder: nil, target: ["targetTime": .string(time.description)])
    }

    /// From the archive of a cluster that may be gone.
    private mutating func recovery(
        from source: String,
        major: Int?,
        folder known: String?,
        target: JSONValue
    ) throws(Refusal) -> CNPGBootstrap? {
        let store = CNPGNames(namespace: cluster.metadata.namespace, cluster: source).objectStore
        let storeAnswer = look(.barmanObjectStore, store)
        let live = try child(named: source)
        guard needs.isEmpty else { return nil }
        let version = live?.imageName.flatMap { CNPGVersion(image: $0) }
        let base = storeAnswer?.at("metadata", "annotations", CNPGAnnotation.archive)?.string
        let dataMajor = major ?? version?.major
        guard storeAnswer != nil else {
            throw Refusal(
                "ArchiveNotFound",
                "the archive of cluster \(source) is not known: ObjectStore \(store) is not there; reach it with "
                    + "dataSource.external"
            )
        }
        let kept = major == nil || major == version?.major ? live?.archiveFolder : nil
        let derived = base.flatMap { base in dataMajor.map { CNPGArchive.folder(base: base, major: $0) } }
        guard let folder = known ?? kept ?? derived else {
            throw Refusal(
                "ArchiveNotFound",
                "which folder of ObjectStore \(store) belongs to cluster \(source) is not known; reach it with "
                    + "dataSource.external"
            )
        }
        return CNPGBootstrap(
            bootstrap: ["recovery": recovery(target, names: live)],
            externalClusters: [CNPGArchive.source(store: store, folder: folder)],
            version: version.flatMap { $0.major == dataMajor ? $0 : nil } ?? dataMajor.flatMap { CNPGVersion("\($0)") }
        )
    }

    private mutating func clone(of name: String) throws(Refusal) -> CNPGBootstrap? {
        let live = try child(named: name)
        guard needs.isEmpty else { return nil }
        guard let live else {
            throw Refusal(
                "SourceNotFound",
                "cluster \(name), which shall be cloned, is not there or not run by provider cnpg in this namespace"
            )
        }
        var fields = identity(live)
        fields["source"] = .string(CNPGArchive.sourceName)
        return CNPGBootstrap(
            bootstrap: ["pg_basebackup": .object(fields)],
            externalClusters: [Self.replicationSource(of: live.metadata.key)],
            version: live.imageName.flatMap { CNPGVersion(image: $0) }
        )
    }

    private mutating func external(
        _ storageName: String,
        _ path: String,
        _ backupID: String?
    ) throws(Refusal) -> CNPGBootstrap? {
        let answer = look(BackupStorage.resource, storageName)
        guard needs.isEmpty else { return nil }
        let storage = try BackupStorage.read(named: storageName, answer)
        let segments = path.split(separator: "/").map(String.init)
        guard let folder = segments.last else {
            throw Refusal("InvalidPath", "dataSource.external.path must name the folder of the cluster it was")
        }
        let above = (path.hasPrefix("/") ? "/" : "") + segments.dropLast().joined(separator: "/")
        let names = CNPGNames(cluster)
        let configuration = try CNPGArchive.configuration(of: storage, path: above, options)
        let target = backupID.map { ["backupID": .string($0), "targetImmediate": true] as JSONValue }
        return CNPGBootstrap(
            bootstrap: ["recovery": recovery(target, names: nil)],
            externalClusters: [CNPGArchive.source(store: names.sourceStore, folder: folder)],
            store: DesiredObject(
                .barmanObjectStore,
                names.key(names.sourceStore),
                labels: ChildLabels.of(cluster: cluster.metadata.name),
                spec: CNPGArchive.storeSpec(configuration, region: storage.spec.region, retention: nil)
            )
        )
    }
}

extension CNPGSourceSearch {
    /// The source's Cluster, or nil when it is gone or has only now been asked for.
    private mutating func child(named name: String) throws(Refusal) -> CNPGCluster? {
        guard let answer = look(.cnpgCluster, name) else { return nil }
        guard let object = try? DynamicObject(resource: .cnpgCluster, answer) else {
            throw Refusal("SourceUnreadable", "Cluster \(name), the data source, cannot be read")
        }
        return CNPGCluster(object)
    }

    private func recovery(_ target: JSONValue?, names source: CNPGCluster?) -> JSONValue {
        var fields = identity(source)
        fields["source"] = .string(CNPGArchive.sourceName)
        fields["recoveryTarget"] = target
        return .object(fields)
    }

    /// The database and owner that the data has: without them an empty database `app` would be made beside it.
    private func identity(_ source: CNPGCluster?) -> JSONObject {
        let method = source?.bootstrapMethod
        let database = options.database ?? method?["database"]?.string ?? "app"
        let owner = options.owner ?? method?["owner"]?.string ?? database
        return ["database": .string(database), "owner": .string(owner)]
    }

    /// Streams from the source with the certificate that it makes for its own replicas.
    private static func replicationSource(of source: ObjectKey) -> JSONValue {
        let secret = { (suffix: String, key: String) -> JSONValue in
            ["name": .string("\(source.name)-\(suffix)"), "key": .string(key)]
        }
        return [
            "name": .string(CNPGArchive.sourceName),
            "connectionParameters": [
                "host": .string("\(source.name)-rw.\(source.namespace).svc"), "user": "streaming_replica",
                "dbname": "postgres", "sslmode": "verify-full",
            ],
            "sslKey": secret("replication", "tls.key"), "sslCert": secret("replication", "tls.crt"),
            "sslRootCert": secret("ca", "ca.crt"),
        ]
    }
}
