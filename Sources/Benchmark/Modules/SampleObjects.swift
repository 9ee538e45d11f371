/// DatabaseClusters as an API server gives them, managed fields included.
enum SampleObjects {
    /// An answer to a list request.
    static func list(count: Int) -> [UInt8] {
        let items = (0..<count).map { object($0).replacing("VERSION", with: "9000") }.joined(separator: ",")
        let head =
            #"{"apiVersion":"dbaas.io/v1alpha1","kind":"DatabaseClusterList","metadata":{"resourceVersion":"9000"}"#
        return Array((head + #","items":["# + items + "]}").utf8)
    }

    /// A line of a watch whose version is still open.
    struct Event: Sendable {
        private let head: [UInt8]
        private let tail: [UInt8]

        init(number: Int) {
            let text = #"{"type":"MODIFIED","object":"# + object(number) + "}"
            let parts = text.split(separator: "VERSION", maxSplits: 1).map { Array($0.utf8) }
            head = parts.first ?? []
            tail = parts.last ?? []
        }

        /// The line with that version in it.
        func line(version: Int) -> [UInt8] { head + Array(String(version).utf8) + tail }
    }

    /// The line that ends the initial events of a watch.
    static let endOfInitialEvents = Array(
        (#"{"type":"BOOKMARK","object":{"kind":"DatabaseCluster","apiVersion":"dbaas.io/v1alpha1","metadata":"#
            + #"{"resourceVersion":"9000","annotations":{"k8s.io/initial-events-end":"true"}}}}"#).utf8
    )

    private static func object(_ number: Int) -> String { template.replacing("NUMBER", with: "\(number)") }

    /// A Ready cluster of one member, as a list has it.
    private static let template = #"""
        {"apiVersion":"dbaas.io/v1alpha1","kind":"DatabaseCluster",\#
        "metadata":{"creationTimestamp":"2026-11-21T06:49:28Z","finalizers":["dbaas.io/cleanup"],"generation":1,\#
        "managedFields":[{"apiVersion":"dbaas.io/v1alpha1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{".":{},\#
        "f:clusterSize":{},"f:deletionPolicy":{},"f:engine":{},"f:stopped":{},"f:storage":{}}},"manager":"kubectl",\#
        "operation":"Update","time":"2026-11-21T06:49:28Z"},{"apiVersion":"dbaas.io/v1alpha1",\#
        "fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:finalizers":{".":{},"v:\"dbaas.io/cleanup\"":{}}}},\#
        "manager":"dbaas-operator/cluster","operation":"Update","time":"2026-11-21T06:49:28Z"},\#
        {"apiVersion":"dbaas.io/v1alpha1","fieldsType":"FieldsV1","fieldsV1":{"f:status":{".":{},"f:child":{".":{},\#
        "f:apiVersion":{},"f:kind":{},"f:name":{}},"f:conditions":{".":{},"k:{\"type\":\"Accepted\"}":{".":{},\#
        "f:lastTransitionTime":{},"f:message":{},"f:observedGeneration":{},"f:reason":{},"f:status":{},"f:type":{}},\#
        "k:{\"type\":\"ChildSynced\"}":{".":{},"f:lastTransitionTime":{},"f:message":{},"f:observedGeneration":{},\#
        "f:reason":{},"f:status":{},"f:type":{}},"k:{\"type\":\"Drifted\"}":{".":{},"f:lastTransitionTime":{},\#
        "f:message":{},"f:observedGeneration":{},"f:reason":{},"f:status":{},"f:type":{}},\#
        "k:{\"type\":\"ProviderAvailable\"}":{".":{},"f:lastTransitionTime":{},"f:message":{},\#
        "f:observedGeneration":{},"f:reason":{},"f:status":{},"f:type":{}},"k:{\"type\":\"Ready\"}":{".":{},\#
        "f:lastTransitionTime":{},"f:message":{},"f:observedGeneration":{},"f:reason":{},"f:status":{},\#
        "f:type":{}}},"f:credentialsSecret":{},"f:current":{".":{},"f:clusterSize":{},"f:resources":{".":{},\#
        "f:limits":{".":{},"f:cpu":{},"f:memory":{}},"f:requests":{".":{},"f:cpu":{},"f:memory":{}}},"f:size":{},\#
        "f:storage":{}},"f:endpoints":{".":{},"f:primary":{}},"f:instances":{},"f:members":{".":{},\#
        "k:{\"name\":\"bench-NUMBER-1\"}":{".":{},"f:name":{},"f:ready":{},"f:role":{}}},"f:observedGeneration":{},\#
        "f:phase":{},"f:primary":{},"f:provider":{},"f:ready":{},"f:readyInstances":{},"f:selector":{},\#
        "f:version":{}}},"manager":"dbaas-operator/status","operation":"Update","subresource":"status",\#
        "time":"2026-11-21T06:49:29Z"}],"name":"bench-NUMBER","namespace":"default","resourceVersion":"VERSION",\#
        "uid":"e4fdd62d-e4aa-4ad3-9fa1-2cb292d6f141"},"spec":{"clusterSize":1,"deletionPolicy":"Delete",\#
        "engine":"postgresql","stopped":false,"storage":"1Gi"},\#
        "status":{"child":{"apiVersion":"postgresql.cnpg.io/v1","kind":"Cluster","name":"bench-NUMBER"},\#
        "conditions":[{"lastTransitionTime":"2026-11-21T06:49:28Z","message":"","observedGeneration":1,\#
        "reason":"Accepted","status":"True","type":"Accepted"},{"lastTransitionTime":"2026-11-21T06:49:28Z",\#
        "message":"","observedGeneration":1,"reason":"Installed","status":"True","type":"ProviderAvailable"},\#
        {"lastTransitionTime":"2026-11-21T06:49:28Z","message":"","observedGeneration":1,"reason":"Applied",\#
        "status":"True","type":"ChildSynced"},{"lastTransitionTime":"2026-11-21T06:49:28Z","message":"",\#
        "observedGeneration":1,"reason":"InSync","status":"False","type":"Drifted"},\#
        {"lastTransitionTime":"2026-11-21T06:49:28Z","message":"","observedGeneration":1,"reason":"Ready",\#
        "status":"True","type":"Ready"}],"credentialsSecret":"bench-NUMBER-app","current":{"clusterSize":1,\#
        "resources":{"limits":{"cpu":"1","memory":"2Gi"},"requests":{"cpu":"1","memory":"2Gi"}},\#
        "size":"db.t3.medium","storage":"1Gi"},"endpoints":{"primary":"bench-NUMBER-rw.default.svc:5432"},\#
        "instances":1,"members":[{"name":"bench-NUMBER-1","ready":true,"role":"primary"}],"observedGeneration":1,\#
        "phase":"Ready","primary":"bench-NUMBER-1","provider":"cnpg","ready":"1/1","readyInstances":1,\#
        "selector":"cnpg.io/cluster=bench-NUMBER,cnpg.io/podRole=instance","version":"18.4"}}
        """#
}
