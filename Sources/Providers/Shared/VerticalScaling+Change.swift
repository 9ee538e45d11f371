import CRDs
import JSON

extension OpsRequestSpec.VerticalScaling {
    /// What each member shall have; nil when the class is not known, or nothing is asked for.
    func asked(_ sizes: SizeLadder) -> ResourceRequirements? {
        size == nil && resources == nil ? nil : sizes.resources(size: size, resources: resources)
    }

    /// What the spec says, and shall say; empty when it does.
    func fields(from spec: DatabaseClusterSpec) -> [SpecChange.Field] {
        let fields: [SpecChange.Field] = [
            ("size", spec.size.map(JSONValue.string), size.map(JSONValue.string)),
            ("resources", spec.resources?.json, resources?.json),
        ]
        return fields.filter { $0.before != $0.after }
    }

    /// Such as `resources db.t3.medium → db.t3.large`.
    func log(from spec: DatabaseClusterSpec) -> String {
        "resources \(Self.text(spec.size, spec.resources)) → \(Self.text(size, resources))"
    }

    private static func text(_ size: String?, _ resources: ResourceRequirements?) -> String {
        size ?? resources.map(\.text) ?? "default"
    }
}
