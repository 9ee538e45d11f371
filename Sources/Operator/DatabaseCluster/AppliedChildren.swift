import JSON
import KubernetesAPI

/// What to do about one desired child.
enum ChildAction: Equatable {
    case create
    /// The intent is a new one: these fields change.
    case edit([FieldDifference])
    /// The intent is the one applied before, and somebody changed these fields since.
    case putBack([FieldDifference])
    case none
}

/// Names a child of any kind.
struct ChildIdentity: Hashable {
    let resource: ResourceType
    let key: ObjectKey
}

/// Remembers what was applied to each child and how the server answered, so that an unchanged child costs no request.
///
/// An admission webhook may change what we apply. Comparing the live object with the server's own answer to our last
/// apply, and not with the intent, keeps such a change from looking like a manual edit for ever. The memory is lost with
/// the process; the annotation ``annotation`` on the child then tells an intent of before from a new one.
struct AppliedChildren {
    /// Carries the hash of the intent that was applied last.
    static let annotation = "dbaas.io/applied-intent"

    private struct Record {
        let intent: UInt64
        let projection: UInt64
        /// The newest version of the live object that is known to have this projection.
        var version: String
    }

    private var records: [ChildIdentity: Record] = [:]
    /// When manual edits of each child were put back lately.
    private var putBacks: [ChildIdentity: [Timestamp]] = [:]
    /// The version that each child got by our last edit, until its operator has written to it since.
    private var edits: [ChildIdentity: (version: String, at: Timestamp)] = [:]

    /// For how long a child that nobody has written to since our edit counts as not looked at.
    static let timeToBeSeen = Duration.seconds(5)

    /// The intent as it is sent: with its own hash in the annotation.
    static func marked(_ intent: JSONValue) -> JSONValue {
        var marked = intent
        var metadata = intent["metadata"] ?? [:]
        var annotations = metadata["annotations"] ?? [:]
        annotations[annotation] = .string(String(stableHash(of: intent), radix: 16))
        metadata["annotations"] = annotations
        marked["metadata"] = metadata
        return marked
    }

    /// Decides by the marked intent and the live object, which is read only when its version is a new one.
    mutating func action(for identity: ChildIdentity, intent: JSONValue, live: LiveChild?) -> ChildAction {
        guard let live else { return .create }
        let hash = stableHash(of: intent)
        let record = records[identity]
        if let record, record.intent == hash, record.version == live.version { return .none }
        let content = live.content()
        if let record, record.intent == hash {
            let projection = stableHash(of: FieldDifference.projection(of: content, onto: intent))
            guard projection != record.projection else {
                records[identity]?.version = live.version
                return .none
            }
        }
        let differences = FieldDifference.all(intended: intent, live: content)
        if differences.isEmpty {
            note(identity, intent: intent, answer: content)
            return .none
        }
        let isSameIntent = record.map { $0.intent == hash } ?? (Self.mark(of: intent) == Self.mark(of: content))
        return isSameIntent ? .putBack(differences) : .edit(differences)
    }

    /// To be called with the server's answer to an apply.
    mutating func note(_ identity: ChildIdentity, intent: JSONValue, answer: JSONValue) {
        records[identity] = Record(
            intent: stableHash(of: intent),
            projection: stableHash(of: FieldDifference.projection(of: answer, onto: intent)),
            version: answer.at("metadata", "resourceVersion")?.string ?? ""
        )
    }

    /// Drops what is remembered of a child that is gone.
    mutating func forget(_ identity: ChildIdentity) {
        records[identity] = nil
        putBacks[identity] = nil
        edits[identity] = nil
    }

    /// Our edit has made this version of the child.
    mutating func edited(_ identity: ChildIdentity, version: String, now: Timestamp) {
        edits[identity] = (version, now)
    }

    /// A child whose operator cannot have acted on our last edit yet: what it reports may be about the spec before.
    ///
    /// Where an operator tells no observed generation, a status that was written since is the only sign; and as not
    /// every edit leads to one, the doubt ends with time.
    ///
    /// - Parameter version: gives the version of a child as it was seen last.
    mutating func unseen(now: Timestamp, version: (ChildIdentity) -> String?) -> ChildIdentity? {
        edits = edits.filter { identity, edit in
            version(identity) == edit.version && now - edit.at < Self.timeToBeSeen
        }
        return edits.keys.min { ($0.resource.kind, $0.key) < ($1.resource.kind, $1.key) }
    }

    /// Whether a manual edit of the child may be put back now: at most ten times a minute.
    ///
    /// Two programs that both insist on a field would otherwise write as fast as the API server lets them.
    mutating func mayPutBack(_ identity: ChildIdentity, now: Timestamp) -> Bool {
        var recent = putBacks[identity, default: []].filter { now - $0 < .seconds(60) }
        let isAllowed = recent.count < 10
        if isAllowed { recent.append(now) }
        putBacks[identity] = recent
        return isAllowed
    }

    private static func mark(of object: JSONValue) -> String? {
        object.at("metadata", "annotations", annotation)?.string
    }
}

/// A child as it was seen; its content is made only when somebody asks for it.
struct LiveChild {
    /// The resource version.
    let version: String
    let content: () -> JSONValue
}
