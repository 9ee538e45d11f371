public import ArgumentParser
import Glibc
public import Logging
package import Observability

/// What is logged, and how.
struct LogOptions: ParsableArguments {
    @Option(help: "How much to log: trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .info

    @Option(help: "How to log, json or text; when left out, text on a terminal and json elsewhere.")
    var logFormat: LogFormat?

    /// The program's logger, which writes to the standard error.
    func logger(_ label: String = "dbaas-operator", level: Logger.Level? = nil) -> Logger {
        logger(label, shared: LogLevel(level ?? logLevel))
    }

    /// A logger whose level can be changed while it is in use.
    func logger(_ label: String = "dbaas-operator", shared: LogLevel) -> Logger {
        let format = logFormat ?? LogFormat.suited(toDescriptor: STDERR_FILENO)
        return Logger(label: label) { LineLogHandler(label: $0, format: format, level: shared) }
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
extension LogFormat: ExpressibleByArgument {}
