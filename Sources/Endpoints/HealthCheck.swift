/// One thing that has to be well for the process to be live or ready.
package struct HealthCheck: Sendable {
    /// A short name, as "store-databaseclusters".
    package let name: String
    /// What is wrong now, as a sentence, or nil; called for each probe, must return at once.
    package let problem: @Sendable () -> String?
    /// What a person who asks for all checks should know although nothing is wrong, or nil; must return at once.
    package let notice: @Sendable () -> String?

    /// A check of that name.
    package init(
        _ name: String,
        notice: @escaping @Sendable () -> String? = { nil },
        problem: @escaping @Sendable () -> String?
    ) {
        self.name = name
        self.notice = notice
        self.problem = problem
    }
}

/// The answer to a probe.
struct HealthReport: Equatable {
    let isHealthy: Bool
    /// For people; Kubernetes looks at the HTTP status alone.
    let text: String

    /// Names each check that fails, and with `verbose` the others too.
    init(_ checks: [HealthCheck], verbose: Bool) {
        let problems = checks.map { (name: $0.name, problem: $0.problem(), notice: $0.notice()) }
        isHealthy = problems.allSatisfy { $0.problem == nil }
        guard verbose || !isHealthy else {
            text = "ok\n"
            return
        }
        let lines = problems.compactMap { check -> String? in
            if let problem = check.problem { return "[-] \(check.name): \(problem)" }
            guard verbose else { return nil }
            return check.notice.map { "[!] \(check.name): \($0)" } ?? "[+] \(check.name) ok"
        }
        text = (lines + [isHealthy ? "check passed" : "check failed"]).joined(separator: "\n") + "\n"
    }
}
