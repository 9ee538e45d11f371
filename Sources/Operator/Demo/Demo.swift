import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Providers
import Sandbox

/// The story that the demo tells, as a person with kubectl would live it.
struct Demo {
    private let client: KubernetesClient
    private let address: String
    private let manifests: DemoManifests
    private let clusterKey: ObjectKey
    private let requestKey: ObjectKey

    private static let patience = Duration.seconds(120)
    private static let fieldManager = "dbaas-operator-demo"

    init(address: String, _ manifests: DemoManifests) {
        self.address = address
        self.manifests = manifests
        client = KubernetesClient(
            configuration: ClientConfiguration(server: "http://\(address)"),
            userAgent: "dbaas-operator-demo"
        )
        clusterKey = Self.key(of: manifests.cluster)
        requestKey = Self.key(of: manifests.request)
    }

    func tell() async throws {
        say("A Kubernetes API server with the operator in it serves http://\(address).\n")
        try await create()
        try await operate()
        try await remove()
        say(
            """

            To keep a sandbox running and use kubectl on it:
              .build/debug/dbaas-operator sandbox --kubeconfig-out /tmp/dbaas.kubeconfig &
              export KUBECONFIG=/tmp/dbaas.kubeconfig
              kubectl apply -f config/samples/postgresql.yaml
              kubectl get dbc -w
            """
        )
        client.shutDown()
    }

    private func create() async throws {
        say("Applying DatabaseCluster \(clusterKey.name):")
        try await apply(manifests.cluster, DatabaseCluster.resource, clusterKey)
        var table = ProgressTable(
            [("NAME", 20), ("PHASE", 14), ("READY", 8), ("PRIMARY", 22), ("MESSAGE", 40)],
            terminalWidth: Terminal.width
        )
        try await watch("the DatabaseCluster to be Ready") {
            guard let cluster = try await client.get(DatabaseCluster.kind, clusterKey) else { return false }
            let status = cluster.status
            show(
                table.show([
                    clusterKey.name, status.phase?.rawValue ?? "Pending", status.ready ?? "", status.primary ?? "",
                    status.message,
                ])
            )
            return status.conditions.isTrue("Ready")
        }
    }

    private func operate() async throws {
        say("\nApplying OpsRequest \(requestKey.name):")
        try await apply(manifests.request, OpsRequest.resource, requestKey)
        var table = ProgressTable(
            [("NAME", 20), ("TYPE", 20), ("PHASE", 12), ("PROGRESS", 10), ("MESSAGE", 40)],
            terminalWidth: Terminal.width
        )
        var status = OpsRequestStatus()
        try await watch("the OpsRequest to end") {
            guard let request = try await client.get(OpsRequest.kind, requestKey) else { return false }
            status = request.status
            show(
                table.show([
                    requestKey.name, request.spec.type.rawValue, status.phase?.rawValue ?? "Pending",
                    "\(status.progress)%", status.message,
                ])
            )
            return status.phase?.isFinished ?? false
        }
        guard status.phase == .succeeded else {
            throw DemoFailure(description: "OpsRequest \(requestKey.name) ended \(status.reason): \(status.message)")
        }
        for evidence in status.evidence { say("  evidence: \(evidence)") }
        try await showMembers()
    }

    private func showMembers() async throws {
        // The cluster's controller writes its status by itself, which may be a moment after the request has ended.
        try await watch("the DatabaseCluster's status to count its new members") {
            guard let cluster = try await client.get(DatabaseCluster.kind, clusterKey) else { return false }
            guard cluster.status.readyInstances == cluster.spec.clusterSize, let ready = cluster.status.ready
            else { return false }
            say("  members:  \(ready) ready")
            return true
        }
    }

    private func remove() async throws {
        say("\nDeleting both:")
        _ = try await client.delete(OpsRequest.resource, requestKey)
        _ = try await client.delete(DatabaseCluster.resource, clusterKey)
        var table = ProgressTable([("LEFT", 60)], terminalWidth: Terminal.width)
        try await watch("everything to be gone") {
            let left = try await leftovers()
            show(table.show([left.isEmpty ? "Nothing is left." : left.joined(separator: ", ")]))
            return left.isEmpty
        }
    }

    /// How many objects of each kind there still are.
    private func leftovers() async throws -> [String] {
        let kinds = Set(ProviderFactory().providers.flatMap(\.watches).map(\.resource))
            .union([DatabaseCluster.resource, OpsRequest.resource])
        var left: [String] = []
        for resource in kinds.sorted(by: { $0.plural < $1.plural }) where resource.isNamespaced {
            var count = 0
            do throws(APIError) {
                _ = try await client.listAll(resource, namespace: clusterKey.namespace) { (page) throws(APIError) in
                    count += (try? JSONValue(parsing: page.bytes))?["items"]?.array?.count ?? 0
                }
            } catch {
                guard error.isNotFound else { throw error }
            }
            if count > 0 { left.append("\(count) \(resource.plural)") }
        }
        return left
    }
}

// MARK: - Showing and asking

extension Demo {
    private func apply(_ object: JSONValue, _ resource: ResourceType, _ key: ObjectKey) async throws {
        _ = try await client.apply(resource, key, object, fieldManager: Self.fieldManager, force: false)
    }

    private func watch(_ what: String, until isDone: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + Self.patience
        while try await !isDone() {
            guard ContinuousClock.now < deadline else {
                throw DemoFailure(description: "waited \(Self.patience) in vain for \(what)")
            }
            try await Task.sleep(for: .milliseconds(150))
        }
    }

    private func say(_ text: String) { show("\(text)\n") }

    private func show(_ text: String) {
        guard !text.isEmpty else { return }
        print(text, terminator: "")
        flushOutput()
    }

    private static func key(of object: JSONValue) -> ObjectKey {
        let metadata = object["metadata"]
        return ObjectKey(
            namespace: metadata?["namespace"]?.string ?? "default",
            name: metadata?["name"]?.string ?? ""
        )
    }
}
