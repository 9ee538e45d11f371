import JSON
import KubernetesAPI

/// How a request is carried out, and how it ends.
extension DatabasePass {
    /// What came of one step.
    enum Progress: Equatable {
        case done
        case waiting
        case failed(String)
    }

    /// What a request is worked on with.
    struct Work {
        let wish: OperationWish
        /// The database as it is to be.
        let target: DatabaseSnapshot
        let failures: Set<String>
        /// How long one step may take, in microseconds.
        let patience: Int64
    }

    mutating func work(on request: inout OperationRequest) {
        pause(for: request)
        let words = RequestedFailure.words(on: request.object).union(snapshot.failures)
        guard !words.contains("stall") else { return }
        let wish = OperationWish(engine: engine, request: request, database: snapshot.database)
        let work = Work(
            wish: wish,
            target: target(of: wish),
            failures: words,
            patience: GoDuration.microseconds(request.spec["timeout"]?.string ?? "") ?? Self.patience
        )
        switch run(&request, work) {
        case .waiting: break
        case .done: finish(&request)
        case .failed(let why): fail(&request, why)
        }
    }

    /// How long a step may take where the request does not say.
    private static let patience: Int64 = 600_000_000

    private func target(of wish: OperationWish) -> DatabaseSnapshot {
        let wanted = snapshot.database.with("spec", wish.spec)
        let name = wish.spec["version"]?.string ?? ""
        let version = snapshot.other(engine.catalogue, name) ?? snapshot.version
        let spec = DatabaseDefaults(engine: engine, version: version ?? [:]).applied(to: wanted)["spec"] ?? [:]
        return snapshot.with(spec: spec, version: version)
    }

    private mutating func run(_ request: inout OperationRequest, _ work: Work) -> Progress {
        switch request.type {
        case "ForceFailOver": return promote(&request, work)
        case "ReconnectStandby": return reconnect(&request, work)
        default: break
        }
        let steps: [(inout DatabasePass, inout OperationRequest, Work) -> Progress] = [
            { $0.renewCredentials($1, $2) }, { $0.renewCertificates(&$1, $2) }, { $0.expand(&$1, $2) },
            { $0.handOverLead($1, $2) }, { $0.updatePetSets(&$1, $2) }, { $0.failIfAsked(&$1, $2) },
            { $0.resizeInPlace($1, $2) },
            { $0.roll(&$1, $2) }, { $0.settle(&$1, $2) }, { $0.updateDatabase(&$1, $2) },
        ]
        for step in steps {
            let progress = step(&self, &request, work)
            guard progress == .done else { return progress }
        }
        return .done
    }

    private mutating func finish(_ request: inout OperationRequest) {
        request.status["phase"] = "Successful"
        request.setCondition(
            "Successful",
            reason: "Successful",
            "Successfully completed the modification process.",
            now
        )
        tell("Normal", "Successful", "Successfully processed \(engine.operation.kind)", about: request.object)
        release()
    }

    private mutating func fail(_ request: inout OperationRequest, _ why: String) {
        request.status["phase"] = "Failed"
        request.setCondition("Failed", reason: "\(request.type)Failed", why, now)
        tell("Warning", "Failed", why, about: request.object)
        release()
    }

    /// The provisioner goes on with what the definition says, done or not.
    private mutating func release() {
        removeCondition(KubeDB.Condition.paused)
        memory.prepared = nil
        memory.timers = Timers()
        wake(at: now)
    }

    private mutating func failIfAsked(_ request: inout OperationRequest, _ work: Work) -> Progress {
        guard !work.failures.isDisjoint(with: ["operation", work.wish.failure]) else { return .done }
        guard !isWaiting(for: "failure", Delays.Base.retry) else { return .waiting }
        return .failed("\(request.type) failed, as was asked for")
    }

    /// Nil while a step may still take its time; after that it is tried again as often as the request allows.
    mutating func giveUp(_ stage: String, _ request: inout OperationRequest, _ work: Work) -> String? {
        let end = memory.timers.end(
            stage,
            of: "step",
            lasting: delays.microseconds(work.patience, for: stage),
            now: now
        )
        guard end <= now else {
            wake(at: end)
            return nil
        }
        let retries = Int(request.spec["maxRetries"]?.integer ?? 1)
        let done =
            request.condition("Retrying")?["message"]?.string?.split(separator: " ").compactMap { Int($0) }.first ?? 0
        guard done >= retries else {
            memory.timers.reset(stage, of: "step")
            request.setCondition("Retrying", reason: "Retrying", "retry \(done + 1) of \(retries)", now)
            wake(at: now)
            return nil
        }
        return "context deadline exceeded: \(stage)"
    }

    private mutating func updateDatabase(_ request: inout OperationRequest, _ work: Work) -> Progress {
        if let difference = JSONMergePatch.difference(from: spec, to: work.target.spec) {
            act(.patch(snapshot.reference, ["spec": difference]))
            request.setCondition(
                "UpdateDatabase",
                reason: "UpdateDatabase",
                "successfully updated \(engine.kind) CR",
                now
            )
        }
        return .done
    }
}

extension DatabaseSnapshot {
    /// The same database with another definition.
    func with(spec: JSONValue, version: JSONValue?) -> DatabaseSnapshot {
        var copy = DatabaseSnapshot(
            engine: engine,
            database: database.with("spec", spec),
            name: name,
            namespace: namespace,
            spec: spec,
            groups: engine.groups(of: name, spec),
            version: version,
            petSets: petSets,
            pods: pods,
            claims: claims,
            operations: operations,
            isPrepared: isPrepared
        )
        copy.others = others
        return copy
    }
}

/// Durations as Go writes them.
enum GoDuration {
    /// "1h2m3.5s" in microseconds; nil when it is none.
    static func microseconds(_ text: String) -> Int64? {
        let units: [(String, Double)] = [("ms", 1e3), ("us", 1), ("h", 3600e6), ("m", 60e6), ("s", 1e6)]
        var rest = Substring(text)
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            guard let value = Double(digits), let unit = units.first(where: { rest.hasPrefix($0.0) }) else {
                return nil
            }
            total += value * unit.1
            rest = rest.dropFirst(unit.0.count)
        }
        return Int64(total)
    }
}
