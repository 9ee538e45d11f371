/// A promise that some input has shown to be broken.
struct BrokenPromise: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The readers that bytes from outside reach, each with what it promises for any bytes.
///
/// A check throws when a promise is broken, and whatever stops the process is a finding too. `make fuzz` runs them on
/// new inputs, the tests on the kept ones.
enum FuzzTarget: String, CaseIterable, Sendable {
    case json
    case yaml
    case watch
    case values

    func check(_ bytes: [UInt8]) throws(BrokenPromise) {
        switch self {
        case .json: try JSONPromises.check(bytes)
        case .yaml: try YAMLPromises.check(bytes)
        case .watch: try WatchPromises.check(bytes)
        case .values: try ValuePromises.check(bytes)
        }
    }
}

func promise(_ isKept: Bool, _ sentence: @autoclosure () -> String) throws(BrokenPromise) {
    if !isKept { throw BrokenPromise(sentence()) }
}
