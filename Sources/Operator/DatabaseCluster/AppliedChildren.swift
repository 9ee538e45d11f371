import JSON
import KubernetesAPI
import Providers

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
        /// The newest state of the live object that is known to have this projection.
        var state: ChildState
    }

    private var records: [ChildIdentity: Record] = [:]
    /// When manual edits of each child were put back lately.
    private var putBacks: [ChildIdentity: [Timestamp]] = [:]
    /// The version that each child got by our last edit, until its operator has written to it since.
    private var edits: [ChildIdentity: (version: String, at: Timestamp)] = [:]

    /// Of children that another rendering has made: what applying the intent of that hash would change.
    private var strange: [ChildIdentity: (intent: UInt64, state: ChildState, changes: [FieldChange])] = [:]

    /// For how long a child that nobody has written to since our edit counts as not looked at.
    static let timeToBeSeen = Duration.seconds(5)

    /// Decides by the intent and the live object, whose content is read only when its state is a new one.
    mutating func action(for identity: ChildIdentity, intent: MarkedIntent, live: LiveChild?) -> ChildAction {
        guard let live else { return .create }
        let record = records[identity].flatMap { $0.intent == intent.hash ? $0 : nil }
        if let record, record.state.covers(live.metadata) { return .none }
        let wanted = intent.content
        let content = live.content()
        if let record {
            let projection = stableHash(of: FieldDifference.projection(of: content, onto: wanted))
            guard projection != record.projection else {
                records[identity]?.state = ChildState(live.metadata)
                return .none
            }
        }
        let differences = FieldDifference.all(intended: wanted, live: content)
        if differences.isEmpty {
            note(identity, intent: intent, answer: live)
            return .none
        }
        let isSameIntent =
            records[identity].map { $0.intent == intent.hash }
            ?? (content.at("metadata", "annotations", Self.annotation)?.string == intent.mark)
        return isSameIntent ? .putBack(differences) : .edit(differences)
    }

    /// To be called with the server's answer to an apply.
    mutating func note(_ identity: ChildIdentity, intent: MarkedIntent, answer: LiveChild) {
        let projection = FieldDifference.projection(of: answer.content(), onto: intent.content)
        records[identity] = Record(
            intent: intent.hash,
            projection: stableHash(of: projection),
            state: ChildState(answer.metadata)
        )
    }

    /// Drops what is remembered of a child that is gone.
    mutating func forget(_ identity: ChildIdentity) {
        records[identity] = nil
        putBacks[identity] = nil
        edits[identity] = nil
        strange[identity] = nil
    }

    /// What was found to be different of a child that another rendering has made; nil when it must be looked at.
    func strangeChanges(of identity: ChildIdentity, _ live: ObjectMeta, to intent: UInt64) -> [FieldChange]? {
        guard let known = strange[identity], known.intent == intent, known.state.covers(live) else { return nil }
        return known.changes
    }

    /// Remembers what is different of a child that another rendering has made.
    mutating func note(strange identity: ChildIdentity, _ live: ObjectMeta, to intent: UInt64, _ changes: [FieldChange])
    {
        strange[identity] = (intent, ChildState(live), changes)
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
}
