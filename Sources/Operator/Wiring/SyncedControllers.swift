import ControllerRuntime
import Logging
import ServiceLifecycle

/// The controllers, which begin only when the stores show what there is.
///
/// A controller that decides on a half-filled store would create what exists already, and one that decides on a store
/// that is behind whoever led before would do again what was done: after a time of following, all is read anew. On
/// shutdown what is in hand is finished, but for no longer than `drainLimit`: then it is cancelled, and whoever leads
/// next does it again.
struct SyncedControllers: Service {
    let reflectors: Reflectors
    let controllers: [Controller]
    let logger: Logger

    /// Short enough that the Lease can be handed over and the rest be closed within 5 s.
    static let drainLimit = Duration.milliseconds(1500)

    /// How old what was read may be when work begins.
    ///
    /// An operator that starts and leads at once need not read twice: a stream that has just begun is not behind.
    static let freshness = Duration.seconds(2)

    func run() async throws {
        let limit = ContinuousClock.now - Self.freshness
        await cancelWhenGracefulShutdown {
            for entry in reflectors.entries { entry.outdate(limit) }
            for entry in reflectors.entries { await entry.waitUntilSettled() }
        }
        guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return }
        try await withThrowingTaskGroup { group in
            group.addTask { try await work() }
            group.addTask { try await endOfDrain() }
            try await group.next()
            group.cancelAll()
            // What was cancelled has nothing to tell.
            while let result = await group.nextResult() { _ = result }
        }
    }

    private func work() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for controller in controllers { group.addTask(name: controller.name) { try await controller.run() } }
        }
    }

    /// Returns when a shutdown has waited long enough.
    private func endOfDrain() async throws {
        try await gracefulShutdown()
        try await Task.sleep(for: Self.drainLimit)
        logger.warning("Work in hand did not end in time and is cancelled; it will be done again")
    }
}
