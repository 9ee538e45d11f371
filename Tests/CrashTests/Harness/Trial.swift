import Foundation
import JSON
import TestPrograms

/// One operation on a cluster of its own in a namespace of its own, with something befalling the operator or not.
final class Trial: Sendable {
    /// What came of it.
    struct Result: Sendable {
        let outcome: Outcome
        /// The operator's calls since the operation was asked for.
        let calls: [Call]
        /// Whether what was to befall the operator has.
        let isReached: Bool
    }

    let laboratory: Laboratory
    let scenario: Scenario
    private let point: Point?
    let namespace: String

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
    private var client: String { "\(namespace)-a" }
    var here: String { "\(Self.ours)/namespaces/\(namespace)" }
    var request: String { "\(here)/opsrequests/op" }
    var cluster: String { "\(here)/databaseclusters/db" }

    /// Where the trial's objects of a kind are, which is given as group, version and plural.
    func collection(_ kind: String) -> String {
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
        let spec = try await laboratory.get(cluster)?["spec"]
        let counter = try await arm(["action": "none", "client": .string(client)])
        let fault = if let point { try await arm(point.wish(for: client, in: namespace)) } else { counter }
        try await trigger()
        // Whatever befalls the operator meanwhile, the person does not wait for it.
        async let deed: Void = interfere()
        var heir: ChildProcess?
        let isReached = try await waitForPoint(fault, counter)
        if isReached, point?.kind.isKill == true {
            first.signal(SIGKILL)
            heir = try start("a")
        } else if isReached, isElected {
            try await depose(first)
        }
        do {
            try await deed
            var outcome = try await end(from: spec)
            let calls = try await quiet(counter)
            let after = try await laboratory.counts(in: namespace)
            for (name, count) in after where !scenario.uncounted.contains(name) {
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
        // What is done about the storage is no part of any trial.
        try await eventually("the storage to be looked at", within: Settings.patience) {
            try await laboratory.get("\(here)/backupstorages/s3")?.at("status", "conditions")
        }
        if case .creation = scenario.trigger {
            _ = try await quiet(try await arm(["action": "none", "client": .string(client)]))
            return
        }
        try await laboratory.post("\(here)/databaseclusters", scenario.cluster)
        try await waitForCluster("Ready")
        for (index, spec) in scenario.preparation.enumerated() {
            let name = "before-\(index)"
            try await laboratory.post("\(here)/opsrequests", Scenario.request(name, spec))
            let phase = try await waitForRequest("\(here)/opsrequests/\(name)")["phase"]
            guard phase == "Succeeded" else { throw Failure("its preparation ended \(phase ?? .null)") }
        }
        if let trouble = scenario.trouble { try await laboratory.merge(child, Self.fail(trouble)) }
        // What follows the end of a preparation is not yet the operation's.
        _ = try await quiet(try await arm(["action": "none", "client": .string(client)]))
        try await waitForNextSecond()
    }

    /// Times of the API are whole seconds, and pods are made and ready within one here: what was made in the second in
    /// which the operation begins would pass for its work.
    private func waitForNextSecond() async throws {
        let second = Int(Date.now.timeIntervalSince1970)
        try await eventually("the next second", within: Settings.patience) {
            Int(Date.now.timeIntervalSince1970) > second ? true : nil
        }
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
        case .edit(let fields): try await laboratory.merge(cluster, ["spec": fields])
        }
    }
}

// MARK: - In the middle

extension Trial {
    private var child: String { "\(collection(scenario.subject.children[0]))/db" }

    /// Asks the stand-in for a failure, or with nil for none any more.
    private static func fail(_ trouble: String?) -> JSONValue {
        ["metadata": ["annotations": ["sandbox.dbaas.io/fail": trouble.map(JSONValue.string) ?? .null]]]
    }

    /// Does what a person does in the middle of the operation, once it is there.
    private func interfere() async throws {
        guard let midway = scenario.midway else { return }
        try await eventually("the operation to be where \(midway.deed) is tried", within: Settings.patience) {
            try await isAt(midway.state) ? true : nil
        }
        switch midway.deed {
        case .cancel: try await laboratory.merge(request, ["spec": ["cancel": true]])
        case .deletionOfRequest: try await laboratory.delete(request)
        case .deletionOfCluster: try await laboratory.delete(cluster)
        case .cure: try await laboratory.merge(child, Self.fail(nil))
        }
    }

    private func isAt(_ state: Midway.State) async throws -> Bool {
        switch state {
        case .withoutNode:
            guard let object = try await laboratory.get(request), RequestRecord(object).hasWrittenSpec else {
                return false
            }
            return try await laboratory.get(collection("v1/pods"))?["items"]?.array?.contains { pod in
                pod.at("status", "conditions")?.array?.contains { $0["reason"] == "Unschedulable" } == true
            } == true
        case .failedBackup:
            let backup = try await laboratory.get("\(collection("postgresql.cnpg.io/v1/backups"))/op")
            return backup?.at("status", "phase") == "failed"
        }
    }
}

// MARK: - At the point

extension Trial {
    /// Waits until the call is reached, or the operation has ended without it and the operator is at rest.
    private func waitForPoint(_ fault: String, _ counter: String) async throws -> Bool {
        guard point != nil else { return false }
        var looks = 0
        var rest = Rest()
        return try await eventually("its call or its end", within: Settings.patience) {
            if try await laboratory.get(fault)?["reached"] == true { return true }
            looks += 1
            guard looks.isMultiple(of: 5), try await hasEnded() else { return nil }
            // What follows the end, such as its events, are calls too.
            guard rest.lasts(2, after: try await laboratory.get(counter)?["seen"]?.integer ?? 0) else { return nil }
            return try await laboratory.get(fault)?["reached"] == true
        }
    }

    private var lease: String { "/apis/coordination.k8s.io/v1/namespaces/\(namespace)/leases/operator" }

    private func waitForLeader(_ program: ChildProcess) async throws {
        try await eventually("it to lead", within: Settings.patience) {
            try await laboratory.get(lease)?.at("spec", "holderIdentity")?.string.flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    /// Gives the Lease to somebody else until the leader has ended, by itself and with a failure.
    private func depose(_ leader: ChildProcess) async throws {
        try await laboratory.merge(lease, ["spec": ["holderIdentity": "thief"]])
        try await eventually("the deposed leader to end", within: Settings.patience) { leader.isRunning ? nil : true }
        guard leader.status == 1 else { throw Failure("the deposed leader exited \(leader.status ?? -1)") }
        try await laboratory.merge(lease, ["spec": ["holderIdentity": ""]])
    }

    /// Waits until the operator has sent nothing for a while; its calls so far.
    private func quiet(_ counter: String) async throws -> [Call] {
        var rest = Rest()
        return try await eventually("the operator to be at rest", within: Settings.patience) {
            let report = try await laboratory.get(counter) ?? [:]
            guard rest.lasts(8, after: report["seen"]?.integer ?? 0) else { return nil }
            return report["requests"]?.array?.compactMap(\.string).map { Call($0, in: namespace) } ?? []
        }
    }
}

/// Whether a count has stopped growing.
private struct Rest {
    private var last: Int64 = -1
    private var unchanged = 0

    /// Whether so many looks in a row have seen no more than the one before.
    mutating func lasts(_ looks: Int, after count: Int64) -> Bool {
        unchanged = count == last ? unchanged + 1 : 0
        last = count
        return unchanged >= looks
    }
}
