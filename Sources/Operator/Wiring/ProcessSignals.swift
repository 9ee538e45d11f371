import Glibc
import Logging
import Observability
import ServiceLifecycle
import UnixSignals

/// What signals do besides ending the process in order.
///
/// A second SIGTERM or SIGINT ends it at once; SIGUSR1 logs one level more, SIGUSR2 as much as in the beginning.
struct ProcessSignals: Service {
    private let level: LogLevel
    private let normal: Logger.Level
    private let logger: Logger

    /// - Parameter level: the level that all loggers share.
    init(level: LogLevel, logger: Logger) {
        self.level = level
        normal = level.level
        self.logger = logger
    }

    func run() async throws {
        var isLeaving = false
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sigusr1, .sigusr2)
        for await signal in signals.cancelOnGracefulShutdown() {
            switch signal {
            case .sigusr1: set(level.level.oneMore)
            case .sigusr2: set(normal)
            case _ where isLeaving:
                logger.warning("Leaving at once", metadata: ["signal": "\(signal)"])
                // Nothing is waited for; the Lease runs out by itself.
                _exit(128 + signal.rawValue)
            default:
                isLeaving = true
                logger.notice("Stopping in order; once more to leave at once", metadata: ["signal": "\(signal)"])
            }
        }
    }

    private func set(_ new: Logger.Level) {
        level.level = new
        logger.log(level: max(new, .notice), "log_level_changed", metadata: ["log_level": "\(new.rawValue)"])
    }
}

extension Logger.Level {
    /// The level that shows one kind of events more; trace shows all.
    var oneMore: Logger.Level {
        let all = Self.allCases
        guard let index = all.firstIndex(of: self), index > all.startIndex else { return self }
        return all[all.index(before: index)]
    }
}
