import CRDs
import JSON
import KubernetesAPI

/// What is decided once, when a cluster is created, and must not follow the spec about later.
///
/// The quorum of controllers is static: Kafka survives no change of their pool, though Strimzi would carry it out. The
/// replication that new topics get, followed along with the number of brokers, would leave the topics of before with
/// fewer replicas than must be in sync. So it is written down on the Kafka.
struct StrimziFoundation: Equatable {
    /// One node that is broker and controller; it can never have company.
    let isCombined: Bool
    let controllers: Int
    let replicationFactor: Int
    let hasCruiseControl: Bool

    init(_ cluster: DatabaseCluster, _ options: StrimziOptions, _ kafka: StrimziKafka?, _ pools: [StrimziNodePool]) {
        let size = cluster.spec.clusterSize
        let text = kafka?.metadata.annotations[StrimziAnnotation.foundation]
        let recorded = text.flatMap { try? JSONValue(parsing: $0) }
        let brokers = pools.first { $0.isBroker }
        isCombined =
            recorded?["combined"]?.bool ?? brokers?.isController ?? (size == 1 && options.controllers == nil)
        controllers =
            recorded?["controllers"]?.integer.map { Int($0) }
            ?? pools.first { $0.isController }?.replicas ?? (isCombined ? 1 : options.controllers ?? 3)
        replicationFactor =
            recorded?["replicationFactor"]?.integer.map { Int($0) }
            ?? kafka?.config["default.replication.factor"].flatMap { Int($0) }
            ?? min(3, brokers?.replicas ?? size)
        let isBalanced = recorded?["cruiseControl"]?.bool ?? kafka?.hasCruiseControl ?? (size > 1 && !isCombined)
        hasCruiseControl = options.cruiseControl ?? isBalanced
    }

    /// The value of its annotation.
    var text: String {
        let value: JSONValue = [
            "combined": .bool(isCombined), "controllers": JSONValue(controllers),
            "cruiseControl": .bool(hasCruiseControl),
            "replicationFactor": JSONValue(replicationFactor),
        ]
        return value.description
    }

    /// The parameters that Kafka does not suit to the number of brokers by itself.
    var parameters: [(name: String, value: Int)] {
        // One replica may always be away without a write being refused.
        let inSync = max(1, replicationFactor - 1)
        return [
            ("default.replication.factor", replicationFactor), ("min.insync.replicas", inSync),
            ("offsets.topic.replication.factor", replicationFactor), ("transaction.state.log.min.isr", inSync),
            ("transaction.state.log.replication.factor", replicationFactor),
        ]
    }
}
