import KubernetesAPI

/// Volumes of this cluster that are there while no Kafka is.
///
/// A new Kafka gets a new id, and its brokers would refuse the data of the old one.
struct StrimziKeptVolumes {
    let claims: [PersistentVolumeClaim]
    /// Nil when nothing tells it.
    let clusterID: String?
    private let plan: StrimziPlan

    /// Nil when there are none.
    init?(_ plan: StrimziPlan) {
        guard plan.kafka == nil else { return nil }
        claims = plan.claims
        guard !claims.isEmpty else { return nil }
        clusterID =
            claims.lazy.compactMap { $0.metadata.annotations[StrimziAnnotation.clusterID] }.first
            ?? plan.pools.lazy.compactMap(\.clusterID).first
        self.plan = plan
    }

    var message: String {
        if claims.contains(where: \.metadata.isBeingDeleted) {
            return "volumes of an earlier cluster of this name are being deleted"
        }
        let id = clusterID.map { "Kafka cluster \($0)" } ?? "an earlier Kafka cluster"
        return
            "\(claims.count) volumes of \(id) are there, such as \(claims[0].metadata.name), whose data a new Kafka would "
            + "refuse: delete them to start empty, choose another name, or make the Kafka again with that id in its status"
    }
}
