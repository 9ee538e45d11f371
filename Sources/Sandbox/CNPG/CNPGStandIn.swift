import JSON

/// The sandbox's stand-in for CloudNativePG 1.30 with its Barman Cloud plugin.
///
/// It keeps no state that matters: stopped at any moment and started again, it goes on from what the API holds. Pods,
/// jobs and volumes are run by ``SandboxControllers``, which must run beside it.
final class CNPGStandIn: Sendable {
    /// How often each operation was begun; survives `run()` being cancelled and called again.
    let counters: StandInCounters
    private let loop: ReconcileLoop<CNPGReconciler>

    /// - Parameters:
    ///   - speed: how many times faster than its base delays everything runs.
    ///   - seed: makes passwords and the delays' jitter the same in every run.
    init(api: any FollowedAPI, speed: Double, seed: UInt64, counters: StandInCounters = StandInCounters()) {
        self.counters = counters
        let delays = Delays(speed: speed, seed: seed)
        loop = ReconcileLoop(api: api, CNPGReconciler(api: api, delays: delays, counters: counters))
    }

    /// Works until its task is cancelled.
    func run() async { await loop.run() }
}
