import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Providers
import Synchronization

/// Reads what providers ask for, live or from a short memory.
///
/// The memory keeps a cluster at rest from costing requests. What is not there is remembered for a shorter time than
/// what is, as somebody is likely to be about to create it. Of a Secret only the names of its keys are ever kept, and
/// of a certificate, which is public, a fingerprint.
final class NeedReader: Sendable {
    private struct Remembered: Sendable {
        let answer: NeedAnswer
        let readAt: ContinuousClock.Instant

        var isYoung: Bool {
            ContinuousClock.now - readAt < (answer == .absent ? NeedReader.memoryOfAbsent : NeedReader.memoryOfPresent)
        }
    }

    static let memoryOfPresent = Duration.seconds(300)
    static let memoryOfAbsent = Duration.seconds(5)
    /// Answers beyond this number push out the old ones.
    private static let limit = 4096

    private let client: KubernetesClient
    private let memory = Mutex<[Need: Remembered]>([:])

    init(client: KubernetesClient) { self.client = client }

    /// The answers to all of these.
    ///
    /// - Parameters:
    ///   - isFresh: reads again what is remembered, as before an operation is decided.
    ///   - isCurrent: whether a remembered answer is as new as what the caller has seen otherwise; nil when that is not
    ///     known, so that its age decides.
    func read(
        _ needs: [Need],
        isFresh: Bool = false,
        isCurrent: (Need, NeedAnswer) -> Bool? = { _, _ in nil }
    ) async throws -> [Need: NeedAnswer] {
        var answers: [Need: NeedAnswer] = [:]
        for need in needs {
            if !isFresh, let known = recall(need), isCurrent(need, known.answer) ?? known.isYoung {
                answers[need] = known.answer
                continue
            }
            let answer = try await ask(need)
            remember(need, answer)
            answers[need] = answer
        }
        return answers
    }

    private func ask(_ need: Need) async throws -> NeedAnswer {
        switch need {
        case .object(.secret, _), .list(.secret, _, _):
            throw TerminalError(
                "a provider asked for the contents of a Secret, which are never read: this is its defect"
            )
        case .object(let resource, let key):
            guard let bytes = try await client.get(resource, key) else { return .absent }
            return .object(try JSONValue(parsing: bytes))
        case .secretKeys(let key):
            guard let bytes = try await client.get(.secret, key) else { return .absent }
            return .keys(try Self.keys(ofSecret: bytes))
        case .certificate(let key):
            guard let bytes = try await client.get(.secret, key) else { return .absent }
            return try Self.fingerprint(ofSecret: bytes).map(NeedAnswer.fingerprint) ?? .absent
        case .list(let resource, let namespace, let selector):
            return try await list(resource, namespace: namespace, selector: selector)
        }
    }

    private func list(_ resource: ResourceType, namespace: String, selector: String) async throws -> NeedAnswer {
        var objects: [JSONValue] = []
        do throws(APIError) {
            _ = try await client.listAll(
                resource,
                namespace: namespace.isEmpty ? nil : namespace,
                ListOptions(labelSelector: selector.isEmpty ? nil : selector)
            ) { (page) throws(APIError) in
                if page.isFirst { objects = [] }
                objects += (try? JSONValue(parsing: page.bytes))?["items"]?.array ?? []
            }
        } catch {
            guard error.isNotFound else { throw error }
            return .absent
        }
        return .objects(objects)
    }

    /// The names of a Secret's keys; the values are skipped in the tape and never become Swift values.
    private static func keys(ofSecret bytes: [UInt8]) throws(JSONError) -> [String] {
        try JSONDocument.decode(bytes) { (root) throws(JSONError) in
            var keys: [String] = []
            root["data"]?.forEachField { key, _ in keys.append(key.string) }
            return keys.sorted()
        }
    }

    /// Of the certificate alone, nil where there is none; its key is skipped in the tape.
    private static func fingerprint(ofSecret bytes: [UInt8]) throws(JSONError) -> String? {
        try JSONDocument.decode(bytes) { (root) throws(JSONError) in
            guard let text = root["data"]?["tls.crt"]?.string, !text.isEmpty else { return nil }
            return String(stableHash(of: .string(text)), radix: 36)
        }
    }

    private func recall(_ need: Need) -> Remembered? { memory.withLock { $0[need] } }

    private func remember(_ need: Need, _ answer: NeedAnswer) {
        memory.withLock { memory in
            if memory.count >= Self.limit {
                let now = ContinuousClock.now
                memory = memory.filter { now - $0.value.readAt < Self.memoryOfAbsent }
                if memory.count >= Self.limit { memory = [:] }
            }
            memory[need] = Remembered(answer: answer, readAt: .now)
        }
    }
}
