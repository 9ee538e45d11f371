package import KubernetesAPI

/// What a Lease says about who leads.
package struct LeaseRecord: Sendable, Equatable {
    /// Who leads; empty when nobody does.
    package var holder: String
    /// For how long a renewal counts, in seconds.
    package var durationSeconds: Int
    /// When this holder took over, by its clock.
    package var acquireTime: Timestamp?
    /// When this holder renewed last, by its clock; never compared with ours.
    package var renewTime: Timestamp?
    /// How often the holder has changed.
    package var transitions: Int

    /// A record by its parts.
    package init(
        holder: String,
        durationSeconds: Int,
        acquireTime: Timestamp? = nil,
        renewTime: Timestamp? = nil,
        transitions: Int = 0
    ) {
        self.holder = holder
        self.durationSeconds = durationSeconds
        self.acquireTime = acquireTime
        self.renewTime = renewTime
        self.transitions = transitions
    }
}

/// The times of leader election.
package struct LeaderTimings: Sendable, Equatable {
    /// For how long others leave a lease alone after they have seen it renewed.
    package let lease: Duration
    /// For how long a leader goes on without having been able to renew.
    package let renewDeadline: Duration
    /// The pause between two tries.
    package let retry: Duration

    /// The ecosystem's usual times.
    package static let standard = LeaderTimings(checked: .seconds(15), .seconds(10), .seconds(2))

    /// Times that fit together: lease > renewDeadline > retry x 1.2; otherwise nil.
    package init?(lease: Duration, renewDeadline: Duration, retry: Duration) {
        guard lease > renewDeadline, renewDeadline > retry * 1.2, retry > .zero else { return nil }
        self.init(checked: lease, renewDeadline, retry)
    }

    private init(checked lease: Duration, _ renewDeadline: Duration, _ retry: Duration) {
        self.lease = lease
        self.renewDeadline = renewDeadline
        self.retry = retry
    }
}
