import JSON
import KubernetesAPI

/// What the mutating webhook of KubeDB writes into a database, on every write.
struct DatabaseDefaults {
    let engine: DatabaseEngine
    /// The catalogue's object for the version.
    let version: JSONValue

    func applied(to database: JSONValue) -> JSONValue {
        var spec = database["spec"] ?? [:]
        // The object passes through Go's types, which leave out what is false.
        if spec["halted"]?.bool == false { spec["halted"] = nil }
        spec.fill(["storageType"], "Durable")
        spec.fill(["deletionPolicy"], "Delete")
        if spec["halted"]?.bool == true, spec["deletionPolicy"]?.string != "DoNotTerminate" {
            spec["deletionPolicy"] = "Halt"
        }
        fillAuthentication(&spec)
        fillOwn(&spec, of: database)
        if spec["shardTopology"] == nil { moveConfiguration(&spec, at: []) }
        let groups = engine.groups(of: database.objectName, spec)
        for path in Set(groups.map(\.templatePath)) {
            guard let group = groups.first(where: { $0.templatePath == path }) else { continue }
            moveConfiguration(&spec, at: Array(path.dropLast()))
            fillTemplate(&spec, group, account: database.objectName)
        }
        fillHealthChecker(&spec)
        fillMonitor(&spec)
        for path in Set(groups.compactMap(\.storagePath)) { canonicalize(&spec, path + ["resources"]) }
        var result = database
        result["spec"] = spec
        return result
    }

    private func fillAuthentication(_ spec: inout JSONValue) {
        guard spec["disableAuth"]?.bool != true, spec["disableSecurity"]?.bool != true else { return }
        // The name has no default and no "omitempty": it is there, empty, until the operator fills it.
        spec.fill(["authSecret", "kind"], "Secret")
        spec.fill(["authSecret", "name"], "")
    }

    private func fillHealthChecker(_ spec: inout JSONValue) {
        spec.fill(["healthChecker", "periodSeconds"], 10)
        spec.fill(["healthChecker", "timeoutSeconds"], 10)
        spec.fill(["healthChecker", "failureThreshold"], .integer(engine.failureThreshold))
    }

    private func fillMonitor(_ spec: inout JSONValue) {
        guard spec["monitor"]?["agent"]?.string?.hasPrefix("prometheus.io") == true else { return }
        spec.fill(["monitor", "prometheus", "exporter", "port"], 56790)
    }

    /// A configuration under its older name moves to its present one.
    private func moveConfiguration(_ spec: inout JSONValue, at path: [String]) {
        guard let name = spec.at(path: path + ["configSecret", "name"]) else { return }
        spec.fill(path + ["configuration", "secretName"], name)
        spec.set(path + ["configSecret"], nil)
    }

    private var user: JSONValue? { version.at("spec", "securityContext", "runAsUser") }

    private func fillTemplate(_ spec: inout JSONValue, _ group: NodeGroup, account: String) {
        guard group.key != "arbiter" || engine.name == "mongodb" else { return }
        var pod = spec.at(path: group.templatePath + ["spec"]) ?? [:]
        pod.fill(["serviceAccountName"], .string(account))
        if let user { pod.fill(["securityContext", "fsGroup"], user) }
        ensure(group.container, in: "containers", of: &pod, resources(of: group))
        if let sidecar = group.sidecar { ensure(sidecar, in: "containers", of: &pod, Self.coordinatorResources) }
        if group.container == engine.container {
            ensure(engine.initContainer, in: "initContainers", of: &pod, Self.initResources)
        }
        spec.set(group.templatePath + ["spec"], pod)
    }

    /// Adds a container that is not there, and fills what one that is there does not say.
    private func ensure(_ name: String, in list: String, of pod: inout JSONValue, _ defaults: JSONValue) {
        var containers = pod[list]?.array ?? []
        let index = containers.firstIndex { $0["name"]?.string == name } ?? containers.count
        if index == containers.count { containers.append(["name": .string(name)]) }
        var container = containers[index]
        var resources = container["resources"] ?? [:]
        Self.fillResources(&resources, defaults)
        container["resources"] = resources
        container.fill(["securityContext", "allowPrivilegeEscalation"], false)
        container.fill(["securityContext", "capabilities"], ["drop": ["ALL"]])
        container.fill(["securityContext", "runAsNonRoot"], true)
        container.fill(["securityContext", "seccompProfile"], ["type": "RuntimeDefault"])
        if let user {
            container.fill(["securityContext", "runAsUser"], user)
            container.fill(
                ["securityContext", "runAsGroup"],
                version.at("spec", "securityContext", "runAsGroup") ?? user
            )
        }
        container.fill(
            ["resizePolicy"],
            [
                ["resourceName": "cpu", "restartPolicy": "NotRequired"],
                ["resourceName": "memory", "restartPolicy": "NotRequired"],
            ]
        )
        containers[index] = container
        pod[list] = .array(containers)
    }

    private func canonicalize(_ spec: inout JSONValue, _ path: [String]) {
        guard var resources = spec.at(path: path) else { return }
        Self.canonicalize(&resources)
        spec.set(path, resources)
    }
}

/// Resources as KubeDB fills them.
extension DatabaseDefaults {
    static let coordinatorResources: JSONValue = [
        "requests": ["cpu": "200m", "memory": "256Mi"], "limits": ["memory": "256Mi"],
    ]
    static let initResources: JSONValue = [
        "requests": ["cpu": "200m", "memory": "256Mi"], "limits": ["memory": "512Mi"],
    ]

    private func resources(of group: NodeGroup) -> JSONValue {
        func make(_ cpu: String, _ memory: String) -> JSONValue {
            ["requests": ["cpu": .string(cpu), "memory": .string(memory)], "limits": ["memory": .string(memory)]]
        }
        let major = version.at("spec", "version")?.string.flatMap { Semver($0) }?.major ?? 0
        switch engine.name {
        case "mongodb" where group.key == "arbiter": return make("200m", major >= 7 ? "500Mi" : "256Mi")
        case "mongodb" where major >= 8: return make("800m", "1536Mi")
        case "mongodb" where major >= 6: return make("800m", "1Gi")
        case "elasticsearch", "kafka": return make("500m", "1536Mi")
        default:
            return group.container == engine.container ? make("500m", "1Gi") : Self.coordinatorResources
        }
    }

    /// Fills requests and limits as `SetDefaultResourceLimits` does: a limit is never below its request.
    static func fillResources(_ resources: inout JSONValue, _ defaults: JSONValue) {
        let asked = resources
        for name in defaults["limits"]?.object?.names ?? [] {
            let request = asked.at("requests", name)
            resources.fill(["limits", name], request ?? defaults.at("limits", name) ?? "0")
        }
        for name in defaults["requests"]?.object?.names ?? [] {
            resources.fill(["requests", name], asked.at("limits", name) ?? defaults.at("requests", name) ?? "0")
        }
        for name in resources["requests"]?.object?.names ?? [] {
            guard let request = resources.at("requests", name), let limit = resources.at("limits", name),
                let least = request.quantity, let most = limit.quantity, most <= least
            else { continue }
            resources.set(["limits", name], request)
        }
        canonicalize(&resources)
    }

    /// Rewrites quantities as Go writes them after reading.
    static func canonicalize(_ resources: inout JSONValue) {
        for list in ["requests", "limits"] {
            for field in resources[list]?.object ?? [:] {
                guard let quantity = field.value.quantity else { continue }
                resources.set([list, field.name], .string(quantity.description))
            }
        }
    }
}

extension JSONValue {
    /// The quantity that a string or a number is.
    var quantity: Quantity? { string.flatMap { Quantity($0) } ?? integer.map { Quantity($0) } }
}
