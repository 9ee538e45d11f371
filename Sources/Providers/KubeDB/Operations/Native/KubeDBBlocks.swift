import CRDs
import JSON
import KubernetesAPI

/// What KubeDB's requests say for each engine and topology, as its schema names it (`ops.kubedb.com/v1alpha1`).
///
/// What the schema does not have is dropped by an API server in silence, and the request then does nothing.
enum KubeDBBlocks {
    /// Other numbers of members, and of shards where there are any.
    ///
    /// - Parameter proxies: how many mongos there shall be; nil leaves them.
    static func horizontalScaling(
        _ database: KubeDBDatabase,
        replicas: Int,
        shards: Int?,
        proxies: Int? = nil
    ) -> JSONValue {
        let members = JSONValue(replicas)
        let key = database.layout.data.key
        switch (database.engine.engine, database.layout.mode) {
        case (.mongodb, .sharded):
            var block = JSONObject()
            if let proxies { block["mongos"] = ["replicas": JSONValue(proxies)] }
            let isSame = database.data.replicas == replicas && database.data.shards == shards
            // Shards are named by both numbers or not at all.
            if proxies == nil || !isSame { block["shard"] = ["shards": JSONValue(shards ?? 1), "replicas": members] }
            return .object(block)
        case (.redis, .sharded): return ["shards": JSONValue(shards ?? 3), "replicas": members]
        case (.mongodb, _), (.redis, _): return ["replicas": members]
        case (.postgresql, _):
            var block: JSONObject = ["replicas": members]
            // The schema's own defaults would be sent for what is left out.
            for name in ["standbyMode", "streamingMode"] { block[name] = database.spec[name] }
            return .object(block)
        case (.mysql, _): return ["member": members]
        case (.mariadb, _): return ["member": members, "maxscale": false]
        case (.elasticsearch, .dedicated), (.kafka, .dedicated): return ["topology": .object([key: members])]
        case (.elasticsearch, _), (.kafka, _): return ["node": members]
        }
    }

    /// Other resources for the members of a component; all four amounts are given.
    static func verticalScaling(_ component: KubeDBComponent, _ resources: ResourceRequirements) -> JSONValue {
        .object([component.key: ["resources": resources.json]])
    }

    /// A larger volume for each member of a component.
    static func volumeExpansion(_ component: KubeDBComponent, _ size: Quantity) -> JSONValue {
        .object(["mode": "Online", component.key: size.json])
    }

    /// Other parameters, all of them in the engine's file, or none at all.
    ///
    /// What KubeDB is given is added to what it has, so that a parameter goes only with all of them.
    static func configuration(_ database: KubeDBDatabase, _ wanted: [ConfigParameter]) -> JSONValue {
        var block = JSONObject()
        if wanted.isEmpty || !database.parametersBeyond(wanted).isEmpty { block["removeCustomConfig"] = true }
        if !wanted.isEmpty {
            let text = KubeDBConfiguration.text(of: wanted, for: database.engine.engine)
            block["applyConfig"] = .object([database.layout.configFile: .string(text)])
        }
        guard database.engine.engine == .mongodb else { return .object(block) }
        return .object([database.layout.data.key: .object(block)])
    }

    /// Another class of storage for the members of a component.
    static func migration(_ database: KubeDBDatabase, storageClass: String) -> JSONValue {
        let block: JSONValue = ["storageClassName": .string(storageClass)]
        switch database.engine.engine {
        case .mongodb, .elasticsearch, .kafka: return .object([database.layout.data.key: block])
        case .postgresql, .mysql, .mariadb, .redis: return block
        }
    }
}
