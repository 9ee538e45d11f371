import JSON

/// The classes of volumes of a cluster.
struct StorageClasses {
    let classes: [JSONValue]

    /// Whether the class of a claim lets it grow; a class nobody knows does.
    func canExpand(_ claim: JSONValue) -> Bool {
        let named = claim.at("spec", "storageClassName")?.string
        let used = classes.first { storageClass in
            named.map { $0 == storageClass.objectName }
                ?? (storageClass.annotation("storageclass.kubernetes.io/is-default-class") == "true")
        }
        return used.map { $0["allowVolumeExpansion"]?.bool == true } ?? true
    }
}
