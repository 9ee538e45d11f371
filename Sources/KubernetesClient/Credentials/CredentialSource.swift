internal import KubernetesAPI
internal import Synchronization

/// The credentials of one user, as they are now.
final class CredentialSource: Sendable {
    private struct TokenFileCache {
        var stamp: LocalFile.Stamp?
        var token: String?
    }

    private let credentials: Credentials
    private let tokenFile = Mutex(TokenFileCache())
    private let plugin: ExecCredentialCache?

    init(_ credentials: Credentials) {
        self.credentials = credentials
        if case .exec(let plugin) = credentials { self.plugin = ExecCredentialCache(plugin) } else { plugin = nil }
    }

    /// What to send now.
    ///
    /// Runs a plugin when what it gave last is about to expire.
    func current() async throws(CredentialError) -> Authorization {
        switch credentials {
        case .none: return Authorization()
        case .token(let token): return Authorization(field: "Bearer " + token)
        case .tokenFile(let path): return Authorization(field: "Bearer " + (try token(in: path)))
        case .basic(let user, let password):
            return Authorization(field: "Basic " + Base64.encode("\(user):\(password)".utf8))
        case .exec:
            guard let plugin else { return Authorization() }
            return try await plugin.current()
        }
    }

    /// Forgets what the server has not accepted; false when reading it anew cannot give anything else.
    func renew(_ refused: Authorization) -> Bool {
        switch credentials {
        case .none, .token, .basic: return false
        case .tokenFile:
            tokenFile.withLock { $0 = TokenFileCache() }
            return true
        case .exec:
            plugin?.forget(refused)
            return true
        }
    }

    /// A token that has been read stays in use while its file is away, as happens for a moment in a rotation.
    private func token(in path: String) throws(CredentialError) -> String {
        let stamp = LocalFile.stamp(path)
        let cached = tokenFile.withLock { $0 }
        if let token = cached.token, stamp == nil || stamp == cached.stamp { return token }
        guard let token = LocalFile.text(path)?.trimmed, !token.isEmpty else {
            if let token = cached.token { return token }
            throw CredentialError(message: "The token file \(path) is missing, empty or not readable.")
        }
        tokenFile.withLock { $0 = TokenFileCache(stamp: stamp, token: token) }
        return token
    }
}
