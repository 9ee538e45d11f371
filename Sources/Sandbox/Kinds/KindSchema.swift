import JSON
import Synchronization

/// The schema of one version of a kind: as it is published, and compiled once somebody writes such an object.
///
/// Most of the kinds that are installed are never written to, and compiling them all takes longer than everything else
/// at a start.
final class KindSchema: Sendable {
    /// The schema in the form of OpenAPI, as clients get it.
    let openAPI: JSONValue
    private let kept: Mutex<StructuralSchema?>

    /// A schema that compiles, as a definition's does that was found valid; any other would ask nothing of an object.
    init(_ openAPI: JSONValue) {
        self.openAPI = openAPI
        kept = Mutex(nil)
    }

    /// A schema that was compiled already.
    init(_ openAPI: JSONValue, compiled: StructuralSchema) {
        self.openAPI = openAPI
        kept = Mutex(compiled)
    }

    var compiled: StructuralSchema {
        kept.withLock { kept in
            if let kept { return kept }
            let compiled = (try? StructuralSchema(compiling: openAPI)) ?? .open
            kept = compiled
            return compiled
        }
    }
}
