import JSON
import KubernetesAPI

/// A child operator as the sandbox plays it: its definitions, its webhooks, what it installs, and what it does.
///
/// A stand-in is one of these in its own folder, and one line in ``all``.
struct ChildOperator: Sendable {
    let engine: SandboxConfiguration.ChildEngine
    /// The field manager that its writes are recorded under.
    let fieldManager: String
    /// Its kinds, as ``EmbeddedDefinitions`` has them; read anew each time, since few processes need them twice.
    let definitions: @Sendable () -> [JSONValue]
    let webhooks: [any AdmissionPlugin]
    /// Objects that its installation brings, such as a catalogue of versions: whole, with apiVersion and kind.
    var installed: @Sendable () -> [(resource: ResourceType, object: JSONValue)] = { [] }
    /// What it does, over an API; it keeps no state that matters, so that it may be made anew at any moment.
    let reconciler: @Sendable (any SandboxAPI, Delays, StandInCounters) -> any Reconciler

    /// Every child operator that there is a stand-in for.
    static let all: [ChildOperator] = [.cnpg, .strimzi, .kubedb, .perconaMongoDB, .perconaXtraDB]

    /// What it does, as a loop that follows the changes of that API.
    func loop(_ api: any FollowedAPI, _ delays: Delays, _ counters: StandInCounters) -> any StandIn {
        func loop(around reconciler: some Reconciler) -> any StandIn { ReconcileLoop(api: api, reconciler) }
        return loop(around: reconciler(api, delays, counters))
    }
}

/// A stand-in that can be run: stopped at any moment and started again, it goes on from what the API holds.
protocol StandIn: Sendable {
    /// Works until its task is cancelled.
    func run() async
}

extension ReconcileLoop: StandIn {}
