import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Providers
import Sandbox
import TestPrograms
import Testing

@testable import Operator

/// A sandbox with one child operator, and a cluster of the subject in it.
struct KitWorld: Sendable {
    let world: SandboxWorld
    let subject: Subject
    let provider: any Provider

    static let key = ObjectKey(namespace: "default", name: "kit")

    private static let gate = Gate(width: 3)

    static func run(_ subject: Subject, _ body: @Sendable @escaping (KitWorld) async throws -> Void) async throws {
        try await gate.pass { try await runAlone(subject, body) }
    }

    private static func runAlone(
        _ subject: Subject,
        _ body: @Sendable @escaping (KitWorld) async throws -> Void
    ) async throws {
        let provider = try #require(ProviderFactory().providers.first { $0.name == subject.provider })
        let engine = try #require(SandboxConfiguration.ChildEngine(rawValue: subject.provider.rawValue))
        try await SandboxWorld.run(operators: 1, engines: [engine]) { world in
            try await body(KitWorld(world: world, subject: subject, provider: provider))
        }
    }

    func cluster() async throws -> DatabaseCluster {
        try #require(try await world.client.get(DatabaseCluster.kind, Self.key))
    }

    /// Creates the cluster, with a place for its backups, and waits until it is Ready.
    func createReadyCluster() async throws {
        let secret: JSONValue = [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s3", "namespace": "default"],
            "stringData": ["AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"],
        ]
        _ = try await world.client.create(.secret, namespace: "default", secret, fieldManager: "person")
        try await world.create(
            BackupStorage.resource,
            "s3",
            ["type": "s3", "bucket": "backups", "region": "eu-central-1", "credentialsSecret": "s3"]
        )
        try await world.create(DatabaseCluster.resource, "kit", subject.clusterSpec)
        try await waitFor(.ready)
    }

    func waitFor(_ phase: DatabaseClusterPhase) async throws {
        try await world.wait(for: "\(subject.testDescription) to be \(phase.rawValue)") { world in
            try await world.client.get(DatabaseCluster.kind, Self.key)?.status.phase == phase
        }
    }

    /// A member that is not the primary.
    func replica() async throws -> String {
        let members = try await cluster().status.members
        return try #require((members.last { $0.role == .replica } ?? members.last)?.name)
    }

    /// Files a request and waits for its end, and for the cluster to be as it should be after it.
    func outcome(of type: OpsRequestType, _ body: JSONObject) async throws -> SupportMatrix.Outcome {
        let name = "kit-\(type.rawValue.lowercased())"
        var spec: JSONObject = ["clusterRef": "kit", "type": .string(type.rawValue), "preconditionDeadlineSeconds": 30]
        for field in body { spec[field.name] = field.value }
        // Some providers want it confirmed that partitions without a copy may be lost with a member.
        try await world.create(
            OpsRequest.resource,
            name,
            .object(spec),
            annotations: ["dbaas.io/accept-data-loss": "true"]
        )
        try await world.wait(for: "the end of \(type.rawValue) on \(subject.testDescription)") {
            try await $0.request(name)?.isFinished == true
        }
        let status = try #require(try await world.request(name)).status
        switch status.phase {
        case .succeeded:
            #expect(!status.evidence.isEmpty && status.progress == 100, "\(type.rawValue): \(status)")
            try await waitFor(type == .stop ? .stopped : .ready)
            return .works
        case .failed where status.startTime == nil:
            #expect(!status.reason.isEmpty && status.message.hasSuffix("."), "\(type.rawValue): \(status.message)")
            return .refused(reason: status.reason, message: status.message)
        default:
            let child = try await cluster().status
            Issue.record(
                "\(subject.testDescription), \(type.rawValue): \(status.phase) \(status.reason) \(status.message); \(child)"
            )
            return .refused(reason: status.reason, message: status.message)
        }
    }
}

// MARK: - What holds of every cluster

extension KitWorld {
    /// Waits until the operator has sent nothing for longer than it takes it to look at everything again.
    func expectRest() async throws {
        var last: JSONValue = .null
        var unchanged = 0
        try await world.wait(for: "\(subject.testDescription) to rest") { world in
            let report = try JSONValue(parsing: try await world.client.raw("GET", "/sandbox/requests"))
            let lines = (report.array ?? []).filter { $0["userAgent"] == "operator" && $0["verb"] != "watch" }
            unchanged = .array(lines) == last ? unchanged + 1 : 0
            last = .array(lines)
            return unchanged > 75
        }
    }

    /// No field of a child is written by the operator and by the child operator, who would write it for ever.
    func expectNoSharedFields() async throws {
        for resource in ownKinds {
            for object in try await objects(resource) {
                let entries = object.at("metadata", "managedFields")?.array ?? []
                let ours = Self.fields(of: entries.filter { $0["manager"] == "dbaas-operator/cluster" })
                let theirs = Self.fields(
                    of: entries.filter {
                        $0["manager"]?.string?.hasPrefix("dbaas-operator") == false && $0["subresource"] == nil
                    }
                )
                #expect(
                    !ours.isEmpty
                        || object.at("metadata", "labels", ChildLabels.managedBy) != .string(ChildLabels.operatorName)
                )
                #expect(ours.isDisjoint(with: theirs), "\(resource): \(ours.intersection(theirs).sorted())")
            }
        }
    }

    /// Deletes the cluster, and the one that a restore may have made.
    func expectNothingLeftAfterDeletion() async throws {
        for name in ["kit", "copy"] {
            _ = try await world.client.delete(DatabaseCluster.resource, ObjectKey(namespace: "default", name: name))
        }
        for name in ["kit", "copy"] {
            do {
                try await world.wait(for: "the cluster to go") {
                    try await $0.object(DatabaseCluster.resource, name) == nil
                }
            } catch {
                let left = try await world.object(DatabaseCluster.resource, name)
                Issue.record("\(subject.testDescription) does not go: \(left?["status"] ?? .null)")
                throw error
            }
        }
        for resource in ownKinds + [.pod, .persistentVolumeClaim] {
            try await world.wait(for: "nothing to be left of \(resource)") { _ in
                try await objects(resource).isEmpty
            }
        }
    }

    /// The kinds that only this child operator has.
    private var ownKinds: [ResourceType] { provider.watches.filter(\.isRequired).map(\.resource) }

    private func objects(_ resource: ResourceType) async throws -> [JSONValue] {
        let collection = resource.path(namespace: resource.isNamespaced ? "default" : nil)
        let list = try JSONValue(parsing: try await world.client.raw("GET", collection))
        // Catalogues and the like are nobody's children.
        return resource.isNamespaced ? list["items"]?.array ?? [] : []
    }

    /// The innermost places that those entries of managedFields name.
    private static func fields(of entries: [JSONValue]) -> Set<String> {
        var places: Set<String> = []
        func collect(_ value: JSONValue, _ path: String) {
            let inner = (value.object ?? [:]).filter { $0.name != "." }
            if inner.isEmpty { places.insert(path) }
            for field in inner { collect(field.value, "\(path)/\(field.name)") }
        }
        for entry in entries { collect(entry["fieldsV1"] ?? [:], "") }
        return places.subtracting([""])
    }
}
