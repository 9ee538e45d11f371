/// What a person does in the middle of an operation, at a state of it that shows in the API.
struct Midway: Sendable {
    enum State: Sendable {
        /// The spec is written, by the request's log, and a member finds no node: there the operation stays.
        case withoutNode
        /// CloudNativePG's Backup of the request's own name has failed, and the next attempt has to wait for seconds.
        case failedBackup
    }

    enum Deed: String, Sendable {
        case cancel
        case deletionOfRequest
        case deletionOfCluster
        /// Failures that the stand-in was asked for before are not wanted any more.
        case cure
    }

    let state: State
    let deed: Deed

    init(at state: State, _ deed: Deed) {
        self.state = state
        self.deed = deed
    }
}
