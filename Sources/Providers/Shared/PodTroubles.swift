import KubernetesAPI

extension Pod {
    /// Reasons to wait that do not go away by waiting.
    static let fatalReasons: Set<String> = [
        "CrashLoopBackOff", "CreateContainerConfigError", "CreateContainerError", "ErrImageNeverPull",
        "InvalidImageName", "RunContainerError",
    ]

    /// The first container that waits for one of these reasons.
    func container(in reasons: Set<String>) -> ContainerStatus? {
        containerStatuses.first { reasons.contains($0.waitingReason) }
    }

    /// Why a container waits and how it ended before, in the kubelet's words and its own.
    static func words(of status: ContainerStatus) -> String {
        var words = status.waitingReason
        if !status.waitingMessage.isEmpty { words += ", \(status.waitingMessage)" }
        guard let exit = status.lastExit else { return words }
        words += "; it ended with code \(exit.code)"
        if !exit.reason.isEmpty { words += " (\(exit.reason))" }
        // The end tells the cause; the beginning is the story before it.
        let message = exit.message.split(separator: "\n").suffix(5).joined(separator: " / ")
        return message.isEmpty ? words : "\(words): \(message.suffix(1000))"
    }

    /// What keeps it from being ready, as far as it is known.
    var hindrance: String? {
        if let status = containerStatuses.first(where: { !$0.waitingReason.isEmpty }) { return Self.words(of: status) }
        guard let scheduled = conditions["PodScheduled"], scheduled.status == .false else { return nil }
        return scheduled.message.isEmpty ? scheduled.reason : "\(scheduled.reason): \(scheduled.message)"
    }
}
