import JSON

/// The definitions of child operators that the sandbox installs, as JSON without descriptions.
enum EmbeddedDefinitions {
    /// CloudNativePG's, and those of its Barman Cloud plugin.
    static var cnpg: [JSONValue] {
        let texts = [
            clusters, backups, scheduledBackups, poolers, imageCatalogs, clusterImageCatalogs, objectStores,
        ]
        // Texts that a script has written are always JSON; a test reads each of them.
        return texts.compactMap { try? JSONValue(parsing: $0) }
    }
}
