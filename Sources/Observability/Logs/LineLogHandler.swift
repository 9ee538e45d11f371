import Glibc
package import Logging

/// Writes log events as lines to a descriptor, each line with one write so that lines never mix.
package struct LineLogHandler: LogHandler {
    private let label: String
    private let format: LogFormat
    private let shared: LogLevel
    private let write: @Sendable (String) -> Void
    private var ownLevel: Logger.Level?

    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    /// - Parameters:
    ///   - level: the level shared with all loggers; a level set on one logger goes before it.
    ///   - write: takes whole lines, from any task; by default the standard error.
    package init(
        label: String,
        format: LogFormat,
        level: LogLevel,
        write: @escaping @Sendable (String) -> Void = { LineLogHandler.writeToStandardError($0) }
    ) {
        self.label = label
        self.format = format
        shared = level
        self.write = write
    }

    package var logLevel: Logger.Level {
        get { ownLevel ?? shared.level }
        set { ownLevel = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let record = LogRecord(event, label: label, metadata: metadata, provided: metadataProvider?.get())
        write(format.line(record, time: Self.time()))
    }

    /// One write for the line; what cannot be written is lost, as there is nobody left to tell.
    package static func writeToStandardError(_ line: String) {
        var bytes = Array(line.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(STDERR_FILENO, buffer.baseAddress, buffer.count)
            }
            if count > 0 { bytes = bytes.dropFirst(count) } else if errno != EINTR { return }
        }
    }

    /// Now as RFC 3339 with milliseconds, in UTC.
    private static func time() -> String {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        var parts = unsafe tm()
        var seconds = now.tv_sec
        unsafe gmtime_r(&seconds, &parts)
        func padded(_ number: some BinaryInteger, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let day = unsafe "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
        let time = unsafe "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
        return "\(day)T\(time).\(padded(now.tv_nsec / 1_000_000, 3))Z"
    }
}
