import JSON
import KubernetesAPI

/// The step that writes down what is seen.
extension ClusterPass {
    mutating func reportFacts() -> Step {
        let instances = snapshot.instances
        takeFirstPrimary(instances)
        label(instances)
        status["instances"] = JSONValue(instances.count)
        status["readyInstances"] = JSONValue(instances.count { $0.isReady })
        status["instanceNames"] = JSONValue(instances.map(\.name))
        status["latestGeneratedNode"] = JSONValue(
            max(Int(status["latestGeneratedNode"]?.integer ?? 0), instances.last?.serial ?? 0)
        )
        reportStates(instances)
        reportClaims(instances)
        reportCertificates()
        status["writeService"] = .string(snapshot.name + "-rw")
        status["readService"] = .string(snapshot.name + "-r")
        status["selector"] = .string("cnpg.io/cluster=\(snapshot.name),cnpg.io/podRole=instance")
        status["cloudNativePGCommitHash"] = "4b5e244a7"
        status["poolerIntegrations"] = ["pgBouncerIntegration": [:]]
        status["topology"] = [
            "instances": .object(JSONObject(instances.filter(\.isActive).map { ($0.name, [:]) })),
            "nodesUsed": JSONValue(instances.contains(where: \.isActive) ? 1 : 0), "successfullyExtracted": true,
        ]
        reportPlugins()
        reportConditions(instances)
        return .goOn
    }

    /// The first primary is primary from the moment its server runs.
    private mutating func takeFirstPrimary(_ instances: [Instance]) {
        guard currentPrimary == nil, let target = targetPrimary,
            instances.contains(where: { $0.name == target && $0.isReady })
        else { return }
        status["currentPrimary"] = .string(target)
        status["currentPrimaryTimestamp"] = .string(now.withMicroseconds)
        status["timelineID"] = 1
        status["systemID"] = .string(
            String(7_500_000_000_000_000_000 + stableHash(of: .string(snapshot.cluster.objectUID)) % 1_000_000_000_000)
        )
    }

    /// Pods and claims say who is primary.
    private mutating func label(_ instances: [Instance]) {
        guard let primary = currentPrimary else { return }
        for instance in instances {
            let role = instance.name == primary ? "primary" : "replica"
            if let pod = instance.pod, !pod.isBeingDeleted, pod.label(CNPG.Label.instanceRole) != role {
                let labels: JSONValue = [CNPG.Label.instanceRole: .string(role), CNPG.Label.role: .string(role)]
                act(.patch(snapshot.reference(.pod, instance.name), ["metadata": ["labels": labels]]))
            }
            for claim in snapshot.claims.values
            where claim.label(CNPG.Label.instance) == instance.name && claim.label(CNPG.Label.instanceRole) != role
                && !claim.isBeingDeleted
            {
                act(
                    .patch(
                        snapshot.reference(.persistentVolumeClaim, claim.objectName),
                        ["metadata": ["labels": [CNPG.Label.instanceRole: .string(role)]]]
                    )
                )
            }
        }
    }

    private mutating func reportStates(_ instances: [Instance]) {
        var states: [String: [String]] = [:]
        var reported = JSONObject()
        for instance in instances {
            guard instance.pod != nil else { continue }
            let state = instance.isReady ? "healthy" : instance.isActive ? "replicating" : "failed"
            states[state, default: []].append(instance.name)
            guard instance.isActive else { continue }
            reported[instance.name] = [
                "isPrimary": .bool(instance.name == currentPrimary), "timeLineID": status["timelineID"] ?? 1,
                "ip": instance.pod?.at("status", "podIP") ?? "",
            ]
        }
        status["instancesStatus"] = .object(JSONObject(states.map { ($0.key, JSONValue($0.value)) }))
        status["instancesReportedState"] = .object(reported)
    }

    private mutating func reportClaims(_ instances: [Instance]) {
        var groups: [String: [String]] = [:]
        let withJob = Set(snapshot.jobs.values.filter { !$0.isFinished }.compactMap { $0.label(CNPG.Label.instance) })
        for claim in snapshot.claims.values {
            let instance = claim.label(CNPG.Label.instance) ?? claim.objectName
            if claim.conditionStatus("Resizing") == "True" {
                groups["resizingPVC", default: []].append(claim.objectName)
            }
            let isFilled = claim.annotation(CNPG.Annotation.claimStatus) == "ready"
            let group =
                snapshot.pods[instance] != nil
                ? "healthyPVC" : withJob.contains(instance) || !isFilled ? "initializingPVC" : "danglingPVC"
            groups[group, default: []].append(claim.objectName)
        }
        for group in ["healthyPVC", "resizingPVC", "initializingPVC", "danglingPVC", "unusablePVC"] {
            status[group] = groups[group].map { JSONValue($0.sorted()) }
        }
        status["pvcCount"] = JSONValue(snapshot.claims.count)
        status["jobCount"] = JSONValue(snapshot.jobs.values.count { !$0.isFinished })
    }

    private mutating func reportCertificates() {
        let secrets = ClusterSecrets(snapshot: snapshot, seed: delays.seed)
        let name = snapshot.name
        let namespace = snapshot.namespace
        let services = ["rw", "r", "ro"].flatMap { type in
            ["", ".\(namespace)", ".\(namespace).svc", ".\(namespace).svc.cluster.local"].map { "\(name)-\(type)\($0)" }
        }
        let born = snapshot.cluster.at("metadata", "creationTimestamp")?.string.flatMap { Timestamp($0) } ?? now
        let end = GoTime.text(born + .seconds(90 * 86_400))
        let made = Set([secrets.serverAuthority, secrets.clientAuthority, secrets.server, secrets.replication])
        status["certificates"] = [
            "serverCASecret": .string(secrets.serverAuthority), "clientCASecret": .string(secrets.clientAuthority),
            "serverTLSSecret": .string(secrets.server), "replicationTLSSecret": .string(secrets.replication),
            "serverAltDNSNames": .array(
                services.map(JSONValue.string) + (spec.at("certificates", "serverAltDNSNames")?.array ?? [])
            ),
            "expirations": .object(JSONObject(made.map { ($0, .string(end)) })),
        ]
    }

    private mutating func reportPlugins() {
        let plugins = spec.enabledPlugins.map { plugin -> JSONValue in
            [
                "name": plugin["name"] ?? "", "version": "0.14.0", "status": "",
                "capabilities": ["TYPE_RECONCILER_HOOKS", "TYPE_LIFECYCLE_SERVICE"],
            ]
        }
        status["pluginStatus"] = plugins.isEmpty ? Optional.none : .array(plugins)
    }

    private mutating func reportConditions(_ instances: [Instance]) {
        if instances.contains(where: \.isInitialized) || status["pgDataImageInfo"] != nil {
            setCondition("Initialized", "True", "BootstrapCompleted", "The cluster has been bootstrapped")
        } else if condition("Initialized")?["status"]?.string != "True" {
            setCondition("Initialized", "False", "BootstrapPending", "The cluster has not been bootstrapped yet")
        }
        if instances.contains(where: \.isReady) {
            setCondition(
                "ConsistentSystemID",
                "True",
                "Unique",
                "A single, unique system ID was found across reporting instances."
            )
        } else {
            setCondition(
                "ConsistentSystemID",
                "False",
                "NotFound",
                "No instances are present in the cluster to report a system ID."
            )
        }
        guard currentPrimary != nil else { return }
        if RequestedFailure.isAsked("archiving", on: snapshot.cluster) {
            setCondition(
                "ContinuousArchiving",
                "False",
                "ContinuousArchivingFailing",
                "unexpected failure invoking barman-cloud-wal-archive"
            )
        } else {
            setCondition("ContinuousArchiving", "True", "ContinuousArchivingSuccess", "Continuous archiving is working")
        }
    }
}

extension JSONValue {
    /// For a job: whether it has succeeded or failed for good.
    var isFinished: Bool { conditionStatus("Complete") == "True" || conditionStatus("Failed") == "True" }
}

/// Times as Go's `String` method writes them, which is not RFC 3339.
enum GoTime {
    /// A time like "2026-05-04 14:43:03 +0000 UTC".
    static func text(_ time: Timestamp) -> String {
        let text = time.description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) +0000 UTC"
    }
}
