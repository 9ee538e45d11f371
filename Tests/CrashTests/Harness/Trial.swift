import Foundation
import JSON
import TestPrograms

/// One operation on a cluster of its own in a namespace of its own, with something befalling the operator or not.
final class Trial: Sendable {
    /// What came of it.
    struct Result: Sendable {
        let outcome: Outcome
        /// The operator's calls since the operation was asked for, each as method and path.
        let calls: [String]
        /// Whether what was to befall the operator has.
        let isReached: Bool
    }

    private let laboratory: Laboratory
    private let scenario: Scenario
    private let point: Point?
    private let namespace: String

    private static let ours = "/apis/dbaas.io/v1alpha1"
    private static let alone = ["--leader-elect=false"]
    private static let quick = [
        "--lease-duration", "10s", "--lease-renew-deadline", "8s", "--lease-retry-period", "200ms",
    ]

    init(_ laboratory: Laboratory, _ scenario: Scenario, _ point: Point?, namespace: String) {
        self.laboratory = laboratory
        self.scenario = scenario
        self.point = point
        self.namespace = namespace
    }

    private var isElected: Bool { point?.kind.isDeposition == true }
    private var here: String { "\(Self.ours)/namespaces/\(namespace)" }
    private var request: String { "\(here)/opsrequests/op" }
    private var cluster: String { "\(here)/databaseclusters/db" }

    /// Where the trial's objects of a kind are, which is given as group, version and plural.
    private func collection(_ kind: String) -> String {
        let parts = kind.split(separator: "/")
        let root = parts.count == 3 ? "/apis" : "/api"
        return "\(root)/\(parts.dropLast().joined(separator: "/"))/namespaces/\(namespace)/\(parts.last ?? "")"
    }

    func run() async throws -> Result {
        try await laboratory.post(
            "/api/v1/namespaces",
            ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]]
        )
        let first = try start("a")
        if isElected { try await waitForLeader(first) }
        let second = isElected ? try start("b") : nil
        do {
            let result = try await carryOut(first, second)
            first.signal(SIGKILL)
            second?.signal(SIGKILL)
            return result
        } catch let failure as Failure {
            throw Failure("\(failure); the operator's log:\n\(first.lastWords)\n\(second?.lastWords ?? "")")
        }
    }

    private func carryOut(_ first: ChildProcess, _ second: ChildProcess?) async throws -> Result {
        try await prepare()
        let before = try await laboratory.counts(in: namespace)
        let counter = try await arm(
            point?.wish(for: "\(namespace)-a") ?? ["action": "none", "client": .string("\(namespace)-a")]
        )
        try await trigger()
        var heir: ChildProcess?
        let isReached = try await waitForPoint(counter)
        if isReached, point?.kind.isKill == true {
            first.signal(SIGKILL)
            heir = try start("a")
        } else if isReached, isElected {
            try await depose(first)
        }
        do {
            var outcome = try await end()
            let calls = try await quiet(counter)
            let after = try await laboratory.counts(in: namespace)
            for (name, count) in after {
                let difference = count - (before[name] ?? 0)
                if difference != 0 { outcome.counts[name] = difference }
            }
            heir?.signal(SIGKILL)
            return Result(outcome: outcome, calls: calls, isReached: isReached)
        } catch let failure as Failure {
            throw Failure("\(failure)\(heir.map { "; after its restart:\n\($0.lastWords)" } ?? "")")
        }
    }

    private func start(_ name: String) throws -> ChildProcess {
        let arguments =
            isElected ? Self.quick + ["--lease-name", "operator", "--lease-namespace", namespace] : Self.alone
        return try laboratory.startOperator(namespace, client: "\(namespace)-\(name)", arguments)
    }
}

// MARK: - Before

extension Trial {
    /// All that has to be there before the operation is asked for.
    private func prepare() async throws {
        for (kind, object) in Scenario.storage {
            try await laboratory.post(collection(kind), object)
        }
        if case .creation = scenario.trigger { return }
        try await laboratory.post("\(here)/databaseclusters", scenario.cluster)
        try await waitForCluster("Ready")
        for (index, spec) in scenario.preparation.enumerated() {
            let name = "before-\(index)"
            try await laboratory.post("\(here)/opsrequests", Scenario.request(name, spec))
            let phase = try await waitForRequest("\(here)/opsrequests/\(name)")["phase"]
            guard phase == "Succeeded" else { throw Failure("its preparation ended \(phase ?? .null)") }
        }
        // What follows the end of a preparation is not yet the operation's.
        _ = try await quiet(try await arm(["action": "none", "client": .string("\(namespace)-a")]))
    }

    private func arm(_ wish: JSONValue) async throws -> String {
        let fault = try await laboratory.post("/sandbox/faults", wish)
        return "/sandbox/faults/\(fault["id"]?.integer ?? 0)"
    }

    private func trigger() async throws {
        switch scenario.trigger {
        case .request(let spec):
            try await laboratory.post("\(here)/opsrequests", Scenario.request("op", spec))
        case .creation: try await laboratory.post("\(here)/databaseclusters", scenario.cluster)
        case .deletion: try await laboratory.delete(cluster)
        }
    }
}

// MARK: - At the point

extension Trial {
    /// Waits until the call is reached, or the operation has ended without it.
    private func waitForPoint(_ fault: String) async throws -> Bool {
        guard point != nil else { return false }
        var looks = 0
        return try await eventually("its call or its end") {
            if try await laboratory.get(fault)?["reached"] == true { return true }
            looks += 1
            guard looks.isMultiple(of: 5), try await hasEnded() else { return nil }
            return try await laboratory.get(fault)?["reached"] == true
        }
    }

    private func hasEnded() async throws -> Bool {
        switch scenario.trigger {
        case .request: Self.isFinished(try await laboratory.get(request))
        case .creation: try await laboratory.get(cluster)?.at("status", "phase") == "Ready"
        case .deletion: try await laboratory.get(cluster) == nil
        }
    }

    private var lease: String { "/apis/coordination.k8s.io/v1/namespaces/\(namespace)/leases/operator" }

    private func waitForLeader(_ program: ChildProcess) async throws {
        _ = try await eventually("it to lead", within: .seconds(20)) {
            try await laboratory.get(lease)?.at("spec", "holderIdentity")?.string.flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    /// Gives the Lease to somebody else until the leader has ended, by itself and with a failure.
    private func depose(_ leader: ChildProcess) async throws {
        try await laboratory.merge(lease, ["spec": ["holderIdentity": "thief"]])
        _ = try await eventually("the deposed leader to end", within: .seconds(30)) { leader.isRunning ? nil : true }
        guard leader.status == 1 else { throw Failure("the deposed leader exited \(leader.status ?? -1)") }
        try await laboratory.merge(lease, ["spec": ["holderIdentity": ""]])
    }
}

// MARK: - After

extension Trial {
    private func end() async throws -> Outcome {
        var outcome = Outcome(phase: scenario.end)
        switch scenario.trigger {
        case .request:
            let status = try await waitForRequest(request)
            let record = RequestRecord(["status": status])
            if let contradiction = record.contradiction { throw Failure("\(contradiction): \(status)") }
            outcome = record.outcome
        case .creation, .deletion: break
        }
        if scenario.end == "Gone" { try await waitForNothing() } else { try await waitForCluster(scenario.end) }
        return outcome
    }

    private func waitForCluster(_ phase: String) async throws {
        var last: JSONValue = .null
        do {
            _ = try await eventually("the cluster to be \(phase)") {
                last = try await laboratory.get(cluster)?["status"] ?? .null
                return last["phase"]?.string == phase ? true : nil
            }
        } catch { throw Failure("\(error); it is \(last["phase"] ?? .null): \(last["conditions"] ?? .null)") }
    }

    private func waitForNothing() async throws {
        let places = [
            "\(here)/databaseclusters", "/api/v1/namespaces/\(namespace)/pods",
            "/api/v1/namespaces/\(namespace)/persistentvolumeclaims",
        ]
        for place in places + scenario.subject.children.map(collection) {
            _ = try await eventually("nothing to be left in \(place)") {
                try await laboratory.get(place)?["items"]?.array?.isEmpty == true ? true : nil
            }
        }
    }

    private func waitForRequest(_ path: String) async throws -> JSONValue {
        var last: JSONValue = .null
        do {
            return try await eventually("\(path) to be finished") {
                let object = try await laboratory.get(path)
                last = object?["status"] ?? .null
                return Self.isFinished(object) ? last : nil
            }
        } catch { throw Failure("\(error); it is \(last)") }
    }

    private static func isFinished(_ request: JSONValue?) -> Bool {
        ["Succeeded", "Failed", "Skipped", "Cancelled"].contains(request?.at("status", "phase")?.string)
    }

    /// Waits until the operator has sent nothing for a while; its calls so far.
    private func quiet(_ counter: String) async throws -> [String] {
        var last: Int64 = -1
        var unchanged = 0
        return try await eventually("the operator to be at rest") {
            let report = try await laboratory.get(counter) ?? [:]
            let seen = report["seen"]?.integer ?? 0
            unchanged = seen == last ? unchanged + 1 : 0
            last = seen
            return unchanged >= 8 ? report["requests"]?.array?.compactMap(\.string) ?? [] : nil
        }
    }
}
