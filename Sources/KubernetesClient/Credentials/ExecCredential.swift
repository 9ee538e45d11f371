internal import HTTP
internal import JSON
internal import KubernetesAPI
internal import Synchronization

/// What a credential plugin has given.
struct ExecCredential: Sendable, Equatable {
    let authorization: Authorization
    /// Nil = good until the server refuses it.
    let expires: Timestamp?

    /// From an ExecCredential's `status`; nil when it holds nothing to send.
    init?(_ status: JSONValue) {
        var authorization = Authorization()
        if let token = status["token"]?.string, !token.isEmpty { authorization.field = "Bearer " + token }
        if let certificate = status["clientCertificateData"]?.string, let key = status["clientKeyData"]?.string {
            authorization.identity = TLSIdentity(certificate: .pem(Array(certificate.utf8)), key: .pem(Array(key.utf8)))
        }
        guard authorization != Authorization() else { return nil }
        self.authorization = authorization
        expires = status["expirationTimestamp"]?.string.flatMap { Timestamp($0) }
    }

    /// How long before its end a credential is no longer used, so that none expires on its way.
    static let margin = Duration.seconds(10)

    func isUsable(at now: Timestamp) -> Bool {
        guard let expires else { return true }
        return now < expires - Self.margin
    }
}

/// Runs a plugin when its last answer has expired: once, however many requests wait for it.
final class ExecCredentialCache: Sendable {
    typealias Answer = Result<Authorization, CredentialError>

    private struct State {
        var credential: ExecCredential?
        var isRunning = false
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Answer, Never>] = [:]

        mutating func newWaiter() -> UInt64 {
            nextWaiter += 1
            return nextWaiter
        }
    }

    private enum Step {
        case answer(Answer)
        case wait
        case run
    }

    private let plugin: ExecPlugin
    private let state = Mutex(State())

    init(_ plugin: ExecPlugin) { self.plugin = plugin }

    /// The credential that is good now; cancelling a waiting task leaves the plugin running for the others.
    func current() async throws(CredentialError) -> Authorization {
        let id = state.withLock { $0.newWaiter() }
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in wait(id, waiter) }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: .failure(.cancelled))
        }.get()
    }

    private func wait(_ id: UInt64, _ waiter: CheckedContinuation<Answer, Never>) {
        let step = state.withLock { state -> Step in
            if let credential = state.credential, credential.isUsable(at: .now) {
                return .answer(.success(credential.authorization))
            }
            if Task.isCancelled { return .answer(.failure(.cancelled)) }
            state.waiters[id] = waiter
            if state.isRunning { return .wait }
            state.isRunning = true
            return .run
        }
        switch step {
        case .answer(let answer): waiter.resume(returning: answer)
        case .wait: break
        case .run:
            // The program may take seconds, and a task's thread must not wait for it.
            let isStarted = BlockingThread.start { [self] in finish(plugin.run()) }
            if !isStarted {
                finish(.failure(CredentialError(message: "No thread can be started for a credential plugin.")))
            }
        }
    }

    private func finish(_ result: Result<ExecCredential, CredentialError>) {
        let waiters = state.withLock { state in
            state.isRunning = false
            state.credential = try? result.get()
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume(returning: result.map(\.authorization)) }
    }

    /// Forgets a credential that the server has refused, unless another one has come in its place.
    func forget(_ refused: Authorization) {
        state.withLock { state in
            if state.credential?.authorization == refused { state.credential = nil }
        }
    }
}
