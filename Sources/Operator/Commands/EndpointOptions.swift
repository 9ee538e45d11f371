import ArgumentParser
import Endpoints

/// What is served over HTTP, and to whom.
struct EndpointOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where to serve health and metrics: ADDR:PORT, or off.", valueName: "addr:port"))
    var listen = EndpointsAddress.address(ListenAddress(host: "0.0.0.0", port: 8080))

    @Option(
        help: ArgumentHelp(
            "A file with the bearer token that /metrics asks for; it is read anew at each request. Open when left out.",
            valueName: "file"
        )
    )
    var metricsTokenFile: String?

    func validate() throws {
        guard let metricsTokenFile else { return }
        guard Self.token(in: metricsTokenFile) != nil else {
            throw ValidationError("--metrics-token-file: \(metricsTokenFile) cannot be read, or is empty")
        }
    }

    /// Who may read the metrics.
    var access: MetricsAccess {
        guard let metricsTokenFile else { return .everybody }
        return .bearer { Self.token(in: metricsTokenFile) }
    }

    private static func token(in file: String) -> String? {
        guard let text = try? TextFile.read(file) else { return nil }
        let token = text.split(whereSeparator: \.isWhitespace).first.map(String.init)
        return token
    }
}
