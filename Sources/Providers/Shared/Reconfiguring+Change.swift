import CRDs
import JSON

extension OpsRequestSpec.Reconfiguring {
    /// The parameters as they shall be: items keep their places, new ones come last.
    func config(from before: [ConfigParameter]) -> [ConfigParameter] {
        var wanted = before.filter { !remove.contains($0.name) }
        for parameter in config {
            if let index = wanted.firstIndex(where: { $0.name == parameter.name }) {
                wanted[index] = parameter
            } else {
                wanted.append(parameter)
            }
        }
        return wanted
    }

    /// The change of `spec.config` that it is.
    func change(of before: [ConfigParameter]) -> SpecChange {
        SpecChange([("config", Self.json(before), Self.json(config(from: before)))], log: log(before))
    }

    private static func json(_ config: [ConfigParameter]) -> JSONValue? {
        config.isEmpty ? nil : .array(config.map(\.json))
    }

    private func log(_ config: [ConfigParameter]) -> String {
        let before = Dictionary(config.map { ($0.name, $0.value) }) { _, last in last }
        let set = self.config.filter { before[$0.name] != $0.value }
            .map { "\($0.name) \(before[$0.name] ?? "default") → \($0.value)" }
        let removed = remove.compactMap { name in before[name].map { "\(name) \($0) → default" } }
        return (set + removed).joined(separator: ", ")
    }

    /// Refuses a name that is in both lists.
    var contradiction: Refusal? {
        guard let name = config.map(\.name).first(where: remove.contains) else { return nil }
        return Refusal("InvalidParameter", "\(name) is both set and removed; leave it in one of the two lists")
    }
}
