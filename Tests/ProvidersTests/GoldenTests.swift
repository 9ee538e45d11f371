import CRDs
import Foundation
import JSON
import KubernetesAPI
import Providers
import Testing
import YAML

/// Each `Golden/PROVIDER/NAME.in.yaml` is a DatabaseCluster and what else is there; `NAME.out.yaml` is what is rendered of
/// it, and `rendering.yaml` says which rendering that was.
///
/// `REGENERATE_GOLDEN=1 swift test` writes the outputs anew, and fails so that nobody leaves it on.
@Suite struct GoldenTests {
    @Test("A cluster is rendered as its golden file says", arguments: GoldenCase.all)
    func matches(_ golden: GoldenCase) throws {
        let rendered = YAML.write(documents: try golden.render().map(\.content))
        if GoldenCase.isRegenerated {
            try Data(rendered.utf8).write(to: golden.output)
            Issue.record("golden file \(golden).out.yaml was written anew: look at its difference")
            return
        }
        #expect(rendered == (try golden.recorded()))
    }

    @Test("What is rendered passes the child operators' schemas, strictly", arguments: GoldenCase.all)
    func isValid(_ golden: GoldenCase) throws {
        guard SchemaChecker.folder != nil else {
            print("skipped: the child operators' definitions are not beside this checkout")
            return
        }
        let own = Set(golden.provider.watches.filter(\.isRequired).map(\.resource))
        for object in try golden.render() {
            guard let checker = try SchemaChecker(object.resource) else {
                #expect(!own.contains(object.resource), "\(object.resource) has no published definition")
                continue
            }
            #expect(checker.problems(object.content) == [], "\(object.resource.kind) \(object.key.name)")
        }
    }

    @Test("The checker of schemas finds what strict validation finds")
    func checkerFindsMistakes() throws {
        guard
            let checker = try SchemaChecker(
                ResourceType(
                    group: "postgresql.cnpg.io",
                    version: "v1",
                    plural: "scheduledbackups",
                    kind: "ScheduledBackup"
                )
            )
        else { return }
        let wrong: JSONValue = ["spec": ["schedule": 5, "method": "magic", "clustr": ["name": "x"]]]
        #expect(checker.problems(wrong).count == 4)
    }

    @Test("Rendering twice gives the same bytes, also when the result is what already runs", arguments: GoldenCase.all)
    func isStable(_ golden: GoldenCase) throws {
        let first = try golden.render()
        #expect(first == (try golden.render()))
        // Where the first data comes from is not rendered any more once they are there, and nothing while they come.
        if first.contains(where: { $0.key.name.hasSuffix("-source") || $0.resource.plural.hasSuffix("restores") }) {
            return
        }
        #expect(try golden.renderAgain(after: first) == first)
    }

    @Test("Every provider has golden files")
    func isComplete() {
        #expect(GoldenCase.folders == ProviderFactory().providers.map(\.name.rawValue).sorted())
    }

    @Test("A rendering keeps its name while it renders the same", arguments: GoldenCase.folders)
    func rendering(_ folder: String) throws {
        let cases = GoldenCase.all.filter { $0.folder == folder }
        let provider = try #require(cases.first?.provider)
        let file = GoldenCase.root.appending(path: "\(folder)/rendering.yaml")
        let hashes = try cases.map { golden in
            (golden.name, JSONValue.string(String(stableHash(of: .string(try golden.recorded())), radix: 16)))
        }
        let current: JSONValue = ["hashes": .object(JSONObject(hashes)), "rendering": .string(provider.rendering)]
        if GoldenCase.isRegenerated {
            try Data(YAML.write(documents: [current]).utf8).write(to: file)
            return
        }
        let recorded = try #require(try YAML.parse(Array(try Data(contentsOf: file))).first)
        #expect(
            recorded == current,
            """
            What is rendered for \(folder) is not what rendering \(recorded["rendering"] ?? .null) was: raise the \
            provider's rendering, so that what would disturb running databases is held back, and record the hashes anew
            """
        )
    }
}
