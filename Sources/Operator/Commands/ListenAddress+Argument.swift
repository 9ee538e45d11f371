import ArgumentParser
package import Endpoints

extension ListenAddress: ExpressibleByArgument {
    /// From `127.0.0.1:8080`, `[::1]:8080` or `:8080`, which is every address of this machine.
    package init?(argument: String) { self.init(argument) }

    /// As it stands in the help.
    package var defaultValueDescription: String { description }
}

/// Where health and metrics are served, or `off`.
enum EndpointsAddress: ExpressibleByArgument, Equatable {
    case off
    case address(ListenAddress)

    init?(argument: String) {
        if argument == "off" {
            self = .off
        } else if let address = ListenAddress(argument) {
            self = .address(address)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String {
        switch self {
        case .off: "off"
        case .address(let address): address.description
        }
    }
}
