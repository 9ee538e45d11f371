import JSON
import KubernetesAPI

/// The place where a list goes on, which clients hand back as they got it.
struct ContinueToken {
    /// The revision that all pages show; nil for whatever is there when the next page is asked for.
    let revision: UInt64?
    /// The path of the last object of the page before.
    let after: String

    init(revision: UInt64?, after: String) {
        self.revision = revision
        self.after = after
    }

    var text: String {
        let token: JSONValue = [
            "v": "meta.k8s.io/v1", "rv": .integer(revision.map { Int64($0) } ?? -1), "start": .string(after + "\u{0}"),
        ]
        return Base64.encodeURL(token.serialized())
    }

    init(_ text: String) throws(APIFailure) {
        let bytes: [UInt8]
        do throws(Base64.Illegal) {
            bytes = try Base64.decodeURL(text)
        } catch {
            throw Self.invalid("illegal base64 data at input byte \(error.position)")
        }
        guard let value = try? JSONValue(parsing: bytes) else {
            throw Self.invalid(GoSyntax.complaint(bytes) ?? "invalid character")
        }
        guard value["v"] == "meta.k8s.io/v1", let revision = value["rv"]?.integer, revision >= -1,
            let start = value["start"]?.string
        else { throw Self.invalid("incorrect encoded start resourceVersion") }
        self.revision = UInt64(exactly: revision)
        after = start.hasSuffix("\u{0}") ? String(start.dropLast()) : start
    }

    private static func invalid(_ why: String) -> APIFailure {
        .badRequest("invalid continue token: continue key is not valid: \(why)")
    }
}
