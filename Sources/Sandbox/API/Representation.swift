/// The form in which a client wants its answer.
struct Representation: Sendable {
    enum Form: String, Sendable {
        case object = ""
        case table = "Table"
        case metadata = "PartialObjectMetadata"
        case metadataList = "PartialObjectMetadataList"
        case discovery = "APIGroupDiscoveryList"
    }

    var form = Form.object
    var isYAML = false
    /// The version of the form ("v1"), where it has one.
    var version = ""

    init() {}

    /// The first form of an Accept field that the server knows; fails with 406 when there is none.
    init(accept: String, allowing forms: Set<Form>) throws(APIFailure) {
        guard !accept.isEmpty else { return }
        for clause in accept.split(separator: ",") {
            let parts = clause.split(separator: ";").map(\.trimmed)
            guard let type = parts.first?.lowercased() else { continue }
            guard ["application/json", "application/yaml", "*/*", "application/*"].contains(type) else { continue }
            var parameters: [String: String] = [:]
            for part in parts.dropFirst() {
                let pair = part.split(separator: "=", maxSplits: 1).map(\.trimmed)
                if pair.count == 2 { parameters[pair[0]] = pair[1] }
            }
            guard let form = Form(rawValue: parameters["as"] ?? ""), forms.contains(form) else { continue }
            if form != .object, let version = parameters["v"], version != "v1", version != "v2" { continue }
            self.form = form
            version = parameters["v"] ?? ""
            isYAML = type == "application/yaml"
            return
        }
        throw .notAcceptable(["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"])
    }
}
