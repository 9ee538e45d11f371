import ArgumentParser

/// A length of time as people write it: `15s`, `500ms`, `2m`, or plain seconds.
struct DurationArgument: ExpressibleByArgument, Equatable {
    let duration: Duration
    private let text: String

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits), count > 0, count <= 86_400_000 else { return nil }
        switch argument.dropFirst(digits.count) {
        case "ms": duration = .milliseconds(count)
        case "", "s": duration = .seconds(count)
        case "m": duration = .seconds(60 * count)
        default: return nil
        }
        text = argument
    }

    init(seconds: Int) {
        duration = .seconds(seconds)
        text = "\(seconds)s"
    }

    var defaultValueDescription: String { text }
}
