import CRDs
import JSON
import KubernetesAPI

/// One of KubeDB's requests that an operation files, and what becomes of it.
struct KubeDBStep {
    let operation: OperationContext
    let engine: KubeDBEngine
    /// What it does, in the request's name.
    let word: String
    /// KubeDB's word for the type.
    let type: String
    /// What stands in `spec` beside the database, the type and the limits; one block, named as KubeDB names it.
    let blocks: JSONObject
    /// Whether KubeDB begins it on a database that is not well too, as it may be the cure.
    private let appliesAlways: Bool

    init(
        _ state: KubeDBOperationState,
        _ word: String,
        _ type: String,
        _ blocks: JSONObject = [:],
        isCure: Bool = false
    ) {
        operation = state.operation
        engine = state.engine
        self.word = word
        self.type = type
        self.blocks = blocks
        // KubeDB would wait for the database to become well first.
        appliesAlways = isCure && state.database?.phase != "Ready"
    }

    private var cluster: DatabaseCluster { operation.cluster }

    /// The same however often it is asked for, so that after a stop the one that was made is found again.
    ///
    /// The usual name is the operation's second, which it may share with another of its kind: the one that comes later
    /// finds it taken.
    var name: String { made?.metadata.name ?? (seen(usualName) == nil ? usualName : nameOfItsOwn) }

    /// A request cannot be changed, so each attempt has one of its own.
    private var usualName: String {
        let name = "\(cluster.metadata.name)-\(word)-\(operation.stamp.seconds)"
        return operation.attempt > 1 ? "\(name)-\(operation.attempt)" : name
    }

    private var nameOfItsOwn: String {
        let hash = stableHash(of: .string(operation.request.metadata.uid)) % 60_466_176
        return "\(usualName)-\(String(hash, radix: 36))"
    }

    /// What this operation has made, by the label that says so: a name alone proves nothing.
    private var made: KubeDBRequest? {
        [usualName, nameOfItsOwn].lazy.compactMap(seen).first { $0.operation == operation.request.metadata.uid }
    }

    private func seen(_ name: String) -> KubeDBRequest? {
        operation.observed.child(engine.operation, named: name)?.body as? KubeDBRequest
    }

    /// Makes it.
    var intent: Intent {
        var labels = ChildLabels.of(cluster: cluster.metadata.name)
        labels[ChildLabels.operation] = operation.request.metadata.uid
        var spec: JSONObject = [
            "databaseRef": ["name": .string(cluster.metadata.name)], "type": .string(type), "timeout": "10m",
            "apply": appliesAlways ? "Always" : "IfReady",
        ]
        for block in blocks { spec[block.name] = block.value }
        return .create(
            DesiredObject(
                engine.operation,
                ObjectKey(namespace: cluster.metadata.namespace, name: name),
                labels: labels,
                owner: cluster,
                spec: .object(spec)
            )
        )
    }

    /// For the action log.
    var log: String { "created \(engine.operation.kind) \(name) (\(type))" }

    /// What has become of it.
    enum Fate {
        /// It is not there: not made yet, or deleted.
        case absent
        /// KubeDB is not done with it; the sentence says what it does.
        case under(way: String, isBegun: Bool)
        case done(KubeDBRequest)
        /// It did not come to what it was for.
        case ended(OperationReport)
    }

    var fate: Fate {
        made.map { fate(of: $0) } ?? .absent
    }

    /// Whether it was made.
    var isThere: Bool { made != nil }

    /// - Parameter hops: how many successors may still be followed.
    private func fate(of request: KubeDBRequest, hops: Int = 5) -> Fate {
        let text = "\(engine.operation.kind) \(request.metadata.name)"
        switch request.phase {
        case .unseen:
            return .under(
                way: "\(text) to be looked at; KubeDB's ops-manager, which needs a licence, does that",
                isBegun: false
            )
        case .pending, .approved:
            return .under(way: "\(text), which is \(request.phase.rawValue)\(words(of: request))", isBegun: false)
        case .waitingForApproval: return .under(way: "\(text) to be approved by somebody", isBegun: false)
        case .progressing:
            return .under(way: "\(text), which is Progressing\(words(of: request))", isBegun: true)
        case .successful: return .done(request)
        case .failed:
            return .ended(.retryable(Refusal("NativeRequestFailed", "\(text) failed: \(request.failureText)")))
        case .denied:
            return .ended(.failed(Refusal("Denied", "\(text) was denied by whoever approves KubeDB's requests")))
        case .skipped: return fate(ofSkipped: request, text, hops: hops)
        }
    }

    private func words(of request: KubeDBRequest) -> String { request.lastWords.map { " (\($0))" } ?? "" }

    /// One that was never begun, since a newer one of its type took its place; KubeDB's message names that.
    private func fate(ofSkipped request: KubeDBRequest, _ text: String, hops: Int) -> Fate {
        let words = request.failureText
        let successor = operation.observed.kubedbRequests(engine).last { other in
            other.metadata.name != request.metadata.name && other.type == request.type
                && words.names(other.metadata.name)
        }
        guard let successor, hops > 0 else {
            return .ended(.retryable(Refusal("NativeRequestSkipped", "\(text) was skipped: \(words)")))
        }
        guard successor.operation == nil || successor.operation == request.operation else {
            return .ended(
                .failed(
                    Refusal(
                        "Superseded",
                        "\(text) was skipped for \(successor.metadata.name), which another OpsRequest filed: \(words)"
                    )
                )
            )
        }
        return fate(of: successor, hops: hops - 1)
    }
}

extension String {
    /// Whether that name stands in the text, not as a part of a longer one.
    fileprivate func names(_ name: String) -> Bool {
        split { !($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") }.contains { word in
            word == name || word.hasSuffix(".") && word.dropLast() == name
        }
    }
}
