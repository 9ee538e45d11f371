/// What a database is, for the person who asks for one.
package enum Engine: String, Sendable, Hashable, CaseIterable {
    case postgresql
    case mongodb
    case mysql
    case kafka
    case mariadb
    case redis
    case elasticsearch

    /// Who runs this engine when `spec.provider` is not given.
    package var defaultProvider: ProviderName {
        switch self {
        case .postgresql: .cnpg
        case .mongodb: .perconaPSMDB
        case .mysql: .perconaPXC
        case .kafka: .strimzi
        case .mariadb, .redis, .elasticsearch: .kubedb
        }
    }

    /// The proxies that fit this engine, its default first; empty when it has none.
    package var proxyTypes: [ProxyType] {
        switch self {
        case .postgresql: [.pgbouncer]
        case .mysql, .mariadb: [.haproxy, .proxysql]
        case .mongodb: [.mongos]
        case .kafka, .redis, .elasticsearch: []
        }
    }
}

/// Which database operator does the work, by the name that people write.
///
/// Names are open, so that a provider brings its own; those of ``allCases`` are the ones that the published definition
/// lets through.
package struct ProviderName: RawRepresentable, Sendable, Hashable, CaseIterable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let cnpg = ProviderName(rawValue: "cnpg")
    package static let perconaPSMDB = ProviderName(rawValue: "percona-psmdb")
    package static let perconaPXC = ProviderName(rawValue: "percona-pxc")
    package static let strimzi = ProviderName(rawValue: "strimzi")
    package static let kubedb = ProviderName(rawValue: "kubedb")

    package static let allCases: [ProviderName] = [.cnpg, .perconaPSMDB, .perconaPXC, .strimzi, .kubedb]

    /// Whether a cluster of this engine may name this provider.
    package func serves(_ engine: Engine) -> Bool { self == .kubedb || engine.defaultProvider == self }
}

/// A proxy or connection pooler in front of the members.
package enum ProxyType: String, Sendable, Hashable, CaseIterable {
    case pgbouncer
    case haproxy
    case proxysql
    case mongos
}
