import CRDs
import JSON
import KubernetesAPI
import Testing

@Suite struct DecodingTests {
    @Test("A spec that says only what it must gets the schema's defaults")
    func minimalCluster() throws {
        let cluster = try DatabaseCluster(
            try Sample.cluster(
                #"{"engine": "mysql", "storage": "10Gi", "proxy": {}, "backup": {}, "monitoring": null}"#
            )
        )
        let spec = cluster.spec
        #expect(cluster.metadata.name == "demo")
        #expect(spec.effectiveProvider == .perconaPXC && spec.provider == nil)
        #expect(spec.clusterSize == 3 && spec.storage == Quantity("10Gi") && spec.config.isEmpty)
        #expect(spec.expose == ExposeSpec(type: .clusterIP) && spec.deletionPolicy == .delete && !spec.stopped)
        #expect(spec.proxy == ProxySpec(enabled: true, replicas: 2) && spec.backup == BackupSpec(enabled: true))
        #expect(spec.monitoring == nil && spec.dataSource == nil)
        #expect(spec.operations == OperationsSpec(historyLimit: 3, defaultTimeoutSeconds: 600))
        #expect(spec.providerOptions == .object([:]))
        #expect(cluster.status == DatabaseClusterStatus())
    }

    @Test("Every default of the schema is what decoding puts in its place")
    func defaultsAgree() throws {
        // An object with every block empty: the server fills in the defaults, and the decoded values must not differ.
        let bare =
            #"{"engine": "mysql", "storage": "1Gi", "proxy": {}, "expose": {}, "monitoring": {"prometheus": {}}, "backup": {}, "operations": {}}"#
        let cluster = try Sample.cluster(bare)
        let request = try Sample.request(#"{"clusterRef": "demo", "type": "Restart"}"#)
        #expect(try DatabaseCluster(cluster) == DatabaseCluster(cluster.defaulted(by: DatabaseCluster.schema.json)))
        #expect(try OpsRequest(request) == OpsRequest(request.defaulted(by: OpsRequest.schema.json)))
        #expect(cluster.defaulted(by: DatabaseCluster.schema.json).at("spec", "expose", "type") == "ClusterIP")
    }

    @Test(
        "An object that does not decode says which field is wrong",
        arguments: [
            (#"{"storage": "1Gi"}"#, "spec.engine"), (#"{"engine": "oracle", "storage": "1Gi"}"#, "spec.engine"),
            (#"{"engine": "mysql", "storage": "much"}"#, "spec.storage"),
            (#"{"engine": "mysql", "storage": "1Gi", "clusterSize": "three"}"#, "spec.clusterSize"),
            (
                #"{"engine": "mysql", "storage": "1Gi", "config": [{"name": "a", "value": "b"}, {"name": 5}]}"#,
                "spec.config[1].name"
            ),
            (
                #"{"engine": "mysql", "storage": "1Gi", "expose": {"annotations": {"x/y": 1}}}"#,
                "spec.expose.annotations.x/y"
            ),
            (
                #"{"engine": "mysql", "storage": "1Gi", "dataSource": {"cluster": {"name": "a", "pointInTime": "now"}}}"#,
                "spec.dataSource.cluster.pointInTime"
            ),
            (#"{"engine": "mysql", "storage": "1Gi", "dataSource": {}}"#, "spec.dataSource"),
            ("[]", "spec"),
        ]
    )
    func wrongField(_ spec: String, _ path: String) throws {
        let manifest = try Sample.cluster(spec)
        let error = #expect(throws: JSONError.self) { try DatabaseCluster(manifest) }
        #expect(error?.path == path)
    }

    @Test("A full status comes back as it was written, and nothing is written that is not known")
    func clusterStatus() throws {
        var status = DatabaseClusterStatus()
        #expect(status.json == .object([:]))
        status.phase = .scaling
        status.message = "2 of 3 members are ready"
        status.observedGeneration = 4
        status.instances = 3
        status.readyInstances = 2
        status.members = [MemberStatus(name: "demo-1", role: .primary, ready: true)]
        status.current.clusterSize = 3
        status.current.resources = ResourceRequirements(cpu: Quantity(milli: 500), memory: Quantity(bytes: 1 << 30))
        status.current.storage = Quantity("10Gi")
        status.endpoints.primary = "demo-rw.default.svc:5432"
        status.child = ObjectReference(apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", name: "demo")
        status.backup = BackupStatus(lastSuccessfulTime: Timestamp("2026-11-01T12:00:00Z"), schedules: 1)
        status.operation = RunningOperation(name: "scale-up", type: .horizontalScaling, progress: 40)
        var manifest = try Sample.cluster(#"{"engine": "mysql", "storage": "1Gi"}"#)
        manifest["status"] = status.json
        #expect(try DatabaseCluster(manifest).status == status)
        #expect(status.json["ready"] == "2/3")
        #expect(status.json.at("current", "resources", "limits", "memory") == "1Gi")
        #expect(!status.json.description.contains("null"))
    }

    @Test("A finished request comes back as it was written, with its duration and at most 50 log entries")
    func requestStatus() throws {
        var status = OpsRequestStatus()
        #expect(status.json == ["progress": 0])
        let start = try #require(Timestamp("2026-11-01T12:00:00Z"))
        status.phase = .succeeded
        status.startTime = start
        status.completionTime = Timestamp(seconds: start.seconds + 125)
        status.progress = 100
        status.attempt = 1
        status.previous = ["clusterSize": 3, "unset": ["size"]]
        status.evidence = ["5 of 5 instances ready"]
        for number in 1...60 {
            status.log(ActionLogEntry(timestamp: start, action: "ApplySpec", status: "Done", message: "\(number)"))
        }
        var manifest = try Sample.request(#"{"clusterRef": "demo", "type": "Restart"}"#)
        manifest["status"] = status.json
        #expect(try OpsRequest(manifest).status == status)
        #expect(status.json["duration"] == "2m5s")
        #expect(status.actionLog.count == 50 && status.actionLog.first?.message == "11")
        #expect(!status.json.description.contains("null"))
    }

    @Test("Two requests ask for the same whatever their limits are, and for something else with another block")
    func sameRequest() throws {
        let scale = #"{"clusterRef": "demo", "type": "HorizontalScaling", "horizontalScaling": {"replicas": 5}"#
        let one = try OpsRequest(try Sample.request(scale + "}")).spec
        let other = try OpsRequest(try Sample.request(scale + #", "timeoutSeconds": 5, "cancel": true}"#)).spec
        #expect(one.asksForTheSame(as: other))
        var third = one
        third.horizontalScaling?.replicas = 4
        #expect(!one.asksForTheSame(as: third))
    }
}

extension JSONValue {
    /// What the API server makes of a value: absent fields get their defaults, in objects that are there.
    fileprivate func defaulted(by schema: JSONValue) -> JSONValue {
        guard object != nil, let properties = schema["properties"]?.object else { return self }
        var result = self
        for property in properties {
            if let value = result[property.name] {
                result[property.name] = value.defaulted(by: property.value)
            } else if let value = property.value["default"] {
                result[property.name] = value
            }
        }
        return result
    }
}
