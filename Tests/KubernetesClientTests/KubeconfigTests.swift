import Foundation
import HTTP
import Testing

@testable import KubernetesClient

@Suite("Kubeconfigs and service accounts")
struct KubeconfigTests {
    private let common = """
        apiVersion: v1
        kind: Config
        current-context: dev
        contexts:
        - {name: dev, context: {cluster: local, user: me, namespace: team-a}}
        - {name: gate, context: {cluster: gate, user: robot}}
        - {name: lost, context: {cluster: nowhere, user: me}}
        clusters:
        - name: local
          cluster:
            server: https://10.0.0.1:6443/
            certificate-authority-data: Q0EK
        - name: gate
          cluster:
            server: https://gate.example/k8s/clusters/c-1
            certificate-authority: pki/ca.crt
            tls-server-name: kube.internal
            insecure-skip-tls-verify: true
            proxy-url: http://proxy:3128
        users:
        - name: me
          user: {client-certificate-data: Q0VSVAo=, client-key-data: S0VZCg==}
        - name: robot
          user: {tokenFile: robot.token, token: stale}
        """

    private func configuration(
        _ text: String,
        context: String? = nil,
        in folder: borrowing TemporaryFolder
    ) throws -> ClientConfiguration {
        let file = try folder.write("config", text)
        return try ClientConfiguration.discover(file: file, context: context, environment: [:])
    }

    @Test("The current context decides on server, namespace, authorities and client certificate")
    func currentContext() throws {
        let folder = try TemporaryFolder()
        let configuration = try configuration(common, in: folder)
        #expect(configuration.server == "https://10.0.0.1:6443")
        #expect(configuration.host == "10.0.0.1:6443")
        #expect(configuration.namespace == "team-a")
        #expect(configuration.http.tls.authorities == .pem(Array("CA\n".utf8)))
        #expect(
            configuration.http.tls.identity
                == TLSIdentity(certificate: .pem(Array("CERT\n".utf8)), key: .pem(Array("KEY\n".utf8)))
        )
        #expect(configuration.warnings.isEmpty)
    }

    @Test("A chosen context brings files beside the kubeconfig, proxy, server name and a warning for no checks")
    func chosenContext() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/pki", withIntermediateDirectories: true)
        try folder.write("pki/ca.crt", "CA")
        let configuration = try configuration(common, context: "gate", in: folder)
        #expect(configuration.server == "https://gate.example/k8s/clusters/c-1")
        #expect(configuration.host == "gate.example")
        #expect(configuration.namespace == "default")
        #expect(configuration.http.tls.authorities == .file(folder.path + "/pki/ca.crt"))
        #expect(configuration.http.tls.serverName == "kube.internal")
        #expect(configuration.http.tls.isInsecure)
        #expect(configuration.http.proxy == "http://proxy:3128")
        guard case .tokenFile(folder.path + "/robot.token") = configuration.credentials else {
            Issue.record("The token file has precedence over the token beside it.")
            return
        }
        #expect(configuration.warnings.count == 1)
    }

    @Test("Of several files in KUBECONFIG the first with an entry decides; missing files do not matter")
    func merging() throws {
        let folder = try TemporaryFolder()
        let first = try folder.write(
            "first",
            "{clusters: [{name: local, cluster: {server: 'http://127.0.0.1:8080'}}], users: [{name: me, user: {token: t}}]}"
        )
        let second = try folder.write("second", common)
        let configuration = try ClientConfiguration.discover(
            environment: ["KUBECONFIG": "\(folder.path)/none:\(first):\(second)"]
        )
        #expect(configuration.server == "http://127.0.0.1:8080")
        #expect(configuration.namespace == "team-a")
        guard case .token("t") = configuration.credentials else {
            Issue.record("The first file's user has to win.")
            return
        }
        #expect(configuration.warnings.first?.contains("without TLS") == true)
    }

    @Test(
        "What is wrong is named",
        arguments: [
            ("contexts: [{name: a}]", "no current context; choose one by --context; it has a."),
            ("current-context: b\ncontexts: [{name: a}]", "no context “b”; it has a."),
            ("current-context: a\ncontexts: [{name: a, context: {cluster: c}}]", "cluster “c”, which is not in it"),
            (
                "current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\n"
                    + "clusters: [{name: c, cluster: {server: 'ftp://x'}}]",
                "must begin with https://"
            ),
            ("a: [", "no valid YAML"),
            ("just text", "no mapping"),
            ("contexts: [{context: {}}]", "“contexts” without a name"),
            (user("client-key-data: S0VZCg=="), "but not both"),
            (user("client-certificate-data: '%', client-key-data: S0VZCg=="), "no valid Base64"),
            (user("client-certificate: none.crt, client-key: none.key"), "/none.crt, which does not exist"),
            (user("auth-provider: {name: gcp}"), "auth-provider “gcp”"),
            (user("exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}"), "v1alpha1"),
            (user("exec: {apiVersion: client.authentication.k8s.io/v1}"), "without a command"),
            (
                user("exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}"),
                "terminal"
            ),
        ]
    )
    func errors(text: String, part: String) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("config", text)
        let error = #expect(throws: ConfigurationError.self) {
            try ClientConfiguration.discover(file: file, environment: [:])
        }
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }

    private static func user(_ fields: String) -> String {
        """
        current-context: a
        contexts: [{name: a, context: {cluster: c, user: u}}]
        clusters: [{name: c, cluster: {server: 'https://k'}}]
        users: [{name: u, user: {\(fields)}}]
        """
    }

    @Test("Nothing to be found is an error that says what to set")
    func nothing() {
        let none = #expect(throws: ConfigurationError.self) { try ClientConfiguration.discover(environment: [:]) }
        #expect(none?.message.contains("KUBECONFIG") == true)
        let missing = #expect(throws: ConfigurationError.self) {
            try ClientConfiguration.discover(environment: ["KUBECONFIG": "/nowhere/config"])
        }
        #expect(missing?.message.contains("/nowhere/config") == true)
        let named = #expect(throws: ConfigurationError.self) {
            try ClientConfiguration.discover(file: "/nowhere/config", environment: [:])
        }
        #expect(named?.message.contains("/nowhere/config") == true)
    }

    @Test("In a pod the service account is used, with an IPv6 address too")
    func inCluster() throws {
        let folder = try TemporaryFolder()
        let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
        #expect(throws: ConfigurationError.self) {
            try ClientConfiguration.inCluster(environment: environment, folder: folder.path)
        }
        try folder.write("token", "t")
        try folder.write("ca.crt", "CA")
        try folder.write("namespace", "dbaas-system\n")
        let configuration = try #require(
            try ClientConfiguration.inCluster(environment: environment, folder: folder.path)
        )
        #expect(configuration.server == "https://[fd00::1]:443")
        #expect(configuration.namespace == "dbaas-system")
        #expect(configuration.http.tls.authorities == .file(folder.path + "/ca.crt"))
        #expect(try ClientConfiguration.inCluster(environment: [:], folder: folder.path) == nil)
    }
}
