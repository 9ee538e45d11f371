package import CRDs
package import JSON
package import KubernetesAPI

/// All that an operation is decided from.
package struct OperationContext: Sendable {
    package let cluster: DatabaseCluster
    package let request: OpsRequest
    package let observed: Observed
    /// Counts executions from 1; with 2 and more the operation was executed before and failed.
    package var attempt: Int

    package init(cluster: DatabaseCluster, request: OpsRequest, observed: Observed, attempt: Int = 1) {
        self.cluster = cluster
        self.request = request
        self.observed = observed
        self.attempt = attempt
    }

    /// The request's creation time: the same however often the operation is executed.
    package var stamp: Timestamp { request.metadata.creationTimestamp ?? observed.now }

    /// When the writes of the last attempt were carried out, to the second; nil before the first.
    ///
    /// Read from the action log, where a long story may have dropped it: then it is when the operation began.
    package var executedAt: Timestamp? {
        let executions = [Self.specExecution, Self.execution]
        return request.status.actionLog.last { executions.contains($0.action) && $0.status == "Done" }?.timestamp
            ?? request.status.startTime
    }

    /// The action of the log entry that says that a change of the spec was carried out.
    package static let specExecution = "ApplySpec"
    /// The action of the log entry that says that writes on children were carried out.
    package static let execution = "Execute"
}

/// What executing a request means.
package enum OperationAnswer: Sendable, Hashable {
    /// It is not done, and will not be: the request fails.
    case refused(Refusal)
    /// It cannot be begun yet, for a cause that passes by itself: the request waits until its precondition deadline.
    case notYet(Refusal)
    /// The effect is there already, proved: the request is skipped. The message says what is so.
    case alreadySo(message: String)
    /// The DatabaseCluster's spec is to be changed; the cluster controller does the rest.
    case specChange(SpecChange)
    /// The children are to be changed; log is a sentence for the action log.
    case intents([Intent], log: String)
    /// It must know these first.
    case need([Need])
}

/// A change of a DatabaseCluster's spec.
package struct SpecChange: Sendable, Hashable {
    /// An RFC 7386 merge patch of `spec`; an empty object when the spec says it already.
    package let patch: JSONValue
    /// The touched fields as they stood; those that were not set are named in its list `unset`.
    package let previous: JSONValue
    /// A sentence for the action log, like `clusterSize 3 → 5`.
    package let log: String
    /// Writes on children that the cluster controller's apply would not make.
    ///
    /// They come before the spec is written: one that the API server refuses leaves the cluster as it was.
    package let intents: [Intent]

    package init(patch: JSONValue, previous: JSONValue, log: String, intents: [Intent] = []) {
        self.patch = patch
        self.previous = previous
        self.log = log
        self.intents = intents
    }

    /// A field of the spec with its value before and after; nil means not set.
    package typealias Field = (name: String, before: JSONValue?, after: JSONValue?)

    /// From each field's value before and after, nil meaning not set; fields that do not change are left out.
    package init(
        _ fields: [Field],
        log: String,
        intents: [Intent] = []
    ) {
        var patch = JSONObject()
        var previous = JSONObject()
        var unset: [String] = []
        for field in fields where field.before != field.after {
            patch[field.name] = field.after ?? .null
            if let before = field.before { previous[field.name] = before } else { unset.append(field.name) }
        }
        if !unset.isEmpty { previous["unset"] = JSONValue(unset) }
        self.init(patch: .object(patch), previous: .object(previous), log: log, intents: intents)
    }

    /// The merge patch of `spec` that restores what ``previous`` tells.
    package static func restoring(_ previous: JSONValue) -> JSONValue {
        var patch = previous.object ?? JSONObject()
        patch["unset"] = nil
        for name in previous["unset"]?.array ?? [] {
            if let name = name.string { patch[name] = .null }
        }
        return .object(patch)
    }
}

/// How far an executed operation is, by evidence read after the child operator has seen the change.
package enum OperationReport: Sendable, Hashable {
    /// Percent done, 0…99, and a sentence on what is still missing.
    case running(percent: Int, waitingFor: String)
    /// The next writes of an operation that has several steps, each after the effect of the one before was seen.
    ///
    /// Once carried out they must show in the snapshot, so that the same step is not answered again.
    case further([Intent], log: String)
    /// What was seen that proves the effect; message is a summary for people, possibly empty.
    case succeeded(evidence: [String], message: String = "")
    /// It cannot succeed any more.
    case failed(Refusal)
    /// This attempt failed, and another one is safe.
    case retryable(Refusal)
    /// It must know these before it can tell.
    case need([Need])
}
