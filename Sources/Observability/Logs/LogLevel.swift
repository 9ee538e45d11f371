package import Logging
import Synchronization

/// A log level that all loggers of the process share and that can be changed while they are in use.
package final class LogLevel: Sendable {
    private let value: Mutex<Logger.Level>

    /// Begins at that level.
    package init(_ level: Logger.Level) { value = Mutex(level) }

    /// The level now.
    package var level: Logger.Level {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
