import JSON
import TestPrograms

extension Trial {
    /// Whether the operation has come to its end, whatever that is.
    func hasEnded() async throws -> Bool {
        switch scenario.trigger {
        case .request:
            guard let object = try await laboratory.get(request) else { return scenario.requestEnd == .gone }
            return RequestRecord(object).isFinished
        case .creation: return try await laboratory.get(cluster)?.at("status", "phase") == "Ready"
        case .deletion: return try await laboratory.get(cluster) == nil
        case .edit(let fields): return Self.isReady(try await laboratory.get(cluster), with: fields)
        }
    }

    /// Waits for the end; throws a sentence when it contradicts itself, or the spec is not what it should be.
    ///
    /// - Parameter spec: the cluster's before the operation.
    func end(from spec: JSONValue?) async throws -> Outcome {
        var outcome = Outcome(phase: scenario.end)
        switch scenario.trigger {
        case .request where scenario.requestEnd == .gone: try await waitForNone(in: "\(here)/opsrequests")
        case .request: outcome = try await endOfRequest()
        case .edit(let fields):
            try await waitForEdit(fields)
            outcome.steps = try await requestsOfItsOwn()
        case .creation, .deletion: break
        }
        guard scenario.end != "Gone" else {
            try await waitForNothing()
            return outcome
        }
        try await waitForCluster(scenario.end)
        let now = try await laboratory.get(cluster)?["spec"]
        guard !scenario.isTakenBack || now == spec else {
            throw Failure("the spec is not as it was before, \(spec ?? .null), but \(now ?? .null)")
        }
        return outcome
    }

    private func endOfRequest() async throws -> Outcome {
        let status = try await waitForRequest(request)
        let record = RequestRecord(["status": status])
        if let contradiction = record.contradiction { throw Failure("\(contradiction): \(status)") }
        guard !scenario.isTakenBack || record.isRolledBack else { throw Failure("it was not rolled back: \(status)") }
        return record.outcome
    }

    func waitForCluster(_ phase: String) async throws {
        var last: JSONValue = .null
        do {
            try await eventually("the cluster to be \(phase)", within: Settings.patience) {
                let object = try await laboratory.get(cluster)
                last = object?["status"] ?? .null
                return last["phase"]?.string == phase && Self.isOfItsSpec(object) ? true : nil
            }
        } catch { throw Failure("\(error); it is \(last["phase"] ?? .null): \(last["conditions"] ?? .null)") }
    }

    private func waitForEdit(_ fields: JSONValue) async throws {
        var last: JSONValue = .null
        do {
            try await eventually("the cluster to be Ready with \(fields)", within: Settings.patience) {
                let object = try await laboratory.get(cluster)
                last = object?["status"] ?? .null
                return Self.isReady(object, with: fields) ? true : nil
            }
        } catch { throw Failure("\(error); it is \(last)") }
    }

    private static func isReady(_ cluster: JSONValue?, with fields: JSONValue) -> Bool {
        let status = cluster?["status"] ?? .null
        return status["phase"] == "Ready" && isOfItsSpec(cluster)
            && (fields.object ?? [:]).allSatisfy { status.at("current", $0.name) == $0.value }
    }

    /// Whether its status is not one of an earlier spec.
    private static func isOfItsSpec(_ cluster: JSONValue?) -> Bool {
        cluster?.at("status", "observedGeneration") == cluster?.at("metadata", "generation")
    }

    /// The requests that the operator has filed by itself, each as type and phase, once all are finished.
    private func requestsOfItsOwn() async throws -> [String] {
        try await eventually("the operator's own requests to be finished", within: Settings.patience) {
            let requests = try await laboratory.get("\(here)/opsrequests")?["items"]?.array ?? []
            guard requests.allSatisfy({ RequestRecord($0).isFinished }) else { return nil }
            if let contradiction = requests.compactMap({ RequestRecord($0).contradiction }).first {
                throw Failure(contradiction)
            }
            return requests.map { "\($0.at("spec", "type")?.string ?? "") \($0.at("status", "phase")?.string ?? "")" }
                .sorted()
        }
    }

    private func waitForNothing() async throws {
        let kinds = ["v1/pods", "v1/persistentvolumeclaims"] + scenario.subject.children
        try await waitForNone(in: "\(here)/databaseclusters")
        for place in kinds.map(collection) { try await waitForNone(in: place) }
    }

    private func waitForNone(in place: String) async throws {
        try await eventually("nothing to be left in \(place)", within: Settings.patience) {
            try await laboratory.get(place)?["items"]?.array?.isEmpty == true ? true : nil
        }
    }

    /// The status of a request that has come to its end.
    func waitForRequest(_ path: String) async throws -> JSONValue {
        var last: JSONValue = .null
        do {
            return try await eventually("\(path) to be finished", within: Settings.patience) {
                let object = try await laboratory.get(path) ?? [:]
                last = object["status"] ?? .null
                return RequestRecord(object).isFinished ? last : nil
            }
        } catch { throw Failure("\(error); it is \(last)") }
    }
}
