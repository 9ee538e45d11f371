import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Providers

/// Why a child could not be made what it shall be.
struct ChildWriteFailure: Error, CustomStringConvertible {
    enum Cause {
        /// Only a person can help.
        case refusal(Refusal)
        /// Something is in the way that goes by itself, or that must not be fought.
        case obstacle(Refusal)
        case server(APIError)
    }

    let cause: Cause
    let resource: ResourceType
    let key: ObjectKey
    /// Whether the write would have put back a manual edit.
    var isDrift = false

    /// The API server's error, when nothing is wrong but the moment: to be tried again soon, without a word in the
    /// status.
    var passing: APIError? {
        guard case .server(let error) = cause else { return nil }
        return error.status == nil || error.isConflict || error.isTooManyRequests ? error : nil
    }

    /// Whether only a change of the spec, or of what is installed, can help.
    var isFinal: Bool {
        switch cause {
        case .refusal: true
        case .obstacle: false
        case .server(let error): error.isInvalid || error.isBadRequest || Self.isUntyped(error)
        }
    }

    /// A value of a wrong type is answered to a server-side apply by 500, as if the server were at fault.
    ///
    /// (apimachinery, util/managedfields/internal/structuredmerge.go)
    private static func isUntyped(_ error: APIError) -> Bool {
        error.status?.message.hasPrefix("failed to create typed patch object") ?? false
    }

    /// Whether the API server, or a webhook behind it, is in trouble that may be over soon.
    var isOutage: Bool {
        guard case .server(let error) = cause, let status = error.status else { return false }
        return status.code >= 500 && !Self.isUntyped(error)
    }

    /// What is shown in the cluster's status.
    var verdict: ClusterVerdict {
        let reason =
            switch cause {
            case .refusal(let refusal), .obstacle(let refusal): refusal.reason
            case .server: "WriteRefused"
            }
        return .writeFailed(reason: reason, message: description, isFinal: isFinal, isDrift: isDrift)
    }

    var description: String {
        switch cause {
        case .refusal(let refusal), .obstacle(let refusal): refusal.message
        case .server(let error): "\(resource.kind) \(key.name) was not accepted: \(error.message)"
        }
    }
}
