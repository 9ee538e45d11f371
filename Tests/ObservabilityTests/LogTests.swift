import Foundation
import Logging
import Observability
import Synchronization
import Testing

@Suite struct LogTests {
    private final class Lines: Sendable {
        private let all = Mutex<[String]>([])
        func add(_ line: String) { all.withLock { $0.append(line) } }
        var last: String { all.withLock { $0.last ?? "" } }
        var count: Int { all.withLock { $0.count } }
    }

    private let lines = Lines()
    private let level = LogLevel(.info)

    private func logger(_ format: LogFormat) -> Logger {
        Logger(label: "test") { label in
            LineLogHandler(label: label, format: format, level: level) { [lines] in lines.add($0) }
        }
    }

    private func lastObject() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(lines.last.utf8)) as? [String: Any])
    }

    @Test("A JSON line is one object with time, level, message and the fields, whatever they hold")
    func json() throws {
        var logger = logger(.json)
        logger[metadataKey: "controller"] = "clusters"
        logger.info(
            "two\nlines \"quoted\" \u{1}",
            metadata: ["n": .stringConvertible(3), "list": ["a", "b\\"], "map": ["k": "v"], "time": "mine"]
        )
        #expect(lines.last.hasSuffix("}\n"))
        #expect(lines.last.filter { $0 == "\n" }.count == 1)
        let object = try lastObject()
        #expect(object["message"] as? String == "two\nlines \"quoted\" \u{1}")
        #expect(object["level"] as? String == "info")
        #expect(object["controller"] as? String == "clusters")
        #expect(object["n"] as? Int == 3)
        #expect(object["list"] as? [String] == ["a", "b\\"])
        #expect(object["map"] as? [String: String] == ["k": "v"])
        #expect(object["field.time"] as? String == "mine")
        let time = try #require(object["time"] as? String)
        #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    }

    @Test("A line for people shows level, message and fields, and nothing that could move the cursor")
    func text() {
        logger(.text).warning("Odd \u{1b}[2J name", metadata: ["object": "shop/db", "why": "a b"])
        #expect(lines.last.contains("WARNING  Odd \\u{1B}[2J name object=shop/db why=\"a b\"\n"))
    }

    @Test("The level changes for loggers that exist already, but not for one that has its own")
    func levels() {
        let shared = logger(.text)
        var own = logger(.text)
        own.logLevel = .error
        shared.debug("unseen")
        #expect(lines.count == 0)
        level.level = .debug
        shared.debug("seen")
        own.info("unseen")
        #expect(lines.count == 1)
    }

    @Test("Values under keys that name a secret are withheld, at any depth", arguments: LogFormat.allCases)
    func secretKeys(format: LogFormat) {
        logger(format).info(
            "m",
            metadata: ["db_password": "hunter2", "auth": ["bearerToken": "hunter2"], "user": "app"]
        )
        #expect(!lines.last.contains("hunter2"))
        #expect(lines.last.contains("app"))
    }
}
