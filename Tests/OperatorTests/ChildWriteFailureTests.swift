import CRDs
import KubernetesAPI
import KubernetesClient
import Providers
import Testing

@testable import Operator

@Suite("Why a child could not be written")
struct ChildWriteFailureTests {
    private func failure(_ code: Int, _ reason: String, _ message: String = "no") -> ChildWriteFailure {
        let status = APIStatus(code: code, reason: reason, message: message)
        return ChildWriteFailure(
            cause: .server(APIError(.server(status), RequestLine(method: "PATCH", path: "/x"))),
            resource: .pod,
            key: ObjectKey(namespace: "default", name: "orders")
        )
    }

    @Test(
        "What only a change of the spec can cure is final, an outage is not, and what passes is not even told",
        arguments: [
            (422, "Invalid", "spec.x: Invalid value", true, false, false),
            (400, "BadRequest", "strict decoding error", true, false, false),
            (
                500, "InternalError", "failed to create typed patch object: .spec.x: expected numeric", true, false,
                false
            ),
            (500, "InternalError", "failed calling webhook", false, true, false),
            (403, "Forbidden", "may not", false, false, false),
            (409, "Conflict", "modified", false, false, true),
            (429, "TooManyRequests", "later", false, false, true),
        ]
    )
    func kinds(_ code: Int, _ reason: String, _ message: String, isFinal: Bool, isOutage: Bool, isPassing: Bool) {
        let failure = failure(code, reason, message)
        #expect(failure.isFinal == isFinal)
        #expect(failure.isOutage == isOutage)
        #expect((failure.passing != nil) == isPassing)
    }

    @Test("The status names the object and repeats the server's words")
    func words() {
        #expect(failure(422, "Invalid", "spec.x: Invalid value").description.contains("Pod orders"))
        #expect(failure(422, "Invalid", "spec.x: Invalid value").description.contains("spec.x: Invalid value"))
    }
}
