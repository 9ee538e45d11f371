import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@testable import ControllerRuntime
@testable import Operator

@Suite("Clusters at rest")
struct RestingClustersTests {
    private let stores = Stores(ProviderFactory())
    private let key = ObjectKey(namespace: "default", name: "orders")

    /// Puts a version of the cluster into the store and lets it rest as it stands there.
    private func restingClusters(answers: [Need: NeedAnswer] = [:]) throws -> RestingClusters {
        let cluster = try put("1")
        let resting = RestingClusters(stores)
        #expect(!resting.isResting(key), "nothing rests before a look has said so")
        resting.rest(key, resting.sight(of: cluster), answers: answers)
        return resting
    }

    @discardableResult
    private func put(_ version: String) throws -> DatabaseCluster {
        var cluster = try Given.cluster()
        cluster.metadata.uid = "uid"
        cluster.metadata.resourceVersion = version
        stores.clusters.apply(.object(cluster), namespace: "", resourceVersion: version)
        return cluster
    }

    private func pod(_ version: String) throws -> ChildObject {
        let metadata: JSONValue = [
            "name": "orders-1", "namespace": "default", "uid": "pod", "resourceVersion": .string(version),
            "labels": ["dbaas.io/cluster": "orders", "app.kubernetes.io/managed-by": "dbaas-operator"],
        ]
        let value: JSONValue = ["apiVersion": "v1", "kind": "Pod", "metadata": metadata]
        return ChildObject(resource: .pod, body: try Pod.kind.decode(value.serialized()))
    }

    @Test("One of which nothing changed rests, but not for ever")
    func rests() throws {
        let resting = try restingClusters()
        #expect(resting.isResting(key))
        #expect(!resting.isResting(key, now: .now + RestingClusters.longest))
        resting.disturb(key)
        #expect(!resting.isResting(key))
    }

    @Test("The version that the look's own status write has made is rested on, another one is not")
    func ownStatus() throws {
        let cluster = try put("1")
        let resting = RestingClusters(stores)
        resting.rest(key, resting.sight(of: cluster), written: "2", answers: [:])
        #expect(!resting.isResting(key), "the write has not been seen yet")
        try put("2")
        #expect(resting.isResting(key))
        try put("3")
        #expect(!resting.isResting(key))
    }

    @Test("An edit of the cluster, a change of a child and a new OpsRequest each end the rest")
    func disturbances() throws {
        let edited = try restingClusters()
        try put("2")
        #expect(!edited.isResting(key))

        let pods = try #require(stores.children[.cnpg]?[.pod])
        pods.apply(.object(try pod("5")), namespace: "", resourceVersion: "5")
        let withPod = try restingClusters()
        #expect(withPod.isResting(key))
        pods.apply(.object(try pod("6")), namespace: "", resourceVersion: "6")
        #expect(!withPod.isResting(key))
        let before = try restingClusters()
        pods.remove(ObjectKey(namespace: "default", name: "orders-1"), namespace: "", resourceVersion: "7")
        #expect(!before.isResting(key))

        let alone = try restingClusters()
        stores.requests.apply(.object(Given.request()), namespace: "", resourceVersion: "8")
        #expect(!alone.isResting(key))
    }

    @Test("A child operator that is removed or installed ends the rest")
    func kinds() throws {
        let pods = try #require(stores.children[.cnpg]?[.pod])
        let resting = try restingClusters()
        pods.replace([:], namespace: "", resourceVersion: "9")
        #expect(!resting.isResting(key))
    }

    @Test("What was read live is read again after a while, and what was not there keeps nobody resting")
    func answers() throws {
        let need = Need.secretKeys(ObjectKey(namespace: "default", name: "s"))
        let informed = try restingClusters(answers: [need: .keys(["a"])])
        #expect(informed.isResting(key))
        #expect(!informed.isResting(key, now: .now + RestingClusters.longestWithAnswers))
        let uninformed = try restingClusters(answers: [need: .absent])
        #expect(!uninformed.isResting(key))
    }

    @Test("A new version of the BackupStorage that it was about ends the rest")
    func storages() throws {
        func putStorage(_ version: String) {
            var metadata = ObjectMeta(name: "main", namespace: "default")
            metadata.resourceVersion = version
            let storage = BackupStorage(metadata: metadata, spec: BackupStorageSpec(type: .s3, bucket: "b"))
            stores.storages.apply(.object(storage), namespace: "", resourceVersion: version)
        }
        putStorage("1")
        let need = Need.object(BackupStorage.resource, ObjectKey(namespace: "default", name: "main"))
        let resting = try restingClusters(answers: [need: .object([:])])
        #expect(resting.isResting(key))
        putStorage("2")
        #expect(!resting.isResting(key))
    }
}
