import CRDs
import KubernetesAPI

/// The version that a database shall have, as far as it is known.
enum KubeDBWishedVersion: Sendable {
    /// The name of an object of the catalogue; the object itself where the catalogue was read.
    case known(name: String, KubeDBVersion?)
    case need([Need])
    case refused(Refusal)

    /// A version that nobody chose is kept: a new default of the operator must not upgrade a running database.
    ///
    /// The catalogue is not read for a database that has what its cluster asks for.
    init(_ cluster: DatabaseCluster, _ engine: KubeDBEngine, live: String?, _ observed: Observed) {
        let wanted = cluster.spec.version ?? cluster.status.version
        if let live, cluster.spec.version.map({ Self.names(live, $0) }) ?? true {
            self = .known(name: live, nil)
            return
        }
        guard let catalogue = KubeDBCatalogue(engine, observed) else {
            self = .need([KubeDBCatalogue.need(of: engine)])
            return
        }
        if let found = wanted.map(catalogue.resolve) ?? catalogue.standard {
            self = .known(name: found.name, found)
            return
        }
        if let wanted, observed.answers[KubeDBCatalogue.need(of: wanted, engine)] == nil {
            self = .need([KubeDBCatalogue.need(of: wanted, engine)])
            return
        }
        self = .refused(Self.unknown(wanted, catalogue))
    }

    /// Whether the name of an object of the catalogue says that version, such as `xpack-9.2.3` does of 9.2.3.
    static func names(_ name: String, _ version: String) -> Bool {
        if name == version { return true }
        guard version.first?.isNumber == true else { return false }
        return name.hasSuffix("-\(version)") || name.hasPrefix("\(version)-")
    }

    private static func unknown(_ wanted: String?, _ catalogue: KubeDBCatalogue) -> Refusal {
        let kind = catalogue.engine.catalogue.kind
        guard let wanted else {
            return Refusal(
                "CatalogueEmpty",
                "KubeDB's catalogue has no \(kind) that is not deprecated; install the chart kubedb-catalog, or name a version"
            )
        }
        return Refusal(
            "UnknownVersion",
            "version \(wanted) is not in KubeDB's catalogue (\(kind)), which has: \(catalogue.names)"
        )
    }

    /// The name; nil while it is not known.
    var name: String? { if case .known(let name, _) = self { name } else { nil } }
    var refusal: Refusal? { if case .refused(let refusal) = self { refusal } else { nil } }
}
