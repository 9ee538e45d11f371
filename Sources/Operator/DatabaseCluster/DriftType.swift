/// The label `type` of `dbaas_drift_detected_total`: what a manual edit of a child touched.
enum DriftType: String, CaseIterable {
    case size
    case replicas
    case storage
    case configuration
    case other

    /// From the path of the field that was edited.
    ///
    /// The names are those that the child kinds use for the same things.
    init(path: String) {
        let fields = path.split(separator: ".").map { $0.prefix { $0 != "[" } }
        if fields.contains("resources") {
            self = .size
        } else if fields.last == "instances" || fields.last == "replicas" || fields.last == "members" {
            self = .replicas
        } else if fields.contains(where: { $0 == "storage" || $0 == "walStorage" || $0 == "volumeSpec" }) {
            self = .storage
        } else if fields.contains(where: { $0 == "parameters" || $0 == "configuration" || $0 == "config" }) {
            self = .configuration
        } else {
            self = .other
        }
    }
}
