import JSON
import KubernetesAPI

/// The last step: the status.
extension XtraPass {
    mutating func reportError(_ message: String) {
        retryLater()
        // While one error lasts, the text of the first stays.
        guard status["state"]?.string != Percona.State.error else { return }
        addCondition(Percona.State.error, reason: "ErrorReconcile", message: message)
        let messages = (status["message"]?.array ?? []) + [.string("Error: " + message)]
        status["message"] = .array(messages)
        status["state"] = .string(Percona.State.error)
    }

    mutating func reportStatus() {
        // While volumes grow nothing but the state is written, not even the generation.
        guard !isResizing else {
            status["state"] = .string(Percona.State.initializing)
            return
        }
        var messages: [JSONValue] = []
        var (size, ready, isRolling, host) = (0, 0, isReplacing, "")
        for component in ["pxc", "haproxy", "proxysql"] {
            let former = status[component]
            guard let app = apps.first(where: { $0.component == component }) else {
                var rest: JSONValue = [:]
                rest["version"] = former?["version"]
                status[component] = rest
                continue
            }
            var report = report(on: app)
            if let message = report["message"]?.string { messages.append(.string("\(component): \(message)")) }
            size += Int(report["size"]?.integer ?? 0)
            ready += Int(report["ready"]?.integer ?? 0)
            for field in ["version", "image"] { report[field] = former?[field] }
            status[component] = report
            host = self.host(of: app)
            isRolling = isRolling || isRollingOut("\(snapshot.name)-\(component)")
        }
        status["message"] = messages.isEmpty ? Optional.none : .array(messages)
        status["size"] = JSONValue(size)
        status["ready"] = JSONValue(ready)
        status["host"] = host.isEmpty ? Optional.none : .string(host)
        let state = state(isRolling, host)
        status["state"] = .string(state)
        addCondition(state)
        status["observedGeneration"] = snapshot.cluster.at("metadata", "generation")
    }

    private func state(_ isRolling: Bool, _ host: String) -> String {
        let states = ["pxc", "haproxy", "proxysql"].map { status[$0]?["status"]?.string ?? "" }
        if snapshot.cluster.isBeingDeleted || states.contains(Percona.State.stopping) { return Percona.State.stopping }
        let servers = states[0]
        guard servers == Percona.State.paused || (!isRolling && servers == Percona.State.ready && !host.isEmpty) else {
            return Percona.State.initializing
        }
        return states.dropFirst().first { !$0.isEmpty && $0 != servers } ?? servers
    }

    /// A server counts only when it runs the present revision; a proxy always.
    private func report(on app: XtraApp) -> JSONValue {
        let revision = snapshot.sets["\(snapshot.name)-\(app.component)"]?.at("status", "updateRevision")?.string
        var (ready, message) = (0, "")
        for pod in pods(of: app.component) {
            message += waitingTexts(pod)
            let isCurrent = app.component != "pxc" || pod.label(StatefulSetRules.revisionLabel) == revision
            if pod.conditionStatus("ContainersReady") == "True", isCurrent { ready += 1 }
            if let why = unschedulable(pod) { message = why }
        }
        var state = Percona.State.initializing
        if isPaused {
            state = ready > 0 ? Percona.State.stopping : Percona.State.paused
        } else if app.size == ready {
            state = Percona.State.ready
        }
        var report: JSONValue = [
            "status": .string(state),
            "labelSelectorPath": .string(
                Xtra.labels(snapshot.name, component: app.component).sorted { $0.key < $1.key }
                    .map { "\($0.key)=\($0.value)" }.joined(separator: ",")
            ),
        ]
        // Numbers that are 0 are left out.
        if app.size > 0 { report["size"] = JSONValue(app.size) }
        if min(ready, app.size) > 0 { report["ready"] = JSONValue(min(ready, app.size)) }
        if !message.isEmpty { report["message"] = .string(message) }
        return report
    }

    private func host(of app: XtraApp) -> String {
        let service = "\(snapshot.name)-\(app.component)"
        let expose = app.json[app.component == "haproxy" ? "exposePrimary" : "expose"]
        guard expose?["type"]?.string == "LoadBalancer" else { return "\(service).\(snapshot.namespace)" }
        return PerconaExposure.address(of: snapshot.services[service]) ?? ""
    }

    /// A log of the last states, newest last, each True for ever; the oldest fall out.
    private mutating func addCondition(_ type: String, reason: String = "", message: String = "") {
        var conditions = status["conditions"]?.array ?? []
        guard conditions.last?["type"]?.string != type else { return }
        var condition: JSONValue = [
            "type": .string(type), "status": "True", "lastTransitionTime": .string(now.description),
        ]
        if !reason.isEmpty { condition["reason"] = .string(reason) }
        if !message.isEmpty { condition["message"] = .string(message) }
        conditions.append(condition)
        status["conditions"] = .array(conditions.suffix(20))
    }

    /// The one condition that is not a state: whether TLS is on.
    ///
    /// A running cluster is stopped to change it.
    mutating func followTLS() {
        let wanted = Xtra.hasTLS(spec) ? "enabled" : "disabled"
        var conditions = status["conditions"]?.array ?? []
        let time = JSONValue.string(now.description)
        guard let index = conditions.firstIndex(where: { $0["type"]?.string == "tls" }) else {
            conditions.append(["type": "tls", "status": .string(wanted), "lastTransitionTime": time])
            status["conditions"] = .array(conditions.suffix(20))
            return
        }
        guard conditions[index]["status"]?.string != wanted else { return }
        guard isPaused else { return act(.patch(reference, ["spec": ["pause": true]])) }
        guard pods(of: "pxc").isEmpty else { return }
        conditions[index] = JSONMergePatch.apply(
            ["status": .string(wanted), "lastTransitionTime": time],
            to: conditions[index]
        )
        status["conditions"] = .array(conditions)
        act(.patch(reference, ["spec": ["pause": false, "unsafeFlags": ["tls": .bool(wanted == "disabled")]]]))
    }
}
