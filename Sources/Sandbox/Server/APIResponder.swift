import HTTPTypes
import Hummingbird
import NIOCore

/// Carries requests from sockets to the API, and its answers back.
struct APIResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    /// The largest body that is read, as the API server has it.
    private static let bodyLimit = 3 * 1024 * 1024

    let server: APIServer

    func respond(to request: Request, context: Context) async throws -> Response {
        var body: [UInt8] = []
        // A read has no body, and that of a watch must be left to notice the client's going by.
        let isRead = request.method == .get || request.method == .head
        if !isRead {
            do {
                let buffer = try await request.body.collect(upTo: Self.bodyLimit)
                body = Array(buffer.readableBytesView)
            } catch is NIOTooManyBytesError {
                return response(to: .failure(.requestEntityTooLarge), request)
            }
        }
        var headers: [String: String] = [:]
        for field in request.headers { headers[field.name.canonicalName] = field.value }
        headers["host"] = request.head.authority
        let apiRequest = APIRequest(
            method: request.method.rawValue,
            uri: request.uri.string,
            headers: headers,
            body: body
        )
        return response(to: server.handle(apiRequest), request)
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
