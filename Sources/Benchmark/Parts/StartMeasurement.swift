import JSON
import KubernetesAPI
import KubernetesClient

/// The operator's start beside a fleet that was made before, until everything is read.
struct StartMeasurement: Sendable {
    let size: Int
    let server: APIServerUnderTest
    let context: BenchmarkContext

    /// The pods are taken away before, so that what is read is the clusters and one child of each.
    func run() async throws -> [Figure] {
        try await removePods()
        context.say("starting the operator beside \(size) clusters and \(size) children")
        let proxy = try server.port.map { try RecordingProxy(to: $0) }
        defer { proxy?.close() }
        let start = ContinuousClock.now
        let running = try context.startOperator(on: server, by: proxy)
        let limit = Duration.seconds(300)
        if let proxy {
            // Without its pod no child is Ready any more, so the first look at a cluster ends in a write.
            try await wait("the operator to have read everything", within: limit, every: .milliseconds(1)) {
                proxy.firstWriteAt != nil
            }
        } else {
            try await running.waitUntilSynced(within: limit)
        }
        let spent = try running.program.processorSeconds()
        let synced = proxy?.firstWriteAt ?? .now
        let answered = proxy?.answeredAt
        await running.stop()
        let budget = size == 10_000 ? Budget.startSeconds : nil
        let beside = "\(size) clusters and \(size) children"
        var figures = [Figure(.start, "start until synced, CPU, \(beside)", spent, .seconds, budget: budget)]
        if let answered {
            figures.append(
                Figure(
                    .start,
                    "start until synced, after the server's last byte, \(beside)",
                    (synced - answered).seconds,
                    .seconds,
                    budget: budget
                )
            )
        }
        figures.append(Figure(.start, "start until synced, in all, \(beside)", (synced - start).seconds, .seconds))
        return figures
    }

    private func removePods() async throws {
        _ = try await server.client.raw(
            "DELETE",
            ResourceType.pod.path(namespace: server.namespace),
            query: [QueryItem("gracePeriodSeconds", "0")]
        )
        try await wait("the pods to be gone", within: .seconds(120), every: .milliseconds(500)) {
            let page = try await server.client.list(.pod, namespace: server.namespace, ListOptions(limit: 1))
            return try JSONValue(parsing: page)["items"]?.array?.isEmpty ?? true
        }
    }
}
