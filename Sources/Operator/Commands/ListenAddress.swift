import ArgumentParser

/// Where to listen: `HOST:PORT`, where port 0 takes a free one.
struct ListenAddress: ExpressibleByArgument, Equatable {
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// From `127.0.0.1:8080`, `[::1]:8080` or `:8080`, which is every address of this machine.
    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"),
            let port = Int(argument[argument.index(after: colon)...]), (0...65_535).contains(port)
        else { return nil }
        let host = argument[..<colon].drop { $0 == "[" }.prefix { $0 != "]" }
        self.init(host: host.isEmpty ? "0.0.0.0" : String(host), port: port)
    }

    var defaultValueDescription: String { "\(host):\(port)" }
}

/// Where health and metrics are served, or `off`.
enum EndpointsAddress: ExpressibleByArgument, Equatable {
    case off
    case address(ListenAddress)

    init?(argument: String) {
        if argument == "off" {
            self = .off
        } else if let address = ListenAddress(argument: argument) {
            self = .address(address)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String {
        switch self {
        case .off: "off"
        case .address(let address): address.defaultValueDescription
        }
    }
}
