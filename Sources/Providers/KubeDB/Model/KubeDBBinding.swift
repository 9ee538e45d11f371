import JSON
import KubernetesAPI

/// What is looked at of an `AppBinding`, which has the database's name: how clients reach it.
struct KubeDBBinding: KubernetesObject {
    var metadata: ObjectMeta
    /// The service's name; nil where clients go elsewhere.
    private(set) var service: String?
    private(set) var port: Int?
    /// The Secret with the credentials.
    private(set) var secret: String?
    private(set) var version: String?

    static let kind = ObjectKind<KubeDBBinding>(resource: .appBinding) { (element) throws(JSONError) in
        try KubeDBBinding(from: element)
    }

    init(from element: JSONElement) throws(JSONError) {
        metadata = ObjectMeta(name: "")
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "metadata": metadata = try ObjectMeta(from: value)
            case "spec":
                let target = value["clientConfig"]?["service"]
                service = target?["name"]?.string
                port = target?["port"]?.integer.map { Int($0) }
                secret = value["secret"]?["name"]?.string
                version = value["version"]?.string
            default: break
            }
        }
    }
}

/// What is looked at of a service that KubeDB made: how it is reached from outside.
struct KubeDBService: KubernetesObject {
    var metadata: ObjectMeta
    /// The first address that a load balancer has given.
    private(set) var address: String?
    private(set) var port: Int?

    static let kind = ObjectKind<KubeDBService>(resource: .service) { (element) throws(JSONError) in
        try KubeDBService(from: element)
    }

    init(from element: JSONElement) throws(JSONError) {
        metadata = ObjectMeta(name: "")
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "metadata": metadata = try ObjectMeta(from: value)
            case "spec":
                value["ports"]?.forEachItem { item in port = port ?? item["port"]?.integer.map { Int($0) } }
            case "status":
                value["loadBalancer"]?["ingress"]?.forEachItem { item in
                    address = address ?? item["hostname"]?.string ?? item["ip"]?.string
                }
            default: break
            }
        }
    }
}

/// An object of which only its being there counts.
struct KubeDBTrace: KubernetesObject {
    let metadata: ObjectMeta

    static func kind(_ resource: ResourceType) -> ObjectKind<KubeDBTrace> {
        ObjectKind(resource: resource) { (element) throws(JSONError) in
            KubeDBTrace(metadata: try ObjectMeta(from: element["metadata"] ?? element))
        }
    }
}

extension ResourceType {
    /// What tells the Prometheus operator which services to scrape.
    static let serviceMonitor = ResourceType(
        group: "monitoring.coreos.com",
        version: "v1",
        plural: "servicemonitors",
        kind: "ServiceMonitor"
    )
}
