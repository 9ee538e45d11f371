import JSON
import KubernetesAPI

/// What follows once the brokers run: what is told of them, and the deployments beside them.
extension KafkaPass {
    mutating func finishKafka() throws(StrimziFailure) -> Step {
        let model = try model
        guard try awaitPods(model.nodes.map(\.pod)) == .goOn else { return .wait }
        guard view.isComplete else {
            run.needsEverything = true
            wake(at: now)
            return .wait
        }
        if inUse.isEmpty { spreadReplicas(model) }
        run.status["clusterId"] = .string(run.clusterID)
        reportMetadata(model)
        deleteClaims(model)
        run.status["listeners"] = .array(model.listeners.map { listenerStatus($0, model) })
        run.status["kafkaVersion"] = .string(model.versions.to)
        memory.counted = []
        return .goOn
    }

    /// The internal topics of a new cluster, or what is on the disks of one taken over, is on every broker it has.
    private mutating func spreadReplicas(_ model: KafkaModel) {
        for broker in model.brokers { setReplicas(broker.pod, true) }
    }

    mutating func setReplicas(_ pod: String, _ holds: Bool) {
        let annotations: JSONValue = [Strimzi.Annotation.holdsReplicas: holds ? "true" : .null]
        act(.patch(reference(.configMap, pod), ["metadata": ["annotations": annotations]]))
    }

    private mutating func reportMetadata(_ model: KafkaModel) {
        let desired = KafkaVersions.fullName(of: model.versions.metadata)
        let current = kafka.at("status", "kafkaMetadataVersion")?.string
        if let current, current != desired, RequestedFailure.isAsked("metadata", on: kafka) {
            warn("MetadataUpdateFailed", "Failed to update metadata version to \(model.versions.metadata)")
            run.status["kafkaMetadataVersion"] = .string(current)
            needsTick = true
        } else {
            run.status["kafkaMetadataVersion"] = .string(desired)
        }
    }

    /// Claims of nodes that are gone stay, unless they were marked while their node was there.
    private mutating func deleteClaims(_ model: KafkaModel) {
        let wanted = Set(KafkaClaims(model: model).all.map(\.objectName))
        for (name, claim) in view.claims
        where !wanted.contains(name) && claim.isAnnotated(Strimzi.Annotation.deleteClaim) && !claim.isBeingDeleted {
            act(.delete(reference(.persistentVolumeClaim, name)))
        }
    }

    private func listenerStatus(_ listener: JSONValue, _ model: KafkaModel) -> JSONValue {
        let service = listener.bootstrapService(of: model.name)
        var addresses: [(host: String, port: Int64)]
        switch listener.listenerType {
        case "loadbalancer":
            let services = model.brokers.map { listener.brokerService("\(model.name)-\($0.pool)", $0.id) }
            let hosts = run.addresses[service].map { [$0] } ?? services.compactMap { run.addresses[$0] }
            addresses = hosts.map { ($0, listener.port) }
        case "nodeport":
            let port = view.others[reference(.service, service)]?.at("spec", "ports")?[0]?["nodePort"]?.integer ?? 0
            let hosts = Set(model.brokers.compactMap { view.pods[$0.pod]?.at("status", "hostIP")?.string })
            addresses = hosts.sorted().map { ($0, port) }
        case "route", "ingress", "tlsroute":
            let host = listener.at("configuration", "bootstrap", "host")?.string ?? ""
            addresses = [(host, 443)]
        default: addresses = [("\(service).\(model.namespace).svc", listener.port)]
        }
        var status: JSONValue = [
            "name": .string(listener.listenerName),
            "addresses": .array(addresses.map { ["host": .string($0.host), "port": .integer($0.port)] }),
            "bootstrapServers": .string(addresses.map { "\($0.host):\($0.port)" }.sorted().joined(separator: ",")),
        ]
        if listener.isTLS, let certificate = certificate(of: listener, model) {
            status["certificates"] = [.string(certificate)]
        }
        return status
    }

    private func certificate(of listener: JSONValue, _ model: KafkaModel) -> String? {
        let own = listener.at("configuration", "brokerCertChainAndKey")
        let secret = own?["secretName"]?.string ?? model.name + "-cluster-ca-cert"
        let key = own?["certificate"]?.string ?? "ca.crt"
        let data = view.others[reference(.secret, secret)]?.at("data")?[key]?.string
        return data.flatMap { try? Base64.decode($0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: Deployments

    /// Makes a deployment and waits for it; takes it away when it is not wanted.
    mutating func deploy(_ deployment: JSONValue?, _ name: String) throws(StrimziFailure) -> Step {
        guard let deployment else {
            for resource in [ResourceType.deployment, .service, .serviceAccount] { remove(resource, name) }
            return .goOn
        }
        makeCompanions(name)
        let existing = view.others[reference(.deployment, name)]
        ensure(.deployment, deployment, existing)
        let isObserved = existing?.at("status", "observedGeneration") == existing?.at("metadata", "generation")
        let replicas = existing?.at("spec", "replicas")?.integer ?? 1
        guard existing != nil, isObserved, decision.actions.allSatisfy({ !$0.changes(deployment: name) }),
            (existing?.at("status", "readyReplicas")?.integer ?? 0) >= replicas
        else {
            let isTroubled = existing?.annotation(RequestedFailure.annotation) != nil
            guard !hasTimedOut(name, isTroubled: isTroubled) else {
                throw .timeout("Deployment", name, in: run.namespace, toBe: "ready")
            }
            return .wait
        }
        return .goOn
    }

    /// What stands beside a deployment: its account, its secrets, its service.
    private mutating func makeCompanions(_ name: String) {
        guard let model = run.model else { return }
        let secrets = StrimziSecrets(kafka: kafka, seed: delays.seed)
        var wanted: [(ResourceType, JSONValue)] = [
            (
                .serviceAccount,
                [
                    "apiVersion": "v1", "kind": "ServiceAccount",
                    "metadata": model.metadata(name, StrimziLabels(of: kafka, name: name, type: "component")),
                ]
            )
        ]
        switch name {
        case Strimzi.cruiseControl(run.name):
            wanted.append((.secret, secrets.identity(name + "-certs", "cruise-control")))
            wanted.append((.secret, secrets.cruiseControlAPI))
            wanted.append((.configMap, configMap(name + "-config", "capacity.json", model)))
            wanted.append(
                (
                    .service,
                    [
                        "apiVersion": "v1", "kind": "Service",
                        "metadata": model.metadata(name, StrimziLabels(of: kafka, name: name, type: "cruise-control")),
                        "spec": [
                            "type": "ClusterIP",
                            "selector": [Strimzi.Label.cluster: .string(run.name), Strimzi.Label.name: .string(name)],
                            "ports": [["name": "rest-api", "port": 9090, "targetPort": 9090, "protocol": "TCP"]],
                        ],
                    ]
                )
            )
        case Strimzi.entityOperator(run.name):
            for part in ["topic", "user"] where kafka.at("spec", "entityOperator", "\(part)Operator") != nil {
                let own = "\(run.name)-entity-\(part)-operator"
                wanted.append((.secret, secrets.identity(own + "-certs", "entity-operator")))
                wanted.append((.configMap, configMap(own + "-config", "log4j2.properties", model)))
            }
        default: break
        }
        for (resource, object) in wanted where view.others[reference(resource, object.objectName)] == nil {
            act(.create(resource, object))
        }
    }

    private func configMap(_ name: String, _ key: String, _ model: KafkaModel) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": model.metadata(name, StrimziLabels(of: kafka, name: name, type: "component")),
            "data": [key: "{}"],
        ]
    }
}

extension APIAction {
    /// Whether it creates or changes that deployment.
    fileprivate func changes(deployment name: String) -> Bool {
        switch self {
        case .create(.deployment, let object): object.objectName == name
        case .patch(let place, _, _): place.resource == .deployment && place.key.name == name
        default: false
        }
    }
}
