/// The budgets of the design; each is the most that a figure may be.
enum Budget {
    static let processorMillisecondsPerCluster = 0.8
    /// With 1,000 clusters and their children.
    static let residentMegabytes = 25.0
    /// Per 30 s, with 1,000 clusters that are Ready.
    static let idleSeconds = 0.05
    static let requestsAtRest = 0.0
    static let latencyMedian = 2.0
    static let latencyTail = 10.0
    /// From a request that cannot be carried out to its being Failed.
    static let refusalSeconds = 5.0
    /// How much more than CloudNativePG's a cluster of another provider may cost.
    static let providerFactor = 1.5
    /// With 10,000 clusters and 10,000 children.
    static let startSeconds = 1.5
    /// Linear, with a margin for the noise of the measurement.
    static let growth = 1.25
}
