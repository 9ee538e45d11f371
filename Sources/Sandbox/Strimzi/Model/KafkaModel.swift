import JSON
import KubernetesAPI

/// What a Kafka and its pools ask for, once the operator has checked it and taken back what it does not allow.
struct KafkaModel: Sendable {
    /// A pool as it is carried out.
    struct Pool: Sendable {
        let json: JSONValue
        let podSet: String
        let storage: KafkaStorage
        let ids: NodeIDAssignment
        let roles: [String]
        /// Warnings for the status of the pool; they are among the cluster's too.
        var warnings: [Warning] = []

        var name: String { json.objectName }
        var isBroker: Bool { roles.contains("broker") }
        var isController: Bool { roles.contains("controller") }
        func pod(_ id: Int) -> String { "\(podSet)-\(id)" }
    }

    struct Node: Sendable, Hashable {
        let id: Int
        let pod: String
        let pool: String
        let isBroker: Bool
        let isController: Bool
    }

    struct Warning: Sendable, Equatable {
        let reason: String
        let message: String
    }

    let kafka: JSONValue
    let versions: KafkaVersionChange
    let configuration: BrokerConfiguration
    private(set) var pools: [Pool] = []
    private(set) var warnings: [Warning] = []
    /// The brokers that were to go and must not, because they hold replicas.
    private(set) var blocked: Set<Int> = []

    var spec: JSONValue { kafka.at("spec", "kafka") ?? [:] }
    var name: String { kafka.objectName }
    var namespace: String { kafka.objectNamespace }
    var listeners: [JSONValue] { spec["listeners"]?.array ?? [] }
    var nodes: [Node] { pools.flatMap { pool in pool.ids.desired.map { Self.node($0, pool) } } }
    var brokers: [Node] { nodes.filter(\.isBroker) }
    var controllers: [Node] { nodes.filter(\.isController) }
    var added: [Node] { pools.flatMap { pool in pool.ids.added.map { Self.node($0, pool) } } }
    var hasCruiseControl: Bool { kafka.at("spec", "cruiseControl") != nil }
    var isRackAware: Bool {
        spec.at("rack", "type")?.string == "topology-label" || (spec["rack"] != nil && spec.at("rack", "type") == nil)
    }

    private static func node(_ id: Int, _ pool: Pool) -> Node {
        Node(
            id: id,
            pod: pool.pod(id),
            pool: pool.name,
            isBroker: pool.isBroker,
            isController: pool.isController
        )
    }

    /// - Parameters:
    ///   - formerStorage: by the name of a pod set, the storage that it was last made with.
    ///   - inUse: the brokers that hold replicas of partitions.
    init(
        kafka: JSONValue,
        pools: [JSONValue],
        versions: KafkaVersionChange,
        formerStorage: [String: KafkaStorage],
        inUse: Set<Int>
    ) throws(StrimziFailure) {
        self.kafka = kafka
        self.versions = versions
        configuration = BrokerConfiguration(
            kafka.at("spec", "kafka", "config"),
            listeners: kafka.at("spec", "kafka", "listeners")?.array ?? []
        )
        guard !pools.isEmpty else {
            throw .invalidConfiguration("No KafkaNodePools found for Kafka cluster \(kafka.objectName)")
        }
        try build(pools, formerStorage)
        guard !kafka.isAnnotated(Strimzi.Annotation.skipScaleDownCheck) else { return }
        let removed = self.pools.flatMap(\.ids.removed)
        let demoted = pools.filter { $0.formerRoles.contains("broker") && !$0.poolRoles.contains("broker") }
        let cannotShrink = removed.contains(where: inUse.contains)
        let cannotDemote = demoted.contains { $0.nodeIDs.contains(where: inUse.contains) }
        guard cannotShrink || cannotDemote else { return }
        blocked = Set(removed)
        var reverted: [Warning] = []
        let corrected = pools.map { pool in
            Self.reverting(pool, shrink: cannotShrink, roles: cannotDemote, &reverted)
        }
        self.pools = []
        warnings = []
        try build(corrected, formerStorage)
        warnings += reverted
    }

    private static func reverting(
        _ pool: JSONValue,
        shrink: Bool,
        roles: Bool,
        _ warnings: inout [Warning]
    ) -> JSONValue {
        guard pool.formerRoles.contains("broker") else { return pool }
        var spec = pool["spec"] ?? [:]
        if shrink, pool.poolReplicas < pool.nodeIDs.count {
            let message =
                "Reverting scale-down of KafkaNodePool \(pool.objectName) by changing number of replicas to "
                + "\(pool.nodeIDs.count)"
            warnings.append(Warning(reason: "ScaleDownPreventionCheck", message: message))
            spec["replicas"] = JSONValue(pool.nodeIDs.count)
        }
        if roles, !pool.poolRoles.contains("broker") {
            let message =
                "Reverting role change of KafkaNodePool \(pool.objectName) (setting roles to "
                + "[\(pool.formerRoles.joined(separator: ", "))])"
            warnings.append(Warning(reason: "ScaleDownPreventionCheck", message: message))
            spec["roles"] = JSONValue(pool.formerRoles)
        }
        var corrected = pool
        corrected["spec"] = spec
        return corrected
    }

    private mutating func build(_ pools: [JSONValue], _ formerStorage: [String: KafkaStorage]) throws(StrimziFailure) {
        try PoolRules.validate(pools, of: kafka.objectName)
        let assignments = try NodeIDAssignment.assign(pools)
        for pool in pools {
            let podSet = "\(kafka.objectName)-\(pool.objectName)"
            let former = formerStorage[podSet]
            self.pools.append(try Self.pool(pool, podSet, assignments[pool.objectName] ?? NodeIDAssignment(), former))
        }
        try PoolRules.checkLabels(kafka)
        try KafkaRules(model: self).validate()
        warnings = self.pools.flatMap(\.warnings) + KafkaWarnings(model: self).all
    }

    private static func pool(
        _ json: JSONValue,
        _ podSet: String,
        _ ids: NodeIDAssignment,
        _ former: KafkaStorage?
    ) throws(StrimziFailure) -> Pool {
        try PoolRules.checkResources(json.at("spec", "resources"))
        let wanted = KafkaStorage(json: json.at("spec", "storage") ?? [:])
        try wanted.validate()
        try PoolRules.checkLabels(json)
        guard let former, try !wanted.isAllowed(after: former) else {
            return Pool(json: json, podSet: podSet, storage: wanted, ids: ids, roles: json.poolRoles)
        }
        let message =
            "The desired Kafka storage configuration in the KafkaNodePool resource \(json.objectNamespace)/"
            + "\(json.objectName) contains changes which are not allowed. As a result, all storage changes will be "
            + "ignored. Use DEBUG level logging for more information about the detected changes."
        let warning = Warning(reason: "KafkaStorage", message: message)
        return Pool(json: json, podSet: podSet, storage: former, ids: ids, roles: json.poolRoles, warnings: [warning])
    }
}

extension JSONValue {
    /// Of a KafkaNodePool: the roles that its nodes had when it was last carried out.
    var formerRoles: [String] { at("status", "roles")?.array?.compactMap(\.string) ?? [] }
}
