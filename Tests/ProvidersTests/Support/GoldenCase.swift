import CRDs
import Foundation
import JSON
import KubernetesAPI
import Providers
import Testing
import YAML

/// One pair of golden files.
struct GoldenCase: CustomTestStringConvertible, CustomStringConvertible, Sendable {
    let provider: any Provider
    let name: String

    /// The provider's name.
    var folder: String { provider.name.rawValue }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Golden")
    static let isRegenerated = ProcessInfo.processInfo.environment["REGENERATE_GOLDEN"] != nil

    /// The folders there are.
    static let folders = ((try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []).sorted()

    static let all = ProviderFactory().providers.flatMap { provider in
        let folder = root.appending(path: provider.name.rawValue)
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
            .filter { $0.hasSuffix(".in.yaml") }
            .map { GoldenCase(provider: provider, name: String($0.dropLast(".in.yaml".count))) }
            .sorted { $0.name < $1.name }
    }

    var description: String { "\(folder)/\(name)" }
    var testDescription: String { description }
    var output: URL { Self.root.appending(path: "\(self).out.yaml") }

    func recorded() throws -> String { String(decoding: try Data(contentsOf: output), as: UTF8.self) }

    /// Other documents with our label are children, the rest is there to be asked for.
    private func input() throws -> (DatabaseCluster, Observed) {
        let documents = try YAML.parse(Array(try Data(contentsOf: Self.root.appending(path: "\(self).in.yaml"))))
        let cluster = try DatabaseCluster(try #require(documents.first))
        var observed = Manifests.observed(by: provider)
        for document in documents.dropFirst() {
            let label = document.at("metadata", "labels", APIGroup.clusterLabel)?.string
            if label == cluster.metadata.name {
                observed.add(try Manifests.child(document, of: provider))
            } else if let items = document["items"]?.array {
                observed.answers[try needOfList(document)] = .objects(items)
            } else {
                observed.answers[try need(document)] = .object(document)
            }
        }
        return (cluster, observed)
    }

    /// A list of all objects of a kind that has no namespace, such as a catalogue's.
    private func needOfList(_ document: JSONValue) throws -> Need {
        let kind = String(try #require(document["kind"]?.string).dropLast("List".count))
        return .list(try unwatched(kind, document), namespace: "", labelSelector: "")
    }

    /// A kind without a namespace that the provider does not watch; its plural is made in one of the two usual ways.
    private func unwatched(_ kind: String, _ document: JSONValue) throws -> ResourceType {
        let parts = try #require(document["apiVersion"]?.string).split(separator: "/").map { String($0) }
        let name = kind.lowercased()
        return ResourceType(
            group: parts[0],
            version: parts[1],
            plural: name.last == "y" ? "\(name.dropLast())ies" : "\(name)s",
            kind: kind,
            isNamespaced: false
        )
    }

    private func need(_ document: JSONValue) throws -> Need {
        let (version, kind) = (document["apiVersion"]?.string, document["kind"]?.string)
        let known = provider.watches.map(\.resource) + [BackupStorage.resource, .storageClass]
        let resource =
            try known.first { $0.kind == kind && $0.apiVersion == version }
            ?? unwatched(try #require(kind), document)
        let name = try #require(document.at("metadata", "name")?.string)
        let namespace = document.at("metadata", "namespace")?.string ?? (resource.isNamespaced ? "default" : "")
        return .object(resource, ObjectKey(namespace: namespace, name: name))
    }

    /// The children of the input; what it does not hold is answered as absent.
    func render() throws -> [DesiredObject] {
        let (cluster, observed) = try input()
        return try render(cluster, observed)
    }

    private func render(_ cluster: DatabaseCluster, _ given: Observed) throws -> [DesiredObject] {
        var observed = given
        #expect(provider.validate(cluster, observed) == [])
        for _ in 0..<4 {
            guard case .need(let needs) = provider.preReconcile(cluster, observed) else { break }
            for need in needs where observed.answers[need] == nil { observed.answers[need] = .absent }
        }
        try #require(provider.preReconcile(cluster, observed) == .proceed)
        return provider.desiredObjects(for: cluster, observed)
    }

    /// The children once those that were rendered are there, as the API server gives them back.
    func renderAgain(after rendered: [DesiredObject]) throws -> [DesiredObject] {
        let (cluster, given) = try input()
        var observed = given
        for object in rendered where provider.watches.contains(where: { $0.resource == object.resource }) {
            guard observed.child(object.resource, named: object.key.name) == nil else { continue }
            var live = object.content
            live["metadata"]?["uid"] = "live"
            live["metadata"]?["generation"] = 1
            // CloudNativePG's webhook writes this beside what was applied.
            if provider.name == .cnpg, live.at("spec", "bootstrap", "initdb") != nil {
                live = JSONMergePatch.apply(["spec": ["bootstrap": ["initdb": ["encoding": "UTF8"]]]], to: live)
            }
            observed.add(try Manifests.child(live, of: provider))
        }
        return try render(cluster, observed)
    }
}
