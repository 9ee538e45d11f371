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
    }

    private var records: [ChildIdentity: Record] = [:]

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

    /// Decides by the marked intent and the live object; nil means that there is none.
    func action(for identity: ChildIdentity, intent: JSONValue, live: JSONValue?) -> ChildAction {
        guard let live else { return .create }
        let differences = FieldDifference.all(intended: intent, live: live)
        guard let record = records[identity] else {
            guard !differences.isEmpty else { return .none }
            return Self.mark(of: intent) == Self.mark(of: live) ? .putBack(differences) : .edit(differences)
        }
        guard record.intent == stableHash(of: intent) else { return .edit(differences) }
        let projection = FieldDifference.projection(of: live, onto: intent)
        return record.projection == stableHash(of: projection) ? .none : .putBack(differences)
    }

    /// To be called with the server's answer to an apply, or with the live object when no apply was needed.
    mutating func note(_ identity: ChildIdentity, intent: JSONValue, answer: JSONValue) {
        records[identity] = Record(
            intent: stableHash(of: intent),
            projection: stableHash(of: FieldDifference.projection(of: answer, onto: intent))
        )
    }

    /// Drops what is remembered of a child that is gone.
    mutating func forget(_ identity: ChildIdentity) { records[identity] = nil }

    private static func mark(of object: JSONValue) -> String? {
        object.at("metadata", "annotations", annotation)?.string
    }
}
