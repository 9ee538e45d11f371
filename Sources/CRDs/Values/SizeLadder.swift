package import JSON
import KubernetesAPI

/// A named pair of processor and memory.
package struct SizeClass: Sendable, Equatable {
    /// The name that people write in `spec.size`.
    package var name: String
    /// What each member gets; requests equal limits.
    package var resources: ResourceRequirements

    package init(name: String, resources: ResourceRequirements) {
        self.name = name
        self.resources = resources
    }
}

/// The size classes that are on offer, smallest first within a family.
///
/// The ladder is data: an installation may replace the default one by a file.
package struct SizeLadder: Sendable, Equatable {
    /// The classes in the order in which they were given; names occur once.
    package let classes: [SizeClass]
    /// The class of a cluster that gives neither size nor resources.
    package let defaultClass: SizeClass

    /// The names, for messages.
    package var names: [String] { classes.map(\.name) }

    /// The class of that name, or nil when there is none.
    package subscript(name: String) -> SizeClass? { classes.first { $0.name == name } }

    /// The class with exactly these requests and limits, so that a status can name it; nil when there is none.
    package func sizeClass(of resources: ResourceRequirements) -> SizeClass? {
        classes.first { $0.resources == resources }
    }

    /// What each member of a cluster shall have: its resources, its class's, or the default class's.
    ///
    /// Nil when the spec names a class that is not on the ladder; the caller refuses with ``unknown(_:)``.
    package func resources(of spec: DatabaseClusterSpec) -> ResourceRequirements? {
        resources(size: spec.size, resources: spec.resources)
    }

    /// What a pair of `size` and `resources` fields asks for; see ``resources(of:)``.
    package func resources(size: String?, resources: ResourceRequirements?) -> ResourceRequirements? {
        if let resources { return resources }
        guard let size else { return defaultClass.resources }
        return self[size]?.resources
    }

    /// The sentence that refuses a class which is not on the ladder.
    package func unknown(_ name: String) -> String {
        "size \(name) is not known here: use one of \(names.joined(separator: ", ")), or give resources"
    }
}

extension SizeLadder {
    /// The ladder that is used when none is configured.
    package static let standard: SizeLadder = {
        let rows: [(name: String, cpu: Int64, memory: Int64)] = [
            ("db.t3.micro", 250, 512), ("db.t3.small", 500, 1024), ("db.t3.medium", 1000, 2048),
            ("db.t3.large", 2000, 4096), ("db.t3.xlarge", 4000, 8192), ("db.t3.2xlarge", 8000, 16_384),
            ("db.m5.large", 2000, 8192), ("db.m5.xlarge", 4000, 16_384), ("db.m5.2xlarge", 8000, 32_768),
            ("db.r5.large", 2000, 16_384), ("db.r5.xlarge", 4000, 32_768), ("db.r5.2xlarge", 8000, 65_536),
        ]
        let classes = rows.map { row in
            SizeClass(
                name: row.name,
                resources: ResourceRequirements(
                    cpu: Quantity(milli: row.cpu),
                    memory: Quantity(bytes: row.memory << 20)
                )
            )
        }
        return SizeLadder(classes: classes, defaultClass: classes[2])
    }()

    /// Reads a ladder from a file's value: `{default: NAME, classes: [{name, cpu, memory}, …]}`.
    ///
    /// Without `default`, db.t3.medium is the default where it is listed, else the first class. Throws when there is
    /// no class, a name occurs twice, an amount is no quantity, or the default is not listed.
    package init(_ value: JSONValue) throws(JSONError) {
        guard let items = value["classes"]?.array, !items.isEmpty else {
            throw JSONError(message: "The size ladder needs a list of at least one class.", path: "classes")
        }
        var classes: [SizeClass] = []
        for (index, item) in items.enumerated() {
            let sizeClass: SizeClass
            do throws(JSONError) { sizeClass = try SizeClass(item) } catch { throw error.under("classes[\(index)]") }
            guard !classes.contains(where: { $0.name == sizeClass.name }) else {
                throw JSONError(message: "\(sizeClass.name) is listed twice.", path: "classes[\(index)].name")
            }
            classes.append(sizeClass)
        }
        let wanted = value["default"]?.string
        let fallback = classes.first { $0.name == SizeLadder.standard.defaultClass.name } ?? classes[0]
        let named = wanted.flatMap { name in classes.first { $0.name == name } }
        if let wanted, named == nil {
            throw JSONError(message: "The default class \(wanted) is not in the list.", path: "default")
        }
        self.init(classes: classes, defaultClass: named ?? fallback)
    }
}

extension SizeClass {
    fileprivate init(_ value: JSONValue) throws(JSONError) {
        guard let name = value["name"]?.string, !name.isEmpty else {
            throw JSONError(message: "A size class needs a name.", path: "name")
        }
        func amount(_ field: String) throws(JSONError) -> Quantity {
            let text = value[field]?.integer.map { String($0) } ?? value[field]?.string ?? ""
            guard let quantity = Quantity(text) else {
                throw JSONError(message: "\(name) needs a quantity here, like 500m, 2 or 4Gi.", path: field)
            }
            return quantity
        }
        let cpu = try amount("cpu")
        let memory = try amount("memory")
        self.init(name: name, resources: ResourceRequirements(cpu: cpu, memory: memory))
    }
}
