import JSON
import KubernetesAPI

/// What makes one of Percona's operators out of ``PerconaReconciler``.
protocol PerconaEngine: Sendable {
    associatedtype ClusterPass: PerconaPass
    associatedtype BackupPass: PerconaJobPass
    associatedtype RestorePass: PerconaJobPass

    static var cluster: ResourceType { get }
    static var backup: ResourceType { get }
    static var restore: ResourceType { get }
    /// The value of the label `app.kubernetes.io/managed-by` on everything it makes.
    static var managedBy: String { get }
    /// What it writes into `spec.crVersion` where there is none.
    static var operatorVersion: String { get }
    /// The state of a backup that has succeeded.
    static var succeeded: String { get }
    /// The field of backups and restores that names their cluster.
    static var clusterField: String { get }

    /// The other objects a cluster is decided from, whenever it is not known to be complete.
    static func places(_ snapshot: PerconaSnapshot, seed: UInt64) -> [ObjectReference]
}

/// A backup or a restore and what it is decided from.
struct PerconaJob: Sendable {
    let resource: ResourceType
    let object: JSONValue
    /// The cluster it names; nil when there is none.
    let snapshot: PerconaSnapshot?
    /// The backup that a restore names; nil when there is none.
    let source: JSONValue?
    /// What the buckets of this sandbox hold.
    let buckets: [JSONValue]
    let delays: Delays
    let now: Timestamp

    var reference: ObjectReference { ObjectReference(resource, object.objectKey) }
    var spec: JSONValue { object["spec"] ?? [:] }
}

/// What an operator process remembers of backups and restores between two looks.
struct PerconaJobMemory: Sendable {
    var timers = Timers()
    /// The version of the object that a backup was started from, until its state is written.
    var starts: [String: String] = [:]

    /// Nil when a wait of that stage is over; otherwise when it will be.
    mutating func pending(_ stage: String, _ job: PerconaJob, _ base: Int64) -> Timestamp? {
        let length = job.delays.microseconds(base, for: "\(job.object.objectKey) \(stage)")
        let end = timers.end(stage, of: job.object.objectUID, lasting: length, now: job.now)
        return end > job.now ? end : nil
    }
}
