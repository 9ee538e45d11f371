import JSON
import KubernetesAPI

/// One look at a PerconaXtraDBCluster: what the operator's reconciler decides from what it sees.
struct XtraPass: PerconaPass {
    typealias Engine = XtraEngine

    let snapshot: PerconaSnapshot
    let now: Timestamp
    let delays: Delays
    var memory: PerconaMemory
    var status: JSONValue
    var decision = ClusterDecision()
    /// The servers and the proxy as this look works with them.
    var apps: [XtraApp]
    /// Whether volumes are growing; the sets are left alone meanwhile, and the status too.
    var isResizing: Bool
    /// Whether pods are being replaced, whatever the stateful sets tell.
    var isReplacing = false
    /// Whether configurations were only just written, before which no set is made.
    var hasJustConfigured = false
    /// The mark that changed passwords leave on pods that must be made anew, by component.
    var restarts: [String: String] = [:]

    init(_ snapshot: PerconaSnapshot, memory: PerconaMemory, delays: Delays, now: Timestamp) {
        self.snapshot = snapshot
        self.memory = memory
        self.delays = delays
        self.now = now
        status = snapshot.cluster["status"] ?? [:]
        apps = XtraApp.all(snapshot.spec)
        isResizing = snapshot.cluster.annotation(Percona.Annotation.resizeInProgress) != nil
    }

    mutating func run() {
        count()
        decideAndReport()
    }

    mutating func decide() throws(PassEnd) {
        setVersion()
        if let complaint = XtraValidation(snapshot.cluster).complaint {
            throw .error("wrong PXC options: " + complaint)
        }
        if snapshot.cluster.isBeingDeleted {
            finalize()
            throw .over
        }
        try createObjects()
        do throws(PassEnd) {
            try resize()
        } catch {
            guard case .error(let why) = error else { throw error }
            throw .error("reconcile persistent volumes: " + why)
        }
        followTLS()
        try deploy()
        reconcileServices()
        reconcileCollector()
        runSchedules()
        readVersion()
    }

    // MARK: What the steps share

    var objects: XtraObjects { XtraObjects(snapshot: snapshot, seed: delays.seed) }
    var isPaused: Bool { spec["pause"]?.bool == true }
    /// Whether a backup's job runs; one that has not begun does not count.
    var isBackingUp: Bool {
        snapshot.backups.values.contains { [Xtra.Job.running, Xtra.Job.starting].contains($0.jobState) }
    }
    var isRestoring: Bool {
        snapshot.restores.values.contains {
            [Xtra.Job.stopping, Xtra.Job.restoring, Xtra.Job.startingCluster, Xtra.Job.recovering].contains($0.jobState)
        }
    }

    func pods(of component: String) -> [JSONValue] { snapshot.pods([Percona.Label.component: component]) }

    /// Counts the changes of the spec that are operations; what a restore does to it is none.
    private mutating func count() {
        var wishes = PerconaWishes()
        wishes.sizes = .array(["pxc", "haproxy", "proxysql"].map { spec[$0]?["size"] ?? .null })
        wishes.storage =
            spec.at("pxc", "volumeSpec", "persistentVolumeClaim", "resources", "requests", "storage") ?? .null
        wishes.configuration = .array(["pxc", "haproxy", "proxysql"].map { spec[$0]?["configuration"] ?? .null })
        wishes.image = spec.at("pxc", "image")?.string ?? ""
        wishes.isPaused = isPaused
        let isBeingRestored = snapshot.restores.values.contains {
            !["", Xtra.Job.succeeded, Xtra.Job.failed].contains($0.jobState)
        }
        count(wishes, areUsers: !snapshot.cluster.isBeingDeleted && !isBeingRestored)
    }

    /// The version that a server tells, which during a change may be the old one beside the new image's name.
    private mutating func readVersion() {
        guard snapshot.cluster.at("status", "pxc", "status")?.string == Percona.State.ready,
            let image = spec.at("pxc", "image")?.string, let first = pods(of: "pxc").first(where: \.isServingPod)
        else { return }
        let running = first.at("spec", "containers")?.array?.first { $0["name"]?.string == "pxc" }?["image"]?.string
        guard let version = running.flatMap(Percona.tag) else { return }
        var servers = status["pxc"] ?? [:]
        servers["version"] = .string(version)
        servers["image"] = .string(image)
        status["pxc"] = servers
    }
}
