import ArgumentParser
import JSON
import Testing

@testable import Operator

@Suite("Flags of run, and their variables")
struct RunVariablesTests {
    @Test("Every flag of run can be a variable, and nothing else can")
    func complete() throws {
        let help = try JSONValue(parsing: RunCommand._dumpHelp())
        let arguments = help.at("command", "arguments")?.array ?? []
        let flags = arguments.compactMap { $0["valueName"] == nil ? nil : $0.at("preferredName", "name")?.string }
        let valued = Set(flags).subtracting(["help", "version"])
        #expect(valued == Set(RunVariables.flags))
    }

    @Test("A variable stands for its flag, and the flag on the command line goes before it")
    func flagBeatsVariable() throws {
        let variables = ["DBAAS_WORKERS": "7", "DBAAS_LEASE_NAME": "other", "DBAAS_OPERATOR_PORT": "tcp://10.0.0.1:80"]
        let completed = try RunVariables.completed(["run", "--workers", "3"], variables)
        let command = try #require(try DBaaSOperator.parseAsRoot(completed) as? RunCommand)
        #expect(command.options.workers == 3)
        #expect(command.leader.leaseName == "other")
        #expect(try RunVariables.completed(["sandbox"], variables) == ["sandbox"])
    }

    @Test(
        "A bad value is refused in a sentence that names the variable and the value",
        arguments: [
            ("DBAAS_LISTEN", "nowhere"), ("DBAAS_WORKERS", "0"), ("DBAAS_LEADER_ELECT", "maybe"),
            ("DBAAS_LEASE_DURATION", "soon"), ("DBAAS_LEASE_NAME", "Not A Name"), ("DBAAS_RECONCILE_INTERVAL", "1"),
            ("DBAAS_NAMESPACES", "a,,b"), ("DBAAS_LOG_LEVEL", "loud"), ("DBAAS_LOG_FORMAT", "xml"),
        ]
    )
    func refused(variable: String, value: String) {
        #expect {
            _ = try RunVariables.completed(["run"], [variable: value])
        } throws: { error in
            let text = DBaaSOperator.message(for: error)
            return text.contains(variable) && text.contains("\"\(value)\"")
                && DBaaSOperator.exitCode(for: error).rawValue == 64
        }
        #expect(throws: Never.self) { try RunVariables.completed(["run", "--help"], [variable: value]) }
    }

    @Test("Times of a lease that do not fit together are refused with all three named")
    func leaseTimes() throws {
        let command = try RunCommand.parse(["--lease-duration", "3s"])
        #expect {
            _ = try command.leader.timings()
        } throws: { error in
            let text = RunCommand.message(for: error)
            return ["--lease-duration 3s", "--lease-renew-deadline 10s", "--lease-retry-period 2s"].allSatisfy(
                text.contains
            )
        }
    }
}
