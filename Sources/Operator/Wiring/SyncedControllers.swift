import ControllerRuntime
import ServiceLifecycle

/// The controllers, which begin only when the stores show what there is.
///
/// A controller that decides on a half-filled store would create what exists already.
struct SyncedControllers: Service {
    let reflectors: Reflectors
    let controllers: [Controller]

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for entry in reflectors.entries { await entry.waitUntilSettled() }
        }
        guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return }
        try await withThrowingDiscardingTaskGroup { group in
            for controller in controllers { group.addTask(name: controller.name) { try await controller.run() } }
        }
    }
}
