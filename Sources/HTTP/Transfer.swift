/// One exchange, as it is handed to the loop that carries it out.
struct Transfer: Sendable {
    let id: UInt64
    let request: HTTPRequest
    let endpoint: Endpoint
    /// Whether the body goes to the sink piece by piece.
    let isStream: Bool
    /// The longest body that is collected; does not count for a stream.
    let bodyLimit: Int
    /// When it may begin; its time limit counts from here.
    let due: ContinuousClock.Instant
    let sink: any TransferSink
}

/// Status and header fields of an answer.
///
/// The fields stay the bytes that came until somebody asks for one: of most answers nobody does.
struct ResponseHead: Sendable {
    let status: Int
    let lines: [UInt8]

    var headers: HTTPHeaders { HTTPHeaders(lines: lines) }
}

/// Who takes what a transfer receives; called on the loop's thread alone, and never waits.
protocol TransferSink: Sendable {
    /// The head has arrived; comes once, before any bytes.
    func receive(head: ResponseHead)
    /// Takes a part of the body, all of it at once unless this is a stream; false = no more can be taken.
    func receive(bytes: [UInt8]) -> Bool
    /// The end, whole when there is no error; comes exactly once and last.
    func finish(_ error: TransportError?)
}
