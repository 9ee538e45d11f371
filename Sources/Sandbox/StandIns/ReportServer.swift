import Hummingbird
package import JSON
package import Logging
import ServiceLifecycle

/// Answers every GET on a free loopback port with one report, made anew each time.
package final class ReportServer: Service {
    private let report: @Sendable () -> JSONValue
    private let ready: @Sendable (Int) -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - report: what is answered.
    ///   - ready: called with the port once requests are answered there.
    package init(
        logger: Logger,
        report: @escaping @Sendable () -> JSONValue,
        ready: @escaping @Sendable (Int) -> Void
    ) {
        self.report = report
        self.ready = ready
        self.logger = logger
    }

    /// Serves until shut down; throws when it cannot listen.
    package func run() async throws {
        let application = Application(
            responder: Responder(report: report),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0), serverName: nil),
            onServerRunning: { channel in self.ready(channel.localAddress?.port ?? 0) },
            logger: logger
        )
        try await application.run()
    }

    private struct Responder: HTTPResponder {
        typealias Context = BasicRequestContext

        let report: @Sendable () -> JSONValue

        func respond(to request: Request, context: Context) async throws -> Response {
            Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: report().description)))
        }
    }
}
