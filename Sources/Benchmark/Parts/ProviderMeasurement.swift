import JSON
import KubernetesAPI
import KubernetesClient

/// What a cluster of three members costs with each provider, its child operator being played by the sandbox.
///
/// Only a sandbox can play child operators: on a server that is there already nothing is measured.
struct ProviderMeasurement: Sendable {
    let context: BenchmarkContext

    func run() async throws -> [Figure] {
        guard context.kubeconfig == nil else { return [] }
        var figures: [Figure] = []
        var reference: Double?
        for subject in context.plan.providers {
            let cost = try await millisecondsPerCluster(subject)
            figures.append(
                Figure(.providers, "CPU per cluster until Ready, \(subject)", cost, .milliseconds)
            )
            guard let reference, reference > 0 else {
                reference = cost
                continue
            }
            figures.append(
                Figure(
                    .providers,
                    "\(subject), beside CloudNativePG",
                    cost / reference,
                    .factor,
                    budget: Budget.providerFactor
                )
            )
        }
        return figures
    }

    private func millisecondsPerCluster(_ subject: ProviderSubject) async throws -> Double {
        let size = context.plan.clustersPerProvider
        context.say("making \(size) clusters of \(subject) ready")
        let server = try await APIServerUnderTest.sandbox(
            context.executables,
            playing: subject.provider,
            folder: context.folder
        )
        defer { server.client.shutDown() }
        // What a start costs is not the clusters'.
        let idle = try context.startOperator(on: server)
        try await idle.waitUntilReady()
        try await idle.settle()
        let startSeconds = try idle.program.processorSeconds()
        await idle.stop()
        let fleet = Fleet(server)
        let seconds = try await fleet.watched {
            try await fleet.create(
                size,
                [
                    "engine": .string(subject.engine), "provider": .string(subject.provider), "clusterSize": 3,
                    "storage": "10Gi",
                ]
            )
            let running = try context.startOperator(on: server)
            let limit = Duration.seconds(120 + Double(size))
            _ = try await fleet.waitUntilReady(size, within: limit) { running.program.isRunning }
            try await running.settle()
            let seconds = try running.program.processorSeconds()
            await running.stop()
            return seconds
        }
        await server.stop()
        return max(seconds - startSeconds, 0) / Double(max(size, 1)) * 1000
    }
}
