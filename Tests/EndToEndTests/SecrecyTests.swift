import Foundation
import JSON
import TestPrograms
import Testing

extension EndToEndTests {
    /// Secrets, and where they must not be.
    @Suite("Secrecy", .tags(.server))
    struct SecrecyTests {
        @Test(
            "At trace level neither log, metrics, events nor statuses hold anything of a Secret",
            .timeLimit(.minutes(2))
        )
        func nothingOfSecrets() async throws {
            let server = try await TestServer.start(withOperator: false)
            let kubectl = server.kubectl
            let process = try server.startOperator(["--listen", "127.0.0.1:0", "--log-level", "trace"])
            let endpoints = try await OperatorEndpoints(of: process)
            try await kubectl.apply(
                MainJobTests.storage.replacingOccurrences(
                    of: "AWS_SECRET_ACCESS_KEY: secret",
                    with: "AWS_SECRET_ACCESS_KEY: s3cr3t-k3y"
                )
            )
            try await kubectl.apply(MainJobTests.manifest)
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
            #expect(try await finish(kubectl, "nightly", "Backup", "")["phase"] == "Succeeded")
            let credentials = try #require(try await kubectl.get("secret", "orders-app"))
            let values = credentials["data"]?.object.map { data in data.compactMap { $0.value.string } } ?? []
            let password = try #require(credentials.at("data", "password")?.string)
            let plain = String(decoding: try #require(Data(base64Encoded: password)), as: UTF8.self)
            #expect(values.count > 3 && plain.count > 8)

            var places = [
                ("log", process.errorOutput), ("metrics", try await endpoints.get("/metrics").text),
            ]
            for kind in ["events", "dbc", "ops", "backupstorages", "clusters.postgresql.cnpg.io"] {
                places.append((kind, try await kubectl.run("get", kind, "-A", "-o", "json")))
            }
            for (place, text) in places {
                #expect(!text.isEmpty)
                for secret in [plain, password, "s3cr3t-k3y", Data("s3cr3t-k3y".utf8).base64EncodedString()] {
                    #expect(!text.contains(secret), "\(place) holds a secret")
                }
            }
        }
    }
}
