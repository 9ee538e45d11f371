import JSON
import KubernetesAPI

/// What a node, and the controllers of jobs, volumes, deployments and load balancers, would do next for one object.
///
/// No container runs: a pod becomes Running and then Ready, a job completes, a claim is bound and grows, a service gets
/// its addresses, each after its delay. A pod that is Running and not Ready becomes Ready again, so that whoever makes it unready has restarted it.
struct WorkloadMachine: Sendable {
    /// What is to be written now, and when to look again.
    struct Decision: Sendable {
        var actions: [APIAction] = []
        var wake: Timestamp?

        static let nothing = Decision()
        static func wait(until wake: Timestamp) -> Self { Self(wake: wake) }
        static func act(_ actions: APIAction...) -> Self { Self(actions: actions) }
    }

    /// The finalizer that keeps a deleted pod until its containers have stopped.
    static let podFinalizer = "sandbox.dbaas.io/kubelet"
    /// The annotation of a pod whose containers run but must not become ready; its value says why.
    static let heldAnnotation = "sandbox.dbaas.io/held"
    /// The annotation of a pod whose containers exit as soon as they start; its value is what they say then.
    static let complaintAnnotation = "sandbox.dbaas.io/complaint"
    /// The word in the failure annotation of a job that never ends.
    static let stalled = "stall"

    let delays: Delays
    var timers = Timers()

    init(delays: Delays) { self.delays = delays }

    /// What to do for an object of one of the kinds `Workloads` watches.
    mutating func decide(_ object: JSONValue, _ reference: ObjectReference, now: Timestamp) -> Decision {
        switch reference.resource {
        case .pod: pod(object, reference, now)
        case .job: job(object, reference, now)
        case .persistentVolumeClaim: claim(object, reference, now)
        case .deployment: deployment(object, reference, now)
        case .service: service(object, reference, now)
        default: .nothing
        }
    }

    /// Nil when a wait of that stage is over; otherwise when it will be.
    mutating func pending(_ stage: String, _ object: JSONValue, _ base: Int64, _ now: Timestamp) -> Timestamp? {
        let length = delays.microseconds(base, for: "\(object.objectKey) \(stage)")
        let end = timers.end(stage, of: object.objectUID, lasting: length, now: now)
        return end > now ? end : nil
    }
}

/// Runs the pods, jobs, claims, deployments, stateful sets and load balancers of the sandbox.
struct Workloads: Reconciler {
    let watched: [ResourceType] = [.pod, .job, .persistentVolumeClaim, .deployment, .statefulSet, .service]
    let reaction: Int64 = 0

    private let api: any SandboxAPI
    private var machine: WorkloadMachine
    private var uids: [ObjectReference: String] = [:]
    private var sets = StatefulSets()

    init(api: any SandboxAPI, delays: Delays) {
        self.api = api
        machine = WorkloadMachine(delays: delays)
    }

    mutating func note(_ change: ObjectReference) async -> [ObjectReference] {
        guard change.resource == .pod || change.resource == .persistentVolumeClaim else { return [change] }
        return [change] + sets.note(change, await api.get(change.resource, change.key))
    }

    mutating func reconcile(_ object: ObjectReference, now: Timestamp) async -> Timestamp? {
        guard let current = await api.get(object.resource, object.key) else {
            if let uid = uids.removeValue(forKey: object) { machine.timers.forget(uid) }
            sets.forget(object)
            return nil
        }
        if let former = uids[object], former != current.objectUID { machine.timers.forget(former) }
        uids[object] = current.objectUID
        var decision = machine.decide(current, object, now: now)
        switch object.resource {
        case .statefulSet: decision.actions = await sets.decide(current, api)
        case .persistentVolumeClaim: decision.actions += await sets.release(current, api)
        default: break
        }
        for action in decision.actions {
            if case .failed = await api.perform(action) {
                return now.adding(microseconds: machine.delays.microseconds(Delays.Base.retry, for: "retry"))
            }
        }
        return decision.wake
    }
}
