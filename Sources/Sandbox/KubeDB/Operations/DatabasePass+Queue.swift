import JSON
import KubernetesAPI

/// Which request is worked on: one at a time, the oldest first, later ones of a type in the place of earlier ones.
extension DatabasePass {
    /// How long the ops-manager takes before it begins, so that requests filed together are seen together.
    private static let settling: Int64 = 500_000

    mutating func operate() {
        // Without a licensed ops-manager nobody ever looks at a request.
        guard !snapshot.operations.isEmpty, !snapshot.failures.contains("ops-manager") else { return }
        var requests = snapshot.operations.filter { !$0.isBeingDeleted }.map(OperationRequest.init)
        if let index = requests.firstIndex(where: { $0.phase == "Progressing" }) {
            work(on: &requests[index])
        } else {
            approve(&requests)
            skip(&requests)
            if !merge(&requests) { beginNext(&requests) }
        }
        for index in requests.indices where requests[index].phase.isEmpty {
            requests[index].status["phase"] = "Pending"
            requests[index].status["observedGeneration"] = .integer(requests[index].generation)
        }
        for request in requests { write(request) }
    }

    private mutating func write(_ request: OperationRequest) {
        let former = request.object["status"] ?? [:]
        guard let difference = JSONMergePatch.difference(from: former, to: request.status) else { return }
        let place = snapshot.reference(engine.operation, request.name)
        let step = DatabaseDecision.Step(
            action: .patchStatus(place, difference),
            counted: request.phase == "Progressing" && former["phase"]?.string != "Progressing"
                ? OperationWish(engine: engine, request: request, database: snapshot.database).counts : []
        )
        // The end of a request comes after the database is let go, and its beginning before it is paused.
        if ["Successful", "Failed"].contains(request.phase) {
            decision.lastSteps.append(step)
        } else {
            decision.steps.append(step)
        }
    }

    /// The approval that somebody may have asked for.
    private mutating func approve(_ requests: inout [OperationRequest]) {
        for index in requests.indices {
            let words = RequestedFailure.words(on: requests[index].object)
            switch requests[index].phase {
            case "", "Pending":
                if words.contains("deny") { requests[index].status["phase"] = "Denied" }
                if words.contains("approval") { requests[index].status["phase"] = "WaitingForApproval" }
            case "WaitingForApproval":
                if words.contains("deny") {
                    requests[index].status["phase"] = "Denied"
                } else if !words.contains("approval") {
                    requests[index].status["phase"] = "Approved"
                }
            default: break
            }
        }
    }

    /// Of the waiting requests of one type only the latest is carried out; of two of one second, the one whose name
    /// comes first.
    private mutating func skip(_ requests: inout [OperationRequest]) {
        let waiting = requests.indices.filter { requests[$0].isWaiting && requests[$0].type != "Reconfigure" }
        for (type, indices) in Dictionary(grouping: waiting, by: { requests[$0].type }) where indices.count > 1 {
            let ordered = indices.sorted { left, right in
                let (first, second) = (requests[left].object, requests[right].object)
                return first.createdAt == second.createdAt
                    ? first.objectName > second.objectName : first.createdAt < second.createdAt
            }
            guard let last = ordered.last else { continue }
            let message =
                "skipped as \(snapshot.namespace)/\(requests[last].name) is the most updated \(engine.operation.kind) of "
                + "type \(type) at \(now)"
            for index in ordered.dropLast() {
                requests[index].status["phase"] = "Skipped"
                requests[index].setCondition("Skipped", reason: "Skipped", message, now)
            }
        }
    }

    /// Begins the oldest request, when the database is in a state for it; a younger one of another type waits behind.
    private mutating func beginNext(_ requests: inout [OperationRequest]) {
        let waiting = requests.indices.filter { requests[$0].phase == "Pending" || requests[$0].phase == "Approved" }
        let oldest = waiting.first { requests[$0].type != "Reconfigure" }
        let reconfiguration = waiting.first { requests[$0].type == "Reconfigure" }
        let next = [oldest, reconfiguration].compactMap(\.self).sorted().first { canBegin(requests[$0]) }
        guard let next else { return endWait("begin") }
        guard !isWaiting(for: "begin", Self.settling) else { return }
        endWait("begin")
        let request = requests[next]
        requests[next].status["phase"] = "Progressing"
        requests[next].status["observedGeneration"] = .integer(request.generation)
        requests[next].setCondition(
            Self.opening(of: request.type),
            reason: Self.opening(of: request.type),
            beginning(of: request),
            now
        )
        tell(
            "Normal",
            "Starting",
            "Start processing for \(engine.operation.kind): \(snapshot.namespace)/\(request.name)",
            about: request.object
        )
        pause(for: requests[next])
    }

    private func canBegin(_ request: OperationRequest) -> Bool {
        guard spec["halted"]?.bool != true, conditionStatus(KubeDB.Condition.halted) != "True",
            !RequestedFailure.words(on: request.object).contains("ops-manager")
        else { return false }
        if request.name.contains(Self.merged),
            request.condition("OriginalOpsSkipped")?["status"]?.string != "True"
        {
            return false
        }
        if request.spec["apply"]?.string == "Always" { return conditionStatus(KubeDB.Condition.provisioned) == "True" }
        return phase == KubeDB.Phase.ready && snapshot.database.at("status", "phase")?.string == KubeDB.Phase.ready
    }

    /// The provisioner stands off while the ops-manager works.
    mutating func pause(for request: OperationRequest) {
        setCondition(
            KubeDB.Condition.paused,
            true,
            "DatabasePaused",
            "The \(title) is paused by \(engine.operation.kind) \(request.name)."
        )
        guard engine.pausesHealthCheck,
            OperationWish(engine: engine, request: request, database: snapshot.database).restartsPods
        else { return }
        setCondition(
            KubeDB.Condition.healthCheckPaused,
            true,
            "HealthCheckPaused",
            "Health checks of the \(title) are paused."
        )
    }

    private static func opening(of type: String) -> String { type == "VolumeExpansion" ? "Running" : type }

    private func beginning(of request: OperationRequest) -> String {
        let what =
            switch request.type {
            case "UpdateVersion": "update-version database version"
            case "HorizontalScaling": "horizontally scaling database"
            case "VerticalScaling": "vertically scaling database"
            case "VolumeExpansion": "expanding volume of database"
            case "Restart": "restarting nodes"
            case "Reconfigure": "reconfiguring database"
            case "RotateAuth": "rotating authentication of database"
            default: "processing \(request.type)"
            }
        return "\(engine.kind) ops request is \(what)"
    }
}

/// Reconfigurations that wait together become one.
extension DatabasePass {
    static let merged = "-rcfg-merged-"

    /// Whether a merger keeps everything else waiting for now.
    private mutating func merge(_ requests: inout [OperationRequest]) -> Bool {
        let waiting = requests.indices.filter { requests[$0].isWaiting && requests[$0].type == "Reconfigure" }
        guard waiting.count > 1 else { return false }
        let fresh = waiting.first {
            requests[$0].name.contains(Self.merged) && requests[$0].condition("MergedFromOps") == nil
        }
        // Those merged before come first, then the others by age.
        let others = waiting.filter { $0 != fresh }.sorted {
            let (left, right) = (requests[$0].name.contains(Self.merged), requests[$1].name.contains(Self.merged))
            return left == right ? $0 < $1 : left
        }
        guard let fresh else {
            guard let first = others.first else { return false }
            createMerged(of: others.map { requests[$0] }, like: requests[first])
            return true
        }
        let names = others.map { requests[$0].name }
        requests[fresh].setCondition("MergedFromOps", reason: "MergedFromOps", names.joined(separator: ", "), now)
        let message =
            "Configuration merged into newly created ops request \(snapshot.namespace)/\(requests[fresh].name)"
        for index in others {
            requests[index].status["phase"] = "Skipped"
            requests[index].status["observedGeneration"] = .integer(requests[index].generation)
            requests[index].setCondition("Skipped", reason: "ConfigurationMerged", message, now)
        }
        requests[fresh].setCondition(
            "OriginalOpsSkipped",
            reason: "OriginalOpsSkipped",
            "Original ops requests are skipped",
            now
        )
        return true
    }

    private mutating func createMerged(of requests: [OperationRequest], like first: OperationRequest) {
        var configuration: JSONValue = [:]
        for request in requests {
            let block = request.spec["configuration"] ?? [:]
            if engine.name == "mongodb" {
                for field in block.object ?? [:] {
                    configuration[field.name] = Self.merge(configuration[field.name] ?? [:], field.value)
                }
            } else {
                configuration = Self.merge(configuration, block)
            }
        }
        let milliseconds = now.microseconds / 1_000
        var metadata: JSONObject = [
            "name": .string("\(snapshot.name)\(Self.merged)\(milliseconds)"),
            "namespace": .string(snapshot.namespace),
        ]
        metadata["labels"] = first.object.at("metadata", "labels")
        act(
            .create(
                engine.operation,
                [
                    "apiVersion": .string(engine.operation.apiVersion), "kind": .string(engine.operation.kind),
                    "metadata": .object(metadata),
                    "spec": [
                        "type": "Reconfigure", "databaseRef": ["name": .string(snapshot.name)],
                        "configuration": configuration,
                    ],
                ]
            )
        )
    }

    /// What two blocks ask for together, the later one last.
    private static func merge(_ earlier: JSONValue, _ later: JSONValue) -> JSONValue {
        guard later["removeCustomConfig"]?.bool != true else { return later }
        var result = earlier
        for field in later.object ?? [:] where field.name != "applyConfig" { result[field.name] = field.value }
        for file in later["applyConfig"]?.object ?? [:] {
            let before = result.at("applyConfig", file.name)?.string
            result.set(
                ["applyConfig", file.name],
                before.map { .string($0 + "\n" + (file.value.string ?? "")) } ?? file.value
            )
        }
        return result
    }
}
