/// Where a request goes, in the form that libcurl needs.
struct Endpoint: Sendable, Equatable {
    /// The URL to ask for; its host is the name that the server's certificate must have.
    let url: String
    /// "host:port" to connect to in place of the URL's; nil = the URL's own.
    let connectTo: String?
    /// The value of the Host field, where it is not the URL's host.
    let hostField: String?
    /// Scheme, host and port, for messages.
    let server: String
    let isTLS: Bool
    /// Whether the host is this machine by its very name, which no proxy could reach.
    let isLoopback: Bool

    /// Takes an absolute http or https URL apart.
    ///
    /// libcurl checks the certificate against the URL's host and has no option for another name. So a `serverName` is
    /// put into the URL, the connection goes to the real host, and the Host field stays what it was.
    init(url: String, serverName: String? = nil) throws(TransportError) {
        let scheme: String
        if url.hasPrefix("https://") {
            scheme = "https://"
        } else if url.hasPrefix("http://") {
            scheme = "http://"
        } else {
            throw TransportError(.unusable, "The server's address must begin with https:// or http://.")
        }
        isTLS = scheme == "https://"
        let rest = url.dropFirst(scheme.count)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.isEmpty, !authority.contains("@") else {
            throw TransportError(.unusable, "The server's address must name a host, without user name and password.")
        }
        let (host, port) = Self.split(authority)
        server = scheme + authority
        isLoopback = host == "localhost" || host.hasPrefix("127.") || host == "[::1]"
        if let serverName, isTLS, serverName != host {
            let portText = port ?? "443"
            self.url = scheme + serverName + ":" + portText + rest[end...]
            connectTo = "\(host):\(portText)"
            hostField = String(authority)
        } else {
            self.url = url
            connectTo = nil
            hostField = nil
        }
    }

    /// Host and port; an IPv6 address keeps its brackets.
    private static func split(_ authority: Substring) -> (host: String, port: String?) {
        guard let colon = authority.lastIndex(of: ":"), authority.last != "]" else { return (String(authority), nil) }
        return (String(authority[..<colon]), String(authority[authority.index(after: colon)...]))
    }
}
