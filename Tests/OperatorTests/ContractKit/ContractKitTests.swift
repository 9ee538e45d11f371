import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Providers
import Testing

@testable import Operator

/// What every provider must do, tried on the whole operator with the child operator's stand-in.
@Suite("Contract kit")
struct ContractKitTests {
    @Test(
        "From creation to deletion each provider keeps what is promised, as the support matrix says",
        arguments: Subject.selected
    )
    func life(_ subject: Subject) async throws {
        try await KitWorld.run(subject) { kit in
            try await kit.createReadyCluster()
            try await Self.expectFullStatus(of: kit)
            try await kit.expectRest()
            try await kit.expectNoSharedFields()
            var outcomes: [OpsRequestType: SupportMatrix.Outcome] = [:]
            for (type, body) in subject.requests(replica: try await kit.replica()) {
                outcomes[type] = try await kit.outcome(of: type, body)
            }
            try await kit.expectNothingLeftAfterDeletion()
            if SupportMatrix.isRegenerated {
                try SupportMatrix.record(subject, outcomes)
                Issue.record("docs/support-matrix.md was written anew: look at its difference")
                return
            }
            let seen = [SupportMatrix.line(subject, outcomes)] + SupportMatrix.reasons(subject, outcomes)
            let recorded = try SupportMatrix.recorded(subject)
            #expect(recorded.sorted() == seen.sorted(), "recorded: \(recorded), seen: \(seen)")
        }
    }

    /// A ready cluster tells all that people ask for.
    private static func expectFullStatus(of kit: KitWorld) async throws {
        let status = try await kit.cluster().status
        #expect(status.instances == 3 && status.readyInstances == 3, "\(status)")
        #expect(status.members.count >= 3 && status.members.allSatisfy(\.ready))
        #expect(status.endpoints.primary?.contains(":") == true)
        #expect(status.version == kit.subject.versions.from)
        #expect(status.current.size == "db.t3.medium" && status.current.clusterSize == 3)
        #expect(status.current.storage.map(String.init(describing:)) == "10Gi")
        #expect(status.conditions["Ready"]?.status == .true && status.conditions["Stalled"] == nil)
        let secret = try #require(status.credentialsSecret)
        #expect(try await kit.world.object(.secret, secret)?["data"]?.object?.isEmpty == false)
    }
}
