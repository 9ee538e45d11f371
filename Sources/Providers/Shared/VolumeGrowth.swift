import JSON
import KubernetesAPI

/// Whether volumes can grow, as far as their StorageClasses tell.
enum VolumeGrowth {
    case possible
    /// Some class is to be read first.
    case unknown([Need])
    case refused(Refusal)

    init(of claims: [PersistentVolumeClaim], _ observed: Observed) {
        var needs: [Need] = []
        for name in Set(claims.map(\.storageClassName)).sorted() where !name.isEmpty {
            let key = ObjectKey(name: name)
            guard let answer = observed.answer(.storageClass, key) else {
                needs.append(.object(.storageClass, key))
                continue
            }
            guard answer?["allowVolumeExpansion"]?.bool == true else {
                self = .refused(Self.refusal(of: name, isThere: answer != nil))
                return
            }
        }
        self = needs.isEmpty ? .possible : .unknown(needs)
    }

    private static func refusal(of name: String, isThere: Bool) -> Refusal {
        Refusal(
            "StorageClassCannotExpand",
            isThere
                ? "StorageClass \(name) does not allow expansion (allowVolumeExpansion); restore into a cluster with "
                    + "another class instead"
                : "StorageClass \(name) of the volumes is not there any more, so they cannot grow"
        )
    }
}

extension PersistentVolumeClaim {
    /// Why it could not grow, in the words of the one who tried; nil when that did not fail.
    var resizeFailure: String? {
        let failed = conditions.first {
            ["ControllerResizeError", "NodeResizeError"].contains($0.type) && $0.status == .true
        }
        return failed.map { "\(metadata.name): \($0.message.isEmpty ? $0.type : $0.message)" }
    }
}
