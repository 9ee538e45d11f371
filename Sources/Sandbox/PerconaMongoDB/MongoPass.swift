import JSON
import KubernetesAPI

/// One look at a PerconaServerMongoDB: what the operator's reconciler decides from what it sees.
///
/// The status is made from what was seen at the beginning. That is why a cluster whose spec was just changed shows one
/// `ready` with the new generation before it shows any work.
struct MongoPass: PerconaPass {
    typealias Engine = MongoEngine

    let snapshot: PerconaSnapshot
    let now: Timestamp
    let delays: Delays
    var memory: PerconaMemory
    var status: JSONValue
    var decision = ClusterDecision()
    /// The replica sets as this look works with them.
    var replsets: [MongoReplset]
    /// Whether the cluster is to be stopped; not so while a backup runs, whatever the spec says.
    var isPaused: Bool
    var routers: Int
    /// Whether a replica set is taken down by more than one member.
    var isShrinking = false
    /// What the members of the replica sets are like together.
    var membersState = Percona.State.initializing

    init(_ snapshot: PerconaSnapshot, memory: PerconaMemory, delays: Delays, now: Timestamp) {
        self.snapshot = snapshot
        self.memory = memory
        self.delays = delays
        self.now = now
        status = snapshot.cluster["status"] ?? [:]
        replsets = MongoReplset.all(snapshot.spec)
        isPaused = snapshot.spec["pause"]?.bool == true
        routers = Int(snapshot.spec.at("sharding", "mongos", "size")?.integer ?? 0)
    }

    mutating func run() {
        // A version that is none makes the operator panic before it can tell anything.
        if let version = spec["crVersion"]?.string, !version.isEmpty, !Percona.isVersion(version) { return }
        count()
        decideAndReport()
    }

    mutating func decide() throws(PassEnd) {
        setVersion()
        if let complaint = MongoValidation(snapshot.cluster).complaint {
            if snapshot.cluster.isBeingDeleted { dropFinalizers() }
            throw .error("wrong psmdb options: " + complaint)
        }
        if snapshot.cluster.isBeingDeleted { try finalize() }
        try pause()
        try checkConfiguration()
        scaleDownSafely()
        try createObjects()
        try runSchedules()
        try reconcileReplsets()
        try reconcileRouters()
        if isShrinking { deleteOrphanedClaims() }
        try configureBackups()
    }

    // MARK: What the steps share

    var isSharded: Bool { spec.at("sharding", "enabled")?.bool == true }
    var objects: MongoObjects { MongoObjects(snapshot: snapshot, seed: delays.seed) }
    /// Whether any backup of the cluster has neither succeeded nor failed, also one that has not begun.
    var isBackingUp: Bool { snapshot.backups.values.contains { !["ready", "error"].contains($0.jobState) } }
    var isRestoring: Bool { snapshot.restores.values.contains { !["ready", "error"].contains($0.jobState) } }

    /// Whether a wait is not over; the look is repeated when it is.
    mutating func isWaiting(for stage: String, _ base: Int64) -> Bool {
        let length = delays.microseconds(base, for: "\(snapshot.cluster.objectKey) \(stage)")
        let end = memory.timers.end(stage, of: "cluster", lasting: length, now: now)
        guard end > now else { return false }
        wake(at: end)
        return true
    }

    mutating func endWait(_ stage: String) { memory.timers.reset(stage, of: "cluster") }

    private mutating func count() {
        var wishes = PerconaWishes()
        let specified = MongoReplset.all(spec)
        wishes.sizes = .array(
            specified.map { JSONValue($0.totalSize) } + (isSharded ? [JSONValue(routers)] : [])
        )
        wishes.storage = .array(specified.map { .string($0.storage) })
        wishes.configuration = .array(
            specified.map { .string($0.configuration) } + [spec.at("sharding", "mongos", "configuration") ?? .null]
        )
        wishes.image = spec["image"]?.string ?? ""
        wishes.isPaused = spec["pause"]?.bool == true
        // The operator itself lowers the sizes on the way down.
        count(wishes, areUsers: !snapshot.cluster.isBeingDeleted)
    }
}
