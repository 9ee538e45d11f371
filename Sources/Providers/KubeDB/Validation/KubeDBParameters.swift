import CRDs

/// Engine parameters that would break the file that they are written to.
struct KubeDBParameters {
    private let plan: KubeDBPlan

    init(_ plan: KubeDBPlan) { self.plan = plan }

    var refusals: [Refusal] {
        let parameters = plan.cluster.spec.config
        let names = Set(parameters.map(\.name))
        return parameters.compactMap { parameter in
            guard Self.isName(parameter.name) else {
                return invalid(parameter, "has a name of other than letters, digits, dots, dashes and underscores")
            }
            if parameter.value.utf8.contains(where: { $0 < 0x20 }) {
                return invalid(parameter, "has a value of more than one line")
            }
            guard plan.engine.engine == .mongodb else { return nil }
            let parents = parameter.name.indices.filter { parameter.name[$0] == "." }
                .map { String(parameter.name[..<$0]) }
            guard let parent = parents.first(where: names.contains) else { return nil }
            return invalid(parameter, "stands inside of \(parent), which has a value of its own")
        }
    }

    private func invalid(_ parameter: ConfigParameter, _ problem: String) -> Refusal {
        Refusal(
            "InvalidParameter",
            "config parameter \(parameter.name) \(problem), so it cannot be written to \(plan.engine.configFile)"
        )
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix(".") && !name.hasSuffix(".") && !name.contains("..")
            && name.utf8.allSatisfy(KubeDBConfiguration.isPlain)
    }
}
