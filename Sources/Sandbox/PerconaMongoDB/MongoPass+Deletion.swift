import JSON
import KubernetesAPI

/// Taking servers down, to stop a cluster or to delete it.
extension MongoPass {
    /// What became of taking a replica set down.
    enum TakingDown: Equatable {
        case done
        case waiting
        case failed(String)
    }

    /// With a spec that is wrong nothing can be cleaned up: everything is let go, volumes stay.
    mutating func dropFinalizers() {
        guard !snapshot.cluster.finalizers.isEmpty else { return }
        act(.patch(reference, ["metadata": ["finalizers": .null]]))
    }

    /// Works finalizers off; the whole object is written back with its defaults, and sizes as they are on the way down.
    mutating func finalize() throws(PassEnd) {
        let present = snapshot.cluster.finalizers
        let known = Mongo.Finalizer.order.filter(present.contains)
        let ordered = known + present.filter { !known.contains($0) }
        var kept: [String] = []
        var areServersGone = false
        for (index, finalizer) in ordered.enumerated() {
            var isDone = true
            switch finalizer {
            case Mongo.Finalizer.chunks: break
            case Mongo.Finalizer.podsInOrder:
                isDone = takeServersDown() == .done
                areServersGone = isDone
            case Mongo.Finalizer.volumes: deleteVolumes()
            default:
                kept.append(finalizer)
                continue
            }
            // In an error state finalizers are tried once and let go.
            if !isDone, shownState != Percona.State.error {
                kept += ordered[index...]
                break
            }
        }
        writeBack(finalizers: kept)
        if areServersGone { throw .over }
    }

    private mutating func writeBack(finalizers: [String]) {
        var change: JSONValue = [:]
        if finalizers != snapshot.cluster.finalizers {
            change["metadata"] = ["finalizers": finalizers.isEmpty ? .null : JSONValue(finalizers)]
        }
        let defaulted = MongoDefaults.applied(to: spec, replsets)
        if let difference = JSONMergePatch.difference(from: spec, to: defaulted) { change["spec"] = difference }
        if change.object?.isEmpty == false { act(.patch(reference, change)) }
    }

    /// The volumes go, and with them the Secrets that only they need.
    private mutating func deleteVolumes() {
        for (name, set) in snapshot.sets where !set.isBeingDeleted {
            act(.delete(snapshot.reference(.statefulSet, name)))
        }
        for (name, claim) in snapshot.claims where !claim.isBeingDeleted {
            act(.delete(snapshot.reference(.persistentVolumeClaim, name)))
        }
        let secrets = [
            objects.usersSecret, "internal-\(snapshot.name)", objects.internalUsersSecret,
            "\(snapshot.name)-mongodb-encryption-key",
        ]
        for secret in secrets { act(.delete(snapshot.reference(.secret, secret))) }
    }

    /// Stops a cluster that is to be stopped; while a backup is not over this is silently put off.
    mutating func pause() throws(PassEnd) {
        noteSharding()
        guard isPaused, !snapshot.cluster.isBeingDeleted else { return }
        guard !isBackingUp else {
            isPaused = false
            return
        }
        for index in replsets.indices where !replsets[index].isConfigServer {
            replsets[index].others["arbiter"] = nil
            replsets[index].others["nv"] = nil
        }
        if case .failed(let why) = takeServersDown() { throw .error("delete psmdb pods: " + why) }
    }

    private mutating func noteSharding() {
        guard spec.at("backup", "enabled")?.bool == true, spec["pause"]?.bool != true else { return }
        addCondition("sharding", isSharded ? "True" : "False")
    }

    /// Routers first, then the replica sets, then the config servers; members go to one, and the first is the last.
    private mutating func takeServersDown() -> TakingDown {
        if isSharded {
            routers = 0
            if !snapshot.pods([Percona.Label.component: "mongos"]).isEmpty { return .waiting }
        }
        var result = TakingDown.done
        for index in replsets.indices where !replsets[index].isConfigServer {
            let outcome = takeDown(index)
            if case .failed = outcome { return outcome }
            if outcome == .waiting { result = .waiting }
        }
        guard result == .done, let servers = replsets.firstIndex(where: \.isConfigServer) else { return result }
        return takeDown(servers)
    }

    private mutating func takeDown(_ index: Int) -> TakingDown {
        var replset = replsets[index]
        defer { replsets[index] = replset }
        for kind in replset.others.keys { replset.others[kind] = 0 }
        guard let set = snapshot.sets["\(snapshot.name)-\(replset.name)"] else { return .done }
        let pods = snapshot.pods([
            Mongo.Label.replset: replset.name, Percona.Label.component: replset.component,
        ])
        let running = StatefulSetRules.replicas(set)
        if running == 0 {
            replset.size = 0
            return pods.isEmpty ? .done : .waiting
        }
        if running == 1 || pods.count == 1 {
            replset.size = 1
            guard pods.count == 1, let last = pods.first else { return .waiting }
            if last.isServingPod, primary(of: replset.name) != last.objectName {
                elect(last.objectName, in: replset.name)
                return .waiting
            }
            replset.size = 0
            return .waiting
        }
        replset.size = running
        guard let first = pods.first, first.isActivePod else {
            return .failed("is pod primary: failed to create standalone client: ping mongo: server selection error")
        }
        if primary(of: replset.name) != first.objectName {
            guard pods.count == running, !isWaiting(for: "stepdown-\(replset.name)", Delays.Base.promotion) else {
                return .waiting
            }
            endWait("stepdown-\(replset.name)")
            elect(first.objectName, in: replset.name)
            return .waiting
        }
        replset.size = 1
        return .waiting
    }

    /// Volumes of members that are gone, after a way down of several steps and only with the finalizer for volumes.
    mutating func deleteOrphanedClaims() {
        guard snapshot.cluster.finalizers.contains(Mongo.Finalizer.volumes) else { return }
        for replset in replsets where !replset.isConfigServer {
            let set = "\(snapshot.name)-\(replset.name)"
            for (pod, claim) in snapshot.claims(Mongo.claimTemplate, of: set)
            where snapshot.pods[pod] == nil && !claim.isBeingDeleted {
                act(.delete(snapshot.reference(.persistentVolumeClaim, claim.objectName)))
            }
        }
    }
}

/// The defaults that the operator works with in memory, and writes into the spec only with the whole object.
enum MongoDefaults {
    /// A spec with its defaults and the sizes of the replica sets as the operator has them now.
    static func applied(to spec: JSONValue, _ replsets: [MongoReplset]) -> JSONValue {
        var result = spec
        result["replsets"] = .array(
            replsets.filter { !$0.isConfigServer }.map { replset in
                var json = completed(replset.json, name: replset.name)
                json["size"] = JSONValue(replset.size)
                return json
            }
        )
        if let servers = replsets.first(where: \.isConfigServer) {
            var sharding = spec["sharding"] ?? [:]
            var json = completed(servers.json, name: servers.name)
            json["size"] = JSONValue(servers.size)
            sharding["configsvrReplSet"] = json
            result["sharding"] = sharding
        }
        for (field, value) in [
            ("clusterServiceDNSSuffix", "svc.cluster.local"), ("clusterServiceDNSMode", "Internal"),
            ("updateStrategy", "SmartUpdate"), ("imagePullPolicy", "Always"),
        ] where result[field] == nil { result[field] = .string(value) }
        return result
    }

    /// One replica set with its defaults.
    static func completed(_ replset: JSONValue, name: String) -> JSONValue {
        let defaults: JSONValue = [
            "name": .string(name), "serviceAccountName": "default", "terminationGracePeriodSeconds": 60,
            "affinity": ["antiAffinityTopologyKey": "kubernetes.io/hostname"],
            "podDisruptionBudget": ["maxUnavailable": 1],
            "livenessProbe": [
                "initialDelaySeconds": 60, "timeoutSeconds": 10, "periodSeconds": 30, "failureThreshold": 4,
                "startupDelaySeconds": 7200,
            ],
            "readinessProbe": [
                "initialDelaySeconds": 10, "timeoutSeconds": 2, "periodSeconds": 3, "failureThreshold": 8,
                "successThreshold": 1,
            ],
            "storage": ["engine": "wiredTiger"],
            "volumeSpec": ["persistentVolumeClaim": ["accessModes": ["ReadWriteOnce"]]],
        ]
        return JSONMergePatch.apply(replset, to: defaults)
    }
}
