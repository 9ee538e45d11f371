import Endpoints
import Testing

@testable import Operator

@Suite("Values of the command line")
struct OperatorValuesTests {
    @Test("An address is a host and a port, all addresses when the host is left out")
    func addresses() {
        #expect(ListenAddress(argument: "127.0.0.1:8080") == ListenAddress(host: "127.0.0.1", port: 8080))
        #expect(ListenAddress(argument: "[::1]:0") == ListenAddress(host: "::1", port: 0))
        #expect(ListenAddress(argument: ":8080") == ListenAddress(host: "0.0.0.0", port: 8080))
        for wrong in ["8080", "localhost", "a:b", "127.0.0.1:70000"] {
            #expect(ListenAddress(argument: wrong) == nil)
        }
        #expect(EndpointsAddress(argument: "off") == .off)
    }

    @Test("RECONCILE_INTERVAL is 30 s unless set, and anything but 5 to 3600 is refused by name")
    func interval() throws {
        #expect(try ReconcileInterval(variable: nil).duration == .seconds(30))
        #expect(try ReconcileInterval(variable: "5").duration == .seconds(5))
        for wrong in ["4", "3601", "soon", "-1"] {
            #expect { try ReconcileInterval(variable: wrong) } throws: { error in
                "\(error)".contains("RECONCILE_INTERVAL") && "\(error)".contains(wrong)
            }
        }
    }

    @Test("The table writes a row once, and over the last one on a terminal")
    func table() {
        var lines = ProgressTable([("NAME", 8), ("PHASE", 8)], terminalWidth: nil)
        #expect(lines.show(["a", "Pending"]) == "  NAME    PHASE\n  a       Pending\n")
        #expect(lines.show(["a", "Pending"]) == "")
        #expect(lines.show(["a", "Ready"]) == "  a       Ready\n")
        var terminal = ProgressTable([("NAME", 8)], terminalWidth: 6)
        _ = terminal.show(["a"])
        #expect(terminal.show(["bbbbbbbb"]) == "\u{1B}[1A\u{1B}[2K  bbbb\n", "a row never takes two lines")
    }
}
