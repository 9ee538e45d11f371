package import CRDs

/// Knows the providers, and which of them serves a cluster.
package struct ProviderFactory: Sendable {
    /// In the order of registration; names occur once.
    package let providers: [any Provider]

    /// The providers of this operator, with what size classes mean.
    package init(sizes: SizeLadder = .standard) {
        self.init(providers: [
            CNPGProvider(sizes: sizes),
            PSMDBProvider(sizes: sizes),
            PXCProvider(sizes: sizes),
            StrimziProvider(sizes: sizes),
            KubeDBProvider(sizes: sizes),
        ])
    }

    package init(providers: [any Provider]) { self.providers = providers }

    /// The provider that the spec names, or the default of its engine.
    ///
    /// - Throws: `Refusal` when this operator does not have it, or it does not serve the engine.
    package func provider(for spec: DatabaseClusterSpec) throws(Refusal) -> any Provider {
        let name = spec.effectiveProvider
        guard let provider = providers.first(where: { $0.name == name }) else {
            let known = providers.map { provider in
                "\(provider.name.rawValue) (\(provider.engines.map(\.rawValue).sorted().joined(separator: ", ")))"
            }
            throw Refusal(
                "ProviderUnknown",
                "provider \(name.rawValue), which engine \(spec.engine.rawValue) needs, is not part of this operator; "
                    + "it has: \(known.joined(separator: "; "))"
            )
        }
        guard provider.engines.contains(spec.engine) else {
            throw Refusal(
                "EngineNotServed",
                "provider \(name.rawValue) does not serve engine \(spec.engine.rawValue); leave provider out to get "
                    + "\(spec.engine.defaultProvider.rawValue)"
            )
        }
        return provider
    }
}
