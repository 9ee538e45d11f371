import JSON
import KubernetesAPI

/// The last step: the status.
extension MongoPass {
    mutating func reportError(_ message: String) {
        if shownState != Percona.State.error {
            addCondition(Percona.State.error, "True", reason: "ErrorReconcile", message: message)
        }
        status["message"] = .string("Error: " + message)
        status["state"] = .string(Percona.State.error)
        retryLater()
    }

    /// Everything but an error; only here is the generation that was looked at written down.
    mutating func reportStatus() {
        status["message"] = nil
        lookAgainAtUnschedulable()
        var shown: JSONValue = [:]
        var (size, ready, isRolling) = (0, 0, false)
        var states: [String] = []
        for replset in replsets {
            let former = status["replsets"]?[replset.name] ?? [:]
            var report = report(on: replset)
            for field in ["members", "initialized"] { report[field] = former[field] }
            if isSharded, !replset.isConfigServer { report["added_as_shard"] = former["added_as_shard"] }
            let state = report["status"]?.string ?? ""
            if state != former["status"]?.string ?? "" { addCondition(of: replset, state) }
            size += Int(report["size"]?.integer ?? 0)
            ready += Int(report["ready"]?.integer ?? 0)
            shown[replset.name] = report
            states.append(state)
            isRolling = isRolling || isRollingOut("\(snapshot.name)-\(replset.name)")
        }
        status["replsets"] = shown
        let routerState = reportRouters(&size, &ready, &isRolling)
        status["size"] = JSONValue(size)
        status["ready"] = JSONValue(ready)
        let host = host
        status["host"] = host.isEmpty ? Optional.none : .string(host)
        let state = state(states, routerState, isRolling, host)
        status["state"] = .string(state)
        addCondition(state, "True")
        reportPendingUpdate(isComplete: ready == size)
        status["observedGeneration"] = snapshot.cluster.at("metadata", "generation")
    }

    private func state(_ replsets: [String], _ routers: String?, _ isRolling: Bool, _ host: String) -> String {
        if replsets.contains(Percona.State.stopping) || routers == Percona.State.stopping
            || snapshot.cluster.isBeingDeleted
        {
            return Percona.State.stopping
        }
        if replsets.allSatisfy({ $0 == Percona.State.paused }) {
            return routers == nil || routers == Percona.State.paused ? Percona.State.paused : Percona.State.stopping
        }
        let isReady =
            membersState == Percona.State.ready && replsets.allSatisfy { $0 == Percona.State.ready }
            && backupState == Percona.State.ready && !isRolling && !host.isEmpty
        return isReady ? routers ?? Percona.State.ready : Percona.State.initializing
    }

    private func report(on replset: MongoReplset) -> JSONValue {
        guard let set = snapshot.sets["\(snapshot.name)-\(replset.name)"] else { return ["size": 0, "ready": 0] }
        if set.annotation(Percona.Annotation.resizeInProgress) != nil {
            return ["size": 0, "ready": 0, "status": .string(Percona.State.initializing)]
        }
        let size = replset.totalSize
        var (ready, state, message) = (0, Percona.State.initializing, "")
        for pod in members(of: replset) where !pod.isBeingDeleted {
            message += waitingTexts(pod)
            if pod.conditionStatus("ContainersReady") == "True" { ready += 1 }
            if let why = unschedulable(pod) {
                state = Percona.State.error
                message = why
            }
        }
        if isPaused {
            state = ready > 0 ? Percona.State.stopping : Percona.State.paused
        } else if ready > 0, ready == size {
            state = Percona.State.ready
        }
        var report: JSONValue = [
            "size": JSONValue(size), "ready": JSONValue(min(ready, size)), "status": .string(state),
        ]
        if !message.isEmpty { report["message"] = .string(message) }
        return report
    }

    private mutating func reportRouters(_ size: inout Int, _ ready: inout Int, _ isRolling: inout Bool) -> String? {
        guard isSharded else {
            status["mongos"] = nil
            return nil
        }
        let pods = snapshot.pods([Percona.Label.component: "mongos"])
        let up = pods.count { !$0.isBeingDeleted && $0.conditionStatus("ContainersReady") == "True" }
        var state = Percona.State.initializing
        if isPaused {
            state = up > 0 ? Percona.State.stopping : Percona.State.paused
        } else if up > 0, up == pods.count, up == routers {
            state = Percona.State.ready
        }
        if snapshot.sets[snapshot.name + "-mongos"] == nil, !isPaused { state = Percona.State.initializing }
        let message = pods.map { unschedulable($0) ?? waitingTexts($0) }.joined()
        if state != status.at("mongos", "status")?.string ?? "" {
            let reasons = [
                Percona.State.ready: "MongosReady", Percona.State.stopping: "MongosStopping",
                Percona.State.paused: "MongosPaused",
            ]
            addCondition(state, "True", reason: reasons[state] ?? "")
        }
        var report: JSONValue = [
            "size": JSONValue(pods.count), "ready": JSONValue(min(up, pods.count)), "status": .string(state),
        ]
        if !message.isEmpty { report["message"] = .string(message) }
        status["mongos"] = report
        size += pods.count
        ready += min(up, pods.count)
        isRolling = isRolling || isRollingOut(snapshot.name + "-mongos")
        return state
    }

    // MARK: Conditions

    private mutating func addCondition(of replset: MongoReplset, _ state: String) {
        let words = [
            Percona.State.ready: ("RSReady", "ready"), Percona.State.stopping: ("RSStopping", "stopping"),
            Percona.State.paused: ("RSPaused", "paused"),
        ]
        let word = words[state]
        addCondition(state, "True", reason: word?.0 ?? "", message: word.map { "\(replset.name): \($0.1)" } ?? "")
    }

    /// Conditions that name a state are set and never taken back, so that they tell nothing about now; and the time of
    /// one is when it was first set.
    mutating func addCondition(_ type: String, _ state: String, reason: String = "", message: String = "") {
        guard !type.isEmpty else { return }
        var conditions = status["conditions"]?.array ?? []
        let index = conditions.firstIndex { $0["type"]?.string == type }
        var condition = index.map { conditions[$0] } ?? ["type": .string(type)]
        if condition["status"]?.string != state {
            condition["status"] = .string(state)
            condition["lastTransitionTime"] = .string(now.description)
        }
        condition["reason"] = reason.isEmpty ? Optional.none : .string(reason)
        condition["message"] = message.isEmpty ? Optional.none : .string(message)
        if let index { conditions[index] = condition } else { conditions.append(condition) }
        status["conditions"] = .array(conditions)
    }

    /// An update that is to be made and has not begun, as while a backup runs.
    private mutating func reportPendingUpdate(isComplete: Bool) {
        let type = "pendingSmartUpdate"
        let former = status["conditions"]?.array ?? []
        status["conditions"] = .array(former.filter { $0["type"]?.string != type })
        guard isComplete, (spec["updateStrategy"]?.string ?? "SmartUpdate") == "SmartUpdate" else { return }
        var names = replsets.map { "\(snapshot.name)-\($0.name)" }
        if isSharded { names.append(snapshot.name + "-mongos") }
        var (hasChanged, updated) = (false, 0)
        for set in names.compactMap({ snapshot.sets[$0] }) where isOutdated(set) {
            hasChanged = true
            updated += Int(set.at("status", "updatedReplicas")?.integer ?? 0)
        }
        guard hasChanged, updated == 0 else { return }
        let kept = former.first { $0["type"]?.string == type }
        addCondition(type, "True", message: "Smart update is pending but has not yet started")
        guard let kept, var conditions = status["conditions"]?.array, !conditions.isEmpty else { return }
        conditions[conditions.count - 1] = kept
        status["conditions"] = .array(conditions)
    }

    // MARK: The address

    /// Where the database is reached, in the form upstream gives it: with a port, without one, or a list.
    private var host: String {
        let suffix = "\(snapshot.namespace).\(spec["clusterServiceDNSSuffix"]?.string ?? "svc.cluster.local")"
        if isSharded { return routerHost(suffix) }
        guard let first = replsets.first(where: { !$0.isConfigServer }) else { return "" }
        let expose = first.json["expose"]
        let type = expose?["type"]?.string ?? expose?["exposeType"]?.string ?? "ClusterIP"
        guard expose?["enabled"]?.bool == true, type != "NodePort" else {
            return "\(snapshot.name)-\(first.name).\(suffix)"
        }
        var addresses: [String] = []
        for pod in snapshot.pods([Mongo.Label.replset: first.name]) {
            guard let service = snapshot.services[pod.objectName] else { return "" }
            if type == "LoadBalancer" {
                guard let address = PerconaExposure.address(of: service) else { return "" }
                addresses.append("\(address):27017")
            } else {
                addresses.append("\(pod.objectName).\(snapshot.name)-\(first.name).\(suffix):27017")
            }
        }
        return addresses.sorted().joined(separator: ",")
    }

    private func routerHost(_ suffix: String) -> String {
        let expose = spec.at("sharding", "mongos", "expose")
        let isBalanced = (expose?["type"] ?? expose?["exposeType"])?.string == "LoadBalancer"
        let names =
            expose?["servicePerPod"]?.bool == true
            ? (0..<max(0, routers)).map { "\(snapshot.name)-mongos-\($0)" } : [snapshot.name + "-mongos"]
        let addresses = names.compactMap { name -> String? in
            guard let service = snapshot.services[name] else { return nil }
            return isBalanced ? PerconaExposure.address(of: service) : "\(name).\(suffix):27017"
        }
        return addresses.count == names.count ? addresses.sorted().joined(separator: ",") : ""
    }
}
