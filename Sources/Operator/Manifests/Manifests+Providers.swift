import CRDs
import Providers

extension Manifests {
    /// Every generated file for the providers that are built in.
    static func files() -> [File] {
        files(providerRules: ProviderFactory(sizes: .standard).providers.flatMap(\.permissions))
    }
}
