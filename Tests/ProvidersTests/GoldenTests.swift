import CRDs
import Foundation
import JSON
import KubernetesAPI
import Providers
import Testing
import YAML

/// Each `Golden/NAME.in.yaml` is a DatabaseCluster and what else is there; `NAME.out.yaml` is what is rendered of it.
///
/// `REGENERATE_GOLDEN=1 swift test` writes the outputs anew, and fails so that nobody leaves it on.
@Suite struct GoldenTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".in.yaml") }.map { String($0.dropLast(".in.yaml".count)) }.sorted()

    private func text(_ file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: Self.folder.appending(path: file)))
    }

    /// Other documents with our label are children, the rest is there to be asked for.
    private func input(_ name: String) throws -> (DatabaseCluster, Observed) {
        let documents = try YAML.parse(try text("\(name).in.yaml"))
        let cluster = try DatabaseCluster(try #require(documents.first))
        var observed = Manifests.observed()
        for document in documents.dropFirst() {
            let label = document.at("metadata", "labels", APIGroup.clusterLabel)?.string
            if label == cluster.metadata.name {
                observed.add(try Manifests.child(document))
            } else {
                observed.answers[try need(document)] = .object(document)
            }
        }
        return (cluster, observed)
    }

    private func need(_ document: JSONValue) throws -> Need {
        let kind = document["kind"]?.string
        let known = CNPGProvider().watches.map(\.resource) + [BackupStorage.resource]
        let resource = try #require(known.first { $0.kind == kind })
        let name = try #require(document.at("metadata", "name")?.string)
        return .object(resource, ObjectKey(namespace: "default", name: name))
    }

    private func render(_ name: String) throws -> [DesiredObject] {
        let (cluster, given) = try input(name)
        let provider = CNPGProvider()
        var observed = given
        #expect(provider.validate(cluster, observed) == [])
        for _ in 0..<4 {
            guard case .need(let needs) = provider.preReconcile(cluster, observed) else { break }
            for need in needs where observed.answers[need] == nil { observed.answers[need] = .absent }
        }
        try #require(provider.preReconcile(cluster, observed) == .proceed)
        return provider.desiredObjects(for: cluster, observed)
    }

    @Test("A cluster is rendered as its golden file says", arguments: names)
    func matches(_ name: String) throws {
        let rendered = YAML.write(documents: try render(name).map(\.content))
        if ProcessInfo.processInfo.environment["REGENERATE_GOLDEN"] != nil {
            try Data(rendered.utf8).write(to: Self.folder.appending(path: "\(name).out.yaml"))
            Issue.record("golden file \(name).out.yaml was written anew: look at its difference")
            return
        }
        #expect(rendered == String(decoding: try text("\(name).out.yaml"), as: UTF8.self))
    }

    @Test("What is rendered passes the child operators' schemas, strictly", arguments: names)
    func isValid(_ name: String) throws {
        let files = [
            "Cluster": "postgresql.cnpg.io_clusters.yaml", "Pooler": "postgresql.cnpg.io_poolers.yaml",
            "ScheduledBackup": "postgresql.cnpg.io_scheduledbackups.yaml",
            "ObjectStore": "barmancloud.cnpg.io_objectstores.yaml",
        ]
        for object in try render(name) {
            guard let file = files[object.resource.kind] else { continue }
            guard let checker = try SchemaChecker(file: file) else {
                print("skipped: the child operators' definitions are not beside this checkout")
                return
            }
            #expect(checker.problems(object.content) == [], "\(object.resource.kind) \(object.key.name)")
        }
    }

    @Test("The checker of schemas finds what strict validation finds")
    func checkerFindsMistakes() throws {
        guard let checker = try SchemaChecker(file: "postgresql.cnpg.io_scheduledbackups.yaml") else { return }
        let wrong: JSONValue = ["spec": ["schedule": 5, "method": "magic", "clustr": ["name": "x"]]]
        #expect(checker.problems(wrong).count == 4)
    }

    @Test("Rendering twice gives the same bytes, also when the result is what already runs", arguments: names)
    func isStable(_ name: String) throws {
        let (cluster, observed) = try input(name)
        let first = try render(name)
        #expect(first == (try render(name)))
        // The Cluster comes back with what the webhook wrote into it.
        var live = try #require(first.first { $0.resource.kind == "Cluster" }).content
        if live.at("spec", "bootstrap", "initdb") != nil {
            live = JSONMergePatch.apply(["spec": ["bootstrap": ["initdb": ["encoding": "UTF8"]]]], to: live)
        }
        var later = observed
        later.add(try Manifests.child(live))
        if first.contains(where: { $0.resource.kind == "ObjectStore" && $0.key.name.hasSuffix("-source") }) { return }
        #expect(CNPGProvider().desiredObjects(for: cluster, later) == first)
    }
}
