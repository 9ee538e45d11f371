import JSON
import KubernetesAPI
import Testing

@Suite struct ObjectTests {
    private let pod = Array(
        #"""
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"db-1","namespace":"shop","uid":"u1","resourceVersion":"42",
        "generation":3,"creationTimestamp":"2026-11-01T12:00:00Z","deletionTimestamp":null,"labels":{"a":"b"},
        "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}","x":"y"},"finalizers":["f"],
        "managedFields":[{"manager":"m","fieldsV1":{"f:spec":{}}}],
        "ownerReferences":[{"apiVersion":"v1","kind":"X","name":"o","uid":"u0"},
        {"apiVersion":"postgresql.cnpg.io/v1","kind":"Cluster","name":"db","uid":"u2","controller":true}]},
        "spec":{"nodeName":"n1","containers":[{"name":"postgres","image":"pg:17","resources":{"limits":{"cpu":"1"}}}]},
        "status":{"phase":"Running","conditions":[{"type":"Ready","status":"True","lastTransitionTime":null}],
        "containerStatuses":[{"name":"postgres","ready":true,"restartCount":2,
        "state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}
        """#.utf8
    )

    @Test("a Pod is read with what the operator needs of it")
    func readPod() throws {
        let pod = try Pod.kind.decode(self.pod)
        #expect(pod.key == ObjectKey(namespace: "shop", name: "db-1"))
        #expect(pod.metadata.resourceVersion == "42")
        #expect(pod.metadata.generation == 3)
        #expect(pod.metadata.creationTimestamp == Timestamp("2026-11-01T12:00:00Z"))
        #expect(!pod.metadata.isBeingDeleted)
        #expect(pod.metadata.annotations == ["x": "y"])
        #expect(pod.metadata.finalizers == ["f"])
        #expect(pod.metadata.controllerReference?.name == "db")
        #expect(pod.nodeName == "n1")
        #expect(pod.containers.first?.limits == ["cpu": "1"])
        #expect(pod.containerStatuses.first?.restartCount == 2)
        #expect(pod.containerStatuses.first?.waitingReason == "CrashLoopBackOff")
        #expect(pod.isReady)
    }

    @Test("an object without a type of its own keeps everything but managedFields")
    func dynamic() throws {
        let object = try DynamicObject.kind(.pod).decode(pod)
        var expected = try JSONValue(parsing: pod)
        expected["metadata"]?["managedFields"] = nil
        #expect(object.content == expected)
        #expect(object.metadata.name == "db-1")
        #expect(try object.read { (root) throws(JSONError) in root["spec"]?["nodeName"]?.string } == "n1")
        #expect(try DynamicObject(resource: .pod, expected).content == expected)
    }

    @Test("an object that is not as it must be is refused with the field's path")
    func wrongField() throws {
        let bytes = Array(#"{"metadata":{"name":"a","labels":{"x":"1","y":2}}}"#.utf8)
        let error = try #require(throws: JSONError.self) { try Pod.kind.decode(bytes) }
        #expect(error.path == "metadata.labels.y")
    }

    @Test("a claim grows while it has less than it asks for")
    func claim() throws {
        let text = #"""
            {"metadata":{"name":"data"},"spec":{"storageClassName":"fast","resources":{"requests":{"storage":"2Gi"}}},
            "status":{"phase":"Bound","capacity":{"storage":"1024Mi"},"conditions":[{"type":"Resizing","status":"True"}]}}
            """#
        let claim = try PersistentVolumeClaim.kind.decode(Array(text.utf8))
        #expect(claim.requested == Quantity("2Gi"))
        #expect(claim.capacity == Quantity("1Gi"))
        #expect(claim.isGrowing)
        #expect(claim.storageClassName == "fast")
        #expect(claim.conditions.isTrue("Resizing"))
    }

    @Test("a lease that is written back keeps the fields nobody here knows")
    func lease() throws {
        let text = #"""
            {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l","resourceVersion":"7","x":1},
            "spec":{"holderIdentity":"a","renewTime":"2026-11-01T12:00:00.123456Z","strategy":"Oldest","leaseTransitions":4}}
            """#
        var lease = try Lease.kind.decode(Array(text.utf8))
        #expect(lease.renewTime?.withMicroseconds == "2026-11-01T12:00:00.123456Z")
        lease.holderIdentity = "b"
        lease.leaseTransitions += 1
        lease.leaseDurationSeconds = 15
        #expect(
            lease.json["spec"] == [
                "holderIdentity": "b", "leaseDurationSeconds": 15, "leaseTransitions": 5,
                "renewTime": "2026-11-01T12:00:00.123456Z", "strategy": "Oldest",
            ]
        )
        #expect(lease.json["metadata"] == ["name": "l", "resourceVersion": "7", "x": 1])
        #expect(Lease(namespace: "n", name: "l").json.at("metadata", "namespace") == "n")
    }

    @Test("jobs and deployments tell how they are doing")
    func workloads() throws {
        let job = try Job.kind.decode(
            Array(
                #"{"metadata":{"name":"j"},"status":{"failed":3,"conditions":[{"type":"Failed","status":"True"}]}}"#
                    .utf8
            )
        )
        #expect(job.isFailed && !job.isComplete && job.failed == 3)
        let text = #"""
            {"metadata":{"name":"d","generation":2},"spec":{"replicas":2},
            "status":{"observedGeneration":1,"readyReplicas":2,"updatedReplicas":2}}
            """#
        var deployment = try Deployment.kind.decode(Array(text.utf8))
        #expect(!deployment.isRolledOut)
        deployment.observedGeneration = 2
        #expect(deployment.isRolledOut)
    }

    @Test("paths of objects are those of the API server")
    func paths() {
        #expect(ResourceType.pod.path(namespace: "shop", name: "a") == "/api/v1/namespaces/shop/pods/a")
        #expect(ResourceType.pod.path(namespace: nil) == "/api/v1/pods")
        #expect(
            ResourceType.deployment.path(namespace: "shop", name: "web", subresource: "status")
                == "/apis/apps/v1/namespaces/shop/deployments/web/status"
        )
        #expect(ResourceType.namespace.path(namespace: "x", name: "shop") == "/api/v1/namespaces/shop")
        #expect(
            ResourceType.secret.path(namespace: "a", name: "b/../c?d") == "/api/v1/namespaces/a/secrets/b%2F..%2Fc%3Fd"
        )
        #expect(ResourceType.lease.apiVersion == "coordination.k8s.io/v1")
        #expect(ObjectKey("shop/db") == ObjectKey(namespace: "shop", name: "db"))
        #expect(ObjectKey("a/b/c") == nil)
    }
}
