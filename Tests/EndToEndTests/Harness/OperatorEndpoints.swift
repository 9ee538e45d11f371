import Foundation
import FoundationNetworking
import JSON
import TestPrograms

/// What a running operator serves over HTTP.
struct OperatorEndpoints: Sendable {
    private let base: URL

    /// Of an operator that was started with `--listen 127.0.0.1:0`, found by what it logs.
    init(of process: ChildProcess) async throws {
        var port: Int?
        try await wait("the endpoints; the log says \(process.errorOutput.suffix(1000))", within: .seconds(30)) {
            port = process.logLines.first { $0["message"] == "Serving health and metrics" }
                .flatMap { $0["port"]?.string }.flatMap { Int($0) }
            return port != nil || !process.isRunning
        }
        guard let port, let base = URL(string: "http://127.0.0.1:\(port)") else {
            throw Failure("it ended: \(process.errorOutput.suffix(1000))")
        }
        self.base = base
    }

    func get(_ path: String, token: String? = nil) async throws -> (status: Int, text: String) {
        guard let url = URL(string: path, relativeTo: base) else {
            throw Failure("\(path) is no path")
        }
        var request = URLRequest(url: url)
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
    }
}

extension ChildProcess {
    /// What it logs, line by line, as far as the lines are JSON.
    var logLines: [JSONValue] {
        errorOutput.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
    }

    /// The events of that name in its log.
    func logged(_ message: String) -> [JSONValue] { logLines.filter { $0["message"]?.string == message } }
}
