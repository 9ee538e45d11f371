import HTTPTypes
import Hummingbird
import NIOCore

/// Carries requests from sockets to the API, and its answers back.
struct APIResponder: HTTPResponder {
    typealias Context = ConnectionContext

    /// The largest body that is read, as the API server has it.
    private static let bodyLimit = 3 * 1024 * 1024

    let server: APIServer

    func respond(to request: Request, context: Context) async throws -> Response {
        var headers: [String: String] = [:]
        for field in request.headers { headers[field.name.canonicalName] = field.value }
        headers["host"] = request.head.authority
        var apiRequest = APIRequest(method: request.method.rawValue, uri: request.uri.string, headers: headers)
        let action = server.faults.meet(apiRequest)
        guard action == .none else { return try await fail(apiRequest, request, action, context) }
        // A read has no body, and that of a watch must be left to notice the client's going by.
        let isRead = request.method == .get || request.method == .head
        if !isRead {
            do {
                apiRequest.body = Array(try await request.body.collect(upTo: Self.bodyLimit).readableBytesView)
            } catch is NIOTooManyBytesError {
                return response(to: .failure(.requestEntityTooLarge), request)
            }
        }
        return response(to: server.handle(apiRequest), request)
    }

    /// Lets a request go wrong as a test has asked for.
    private func fail(
        _ apiRequest: APIRequest,
        _ request: Request,
        _ action: Fault.Action,
        _ context: Context
    ) async throws -> Response {
        if case .answer(let status) = action { return response(to: .failure(.requested(status)), request) }
        _ = try? await request.body.consumeWithCancellationOnInboundClose { body in
            var whole = apiRequest
            whole.body = Array(try await body.collect(upTo: Self.bodyLimit).readableBytesView)
            if action == .holdAfter || action == .dropAfter { _ = server.handle(whole) }
            // Ends when the client goes.
            if action == .holdBefore || action == .holdAfter { try await Task.sleep(for: .seconds(86_400)) }
        }
        try? await context.channel.close()
        return Response(status: .internalServerError)
    }

    private func response(to answer: APIResponse, _ request: Request) -> Response {
        var headers = HTTPFields()
        for header in answer.headers {
            guard let name = HTTPField.Name(header.name) else { continue }
            headers.append(HTTPField(name: name, value: header.value))
        }
        let body: ResponseBody
        switch answer.body {
        case .bytes(let bytes): body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        case .stream(let stream): body = Self.streaming(stream, request)
        }
        return Response(status: .init(code: answer.status), headers: headers, body: body)
    }

    /// Sends each batch at once, and stops when the client has gone.
    private static func streaming(_ stream: WatchStream, _ request: Request) -> ResponseBody {
        ResponseBody { writer in
            try await request.body.consumeWithCancellationOnInboundClose { body in
                // The web server insists that what it reads of the request has come to its end before it is let go.
                for try await _ in body {}
                var lines = stream
                while let batch = await lines.next() {
                    try await writer.write(ByteBuffer(bytes: batch))
                }
            }
            try await writer.finish(nil)
        }
    }
}

/// What the web server tells of a request beside the request itself: the connection it came by.
struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
