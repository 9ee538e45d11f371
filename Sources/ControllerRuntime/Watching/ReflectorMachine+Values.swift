extension ReflectorMachine {
    /// What the shell has to do next.
    package enum Action: Equatable, Sendable {
        /// Read a page of the list; answer with `pageRead` or `failed`.
        case list(ListRequest)
        /// Open a watch stream; answer with `received`, `ended` or `failed`.
        case watch(WatchRequest)
        /// Wait, then call `woke`.
        case sleep(Duration)
    }

    /// A list request; without a resource version it is a consistent read.
    package struct ListRequest: Equatable, Sendable {
        /// How many objects a page may hold; nil asks for everything at once.
        package var limit: Int?
        /// The token of the page before.
        package var continueToken: String?

        /// The first page, unless a token says otherwise.
        package init(limit: Int? = 500, continueToken: String? = nil) {
            self.limit = limit
            self.continueToken = continueToken
        }
    }

    /// A watch request; bookmarks are always asked for.
    package struct WatchRequest: Equatable, Sendable {
        /// Where to go on; nil only for a consistent initial stream.
        package var resourceVersion: String?
        /// Whether the stream begins with the present objects (KEP-3157).
        package var sendsInitialEvents: Bool
        /// After how many seconds the server should end the stream.
        package var timeoutSeconds: Int

        /// A watch from a version on.
        package init(resourceVersion: String?, sendsInitialEvents: Bool, timeoutSeconds: Int) {
            self.resourceVersion = resourceVersion
            self.sendsInitialEvents = sendsInitialEvents
            self.timeoutSeconds = timeoutSeconds
        }
    }

    /// What came on the stream, as far as the rules look at it.
    package enum Event: Equatable, Sendable {
        case added(resourceVersion: String)
        case modified(resourceVersion: String)
        case deleted(resourceVersion: String)
        case bookmark(resourceVersion: String, endsInitialEvents: Bool)
        case error(Failure)

        /// The version that it moves the store to, or nil.
        var resourceVersion: String? {
            switch self {
            case .added(let version), .modified(let version), .deleted(let version), .bookmark(let version, _): version
            case .error: nil
            }
        }
    }

    /// What the shell does with the object of an event.
    package enum EventAnswer: Equatable, Sendable {
        /// Keep it for the coming replacement.
        case collect
        /// Take it out of what was collected.
        case discard
        /// Put it into the store, whose resource version becomes this one.
        case apply(resourceVersion: String)
        /// Take it out of the store, whose resource version becomes this one.
        case remove(resourceVersion: String)
        /// The store's content becomes what was collected, its resource version this one; the stream goes on.
        case replace(resourceVersion: String)
        /// The store has seen everything up to this resource version.
        case advance(resourceVersion: String)
        /// Nothing.
        case ignore
        /// Leave the stream and go on with this.
        case leave(Action)
    }

    /// What the shell does after a page of a list.
    package enum PageAnswer: Equatable, Sendable {
        /// The list is not complete.
        case next(Action)
        /// It is: replace the store by what was collected, then go on.
        case replace(resourceVersion: String, then: Action)
    }

    /// Why a request or stream failed.
    package enum Failure: Equatable, Sendable {
        /// The server answered with a Status, in the body or as an ERROR event.
        case status(code: Int, reason: String, message: String)
        /// There was no answer.
        case transport(String)
    }

    /// How the reflector stands.
    package enum Health: Equatable, Sendable {
        /// The first sync is still under way.
        case starting
        /// The store shows the cluster.
        case synced
        /// The server has no such kind: it is not installed.
        case notInstalled(String)
        /// The server does not allow reading the kind.
        case forbidden(String)
        /// The last try failed; it is tried again.
        case failing(String)
    }
}

extension ReflectorMachine.Failure {
    /// The history up to our resource version is gone, or the server has not reached it.
    var asksForRelist: Bool {
        guard case .status(let code, let reason, let message) = self else { return false }
        if code == 410 || reason == "Expired" || reason == "Gone" { return true }
        return message.contains("Too large resource version")
    }

    var code: Int? {
        if case .status(let code, _, _) = self { code } else { nil }
    }

    /// A plain list might succeed where the streaming one did not.
    ///
    /// That is so unless the server is out of reach or busy, or has no such kind: then a list would only fail again.
    var mayBeAboutStreaming: Bool {
        guard let code else { return false }
        return (400..<500).contains(code) && code != 401 && code != 404 && code != 410 && code != 429
    }

    /// A sentence part for people.
    var text: String {
        switch self {
        case .transport(let text): text
        case .status(let code, let reason, let message):
            message.isEmpty ? "the server answered \(code) \(reason)" : "\(message) (\(code))"
        }
    }
}
