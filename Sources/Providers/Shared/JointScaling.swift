/// Other members and other resources in one change of the spec.
enum JointScaling {
    /// - Parameters:
    ///   - members: the fields and the log of the change of members.
    ///   - busy: what must end before the change is made; nil when nothing must.
    static func answer(
        _ members: (fields: [SpecChange.Field], log: String),
        _ resources: MemberResources,
        busy: @autoclosure () -> Refusal? = nil,
        report: @autoclosure () -> OperationReport
    ) -> OperationAnswer {
        let logs = [members.fields.isEmpty ? nil : members.log, resources.fields.isEmpty ? nil : resources.log]
        return .change(
            members.fields + resources.fields,
            log: logs.compactMap(\.self).joined(separator: ", "),
            busy: busy(),
            waiting: "members and resources are asked for already; waiting for them",
            report: report()
        )
    }

    /// How far both are, with the members that were counted for either.
    static func report(
        _ members: (report: OperationReport, count: (done: Int, all: Int)),
        _ resources: (report: OperationReport, count: (done: Int, all: Int))
    ) -> OperationReport {
        let counts = [members.count, resources.count]
        let percent = OperationReport.percent(
            counts.reduce(0) { $0 + $1.done },
            of: counts.reduce(0) { $0 + max(0, $1.all) }
        )
        switch (members.report, resources.report) {
        case (.succeeded(let members, _), .succeeded(let resources, let summary)):
            return .succeeded(evidence: members + resources, message: summary)
        case (.running(_, let missing), _), (.succeeded, .running(_, let missing)):
            return .running(percent: percent, waitingFor: missing)
        case (let other, .succeeded), (.succeeded, let other), (let other, _): return other
        }
    }
}
