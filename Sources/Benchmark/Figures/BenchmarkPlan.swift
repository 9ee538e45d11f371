/// How much is done.
struct BenchmarkPlan: Sendable, Equatable {
    /// The sizes of the fleets, from the smallest to the largest; never empty.
    var sizes = [100, 1000, 5000, 10_000]
    var parts = Set(Part.allCases)
    /// How many clusters of each provider.
    var clustersPerProvider = 200
    /// CloudNativePG first, with which the others are compared.
    var providers = [
        ProviderSubject(engine: "postgresql", provider: "cnpg"),
        ProviderSubject(engine: "mongodb", provider: "percona-psmdb"),
        ProviderSubject(engine: "mysql", provider: "percona-pxc"),
        ProviderSubject(engine: "kafka", provider: "strimzi"),
        ProviderSubject(engine: "postgresql", provider: "kubedb"),
        ProviderSubject(engine: "mongodb", provider: "kubedb"),
    ]
    /// How long a fleet is left alone.
    var rest = Duration.seconds(60)
    var edits = 300
    /// How many clusters the edits are made on, one after the other.
    var editedClusters = 100
    /// How many requests are filed that cannot be carried out.
    var refusals = 50
    /// How long each measurement of a module lasts at least.
    var moduleTime = Duration.seconds(1)
    var isJudged = true

    /// Small numbers, which show that everything works and nothing else.
    static let quick = {
        var plan = BenchmarkPlan()
        plan.sizes = [5, 20]
        plan.clustersPerProvider = 2
        plan.providers.removeLast(plan.providers.count - 2)
        plan.rest = .seconds(1)
        plan.edits = 5
        plan.editedClusters = 3
        plan.refusals = 2
        plan.moduleTime = .milliseconds(20)
        plan.isJudged = false
        return plan
    }()

    /// The fleet that memory at rest and silence are stated for, or what comes next to it.
    var restingSize: Int { sizes.first { $0 >= 1000 } ?? sizes[sizes.count - 1] }

    /// The fleet that the operator is started beside.
    var startSize: Int { sizes[sizes.count - 1] }

    /// The fleets that have to be made for the parts that are wanted.
    var fleets: [Int] {
        if parts.contains(.fleets) { return sizes }
        return parts.contains(.start) ? [startSize] : []
    }
}

/// An engine by one of its providers.
struct ProviderSubject: Sendable, Equatable, CustomStringConvertible {
    let engine: String
    let provider: String

    var description: String { "\(engine) by \(provider)" }
}
