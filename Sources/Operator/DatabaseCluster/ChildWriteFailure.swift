import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Providers

/// Why a child could not be made what it shall be.
struct ChildWriteFailure: Error, CustomStringConvertible {
    enum Cause {
        case refusal(Refusal)
        case server(APIError)
    }

    let cause: Cause
    let resource: ResourceType
    let key: ObjectKey
    /// Whether the write would have put back a manual edit.
    let isDrift: Bool

    /// Nothing is wrong but the moment: to be tried again soon, without a word in the status.
    var isPassing: Bool {
        guard case .server(let error) = cause else { return false }
        return error.status == nil || error.isConflict || error.isTooManyRequests
    }

    /// Only a change of the spec, or of what is installed, can help.
    var isFinal: Bool {
        switch cause {
        case .refusal: true
        case .server(let error): error.isInvalid || error.isBadRequest
        }
    }

    var description: String {
        switch cause {
        case .refusal(let refusal): refusal.message
        case .server(let error): "\(resource.kind) \(key.name) was not accepted: \(error.message)"
        }
    }
}
