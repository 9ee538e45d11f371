import Foundation
import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

/// What the sandbox fills into workloads, against what kube-apiserver 1.36.2 answered to the same.
///
/// Recorded without the admission plugins that add to pods what no default does: ServiceAccount, Priority and
/// DefaultTolerationSeconds.
@Suite struct WorkloadDefaultsTests {
    private let server = APIServer()

    private func recorded() throws -> [JSONValue] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/workloads.json")
        let cases = try JSONValue(parsing: Array(Data(contentsOf: file))).array ?? []
        #expect(cases.count == 11)
        return cases
    }

    private func send(_ method: String, _ object: JSONValue) throws -> JSONValue {
        let plural = (object["kind"]?.string ?? "").lowercased() + "s"
        let version = object["apiVersion"]?.string ?? ""
        let root = version == "v1" ? "/api/v1" : "/apis/" + version
        let isApply = method == "PATCH"
        let path = "\(root)/namespaces/default/\(plural)\(isApply ? "/" + object.objectName : "")?fieldManager=test"
        let type = isApply ? "application/apply-patch+yaml" : "application/json"
        let response = server.handle(
            APIRequest(method: method, uri: path, headers: ["content-type": type], body: object.serialized())
        )
        guard case .bytes(let bytes) = response.body else { return .null }
        return try JSONValue(parsing: bytes)
    }

    /// An object without what no two servers have in common.
    private func comparable(_ object: JSONValue?, _ uid: String) throws -> JSONValue {
        let text = (object ?? .null).description.replacing(uid, with: "UID")
        return try JSONValue(parsing: Array(text.utf8))
    }

    @Test("Every kind is filled as a real server fills it, and its writer owns what it owns there")
    func creation() throws {
        for expected in try recorded() {
            let sent = try #require(expected["sent"])
            let made = try send("POST", sent)
            let what = Comment(rawValue: "\(sent["kind"] ?? "") \(sent.objectName)")
            let uid = made.objectUID
            #expect(try differences(comparable(made["spec"], uid), expected["spec"] ?? .null) == [], what)
            #expect(try comparable(made.at("metadata", "labels"), uid) == expected["labels"] ?? .null, what)
            let fields = made.at("metadata", "managedFields")?[0]?["fieldsV1"] ?? .null
            #expect(differences(fields, expected["posted"] ?? .null) == [], what)
        }
    }

    @Test("Who applies owns no default; and to apply the same again changes nothing, whatever has passed meanwhile")
    func application() throws {
        for expected in try recorded() {
            let sent = try #require(expected["sent"])
            let made = try send("PATCH", sent)
            let what = Comment(rawValue: "\(sent["kind"] ?? "") \(sent.objectName)")
            #expect(try differences(comparable(made["spec"], made.objectUID), expected["spec"] ?? .null) == [], what)
            let fields = made.at("metadata", "managedFields")?[0]?["fieldsV1"] ?? .null
            #expect(differences(fields, expected["applied"] ?? .null) == [], what)
            // As if it had been long ago.
            let resource = try #require(
                [ResourceType.pod, .deployment, .statefulSet, .job].first { $0.kind == sent["kind"]?.string }
            )
            let kind = try #require(server.catalogue.kind(resource))
            let stored = try #require(server.store.object(kind.storage, made.objectKey))
            var aged = made
            var entry = aged.at("metadata", "managedFields")?[0] ?? [:]
            entry["time"] = "2020-01-01T00:00:00Z"
            aged["metadata", "managedFields"] = [entry]
            let replaced = try #require(server.store.replace(kind.storage, stored, with: aged))
            let again = try send("PATCH", sent)
            #expect(again.at("metadata", "resourceVersion")?.string == String(replaced.revision), what)
            #expect(again.at("metadata", "generation") == 1, what)
        }
    }

    @Test("A stand-in that looks again at the deployment it has written leaves it, and rolls out what is changed")
    func pooler() throws {
        let client = InProcessClient(server: server, fieldManager: "test")
        let key = ObjectKey(namespace: "default", name: "pool")
        var pooler: JSONValue = [
            "metadata": ["name": "pool", "namespace": "default", "uid": "1"],
            "spec": ["cluster": ["name": "pg"], "instances": 2, "pgbouncer": ["poolMode": "session"]],
        ]
        func look() throws -> (deployment: JSONValue, writes: Int) {
            let place = ObjectReference(.deployment, key)
            var pass = PoolerPass(
                pooler: pooler,
                cluster: ["metadata": ["name": "pg", "uid": "2"], "status": ["currentPrimary": "pg-1"]],
                others: client.get(.deployment, key).map { [place: $0] } ?? [:],
                now: .now,
                delays: Delays(speed: 1, seed: 1)
            )
            pass.run()
            var writes = 0
            for action in pass.decision.actions {
                switch action {
                case .create(.deployment, let object): _ = try client.create(.deployment, object)
                case .patch(place, let merge, _): _ = try client.patch(.deployment, key, merge: merge)
                default: continue
                }
                writes += 1
            }
            return (try #require(client.get(.deployment, key)), writes)
        }
        let first = try look()
        #expect(first.deployment.at("spec", "template", "spec", "containers")?[0]?["imagePullPolicy"] != nil)
        #expect(first.writes == 1)
        #expect(try look().writes == 0)
        pooler["spec", "instances"] = 3
        let scaled = try look()
        #expect(scaled.deployment.at("spec", "replicas") == 3 && scaled.writes == 1)
        #expect(scaled.deployment.at("metadata", "generation") == 2)
    }

    /// The places where two values differ, each with both.
    private func differences(_ found: JSONValue, _ wanted: JSONValue, at path: String = "") -> [String] {
        switch (found, wanted) {
        case (.object(let fields), .object(let others)):
            Set(fields.names).union(others.names).sorted().flatMap { name in
                differences(fields[name] ?? .null, others[name] ?? .null, at: path + "." + name)
            }
        case (.array(let items), .array(let others)) where items.count == others.count:
            items.indices.flatMap { differences(items[$0], others[$0], at: "\(path)[\($0)]") }
        default: found == wanted ? [] : ["\(path): \(found), not \(wanted)"]
        }
    }
}
