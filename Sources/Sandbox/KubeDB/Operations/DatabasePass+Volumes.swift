import JSON
import KubernetesAPI

/// Volumes that grow.
extension DatabasePass {
    mutating func expand(_ request: inout OperationRequest, _ work: Work) -> Progress {
        guard request.type == "VolumeExpansion" else { return .done }
        var isGrown = true
        for group in work.target.groups {
            guard let size = size(of: group, work.target), let wanted = size.quantity else { continue }
            for claim in snapshot.claims.values where claim.label(KubeDB.Label.owner) == group.name {
                let asked = claim.at("spec", "resources", "requests", "storage")?.quantity
                if let asked, asked < wanted {
                    guard canExpand(claim) else {
                        return .failed(
                            "persistentvolumeclaims \"\(claim.objectName)\" is forbidden: only dynamically provisioned pvc "
                                + "can be resized and the storageclass that provisions the pvc must support resize"
                        )
                    }
                    act(
                        .patch(
                            snapshot.reference(.persistentVolumeClaim, claim.objectName),
                            ["spec": ["resources": ["requests": ["storage": size]]]]
                        )
                    )
                    isGrown = false
                } else if let has = claim.at("status", "capacity", "storage")?.quantity, has >= wanted {
                    continue
                } else {
                    isGrown = false
                }
            }
        }
        guard isGrown else {
            return giveUp("expand volumes of \(engine.kind)", &request, work).map(Progress.failed) ?? .waiting
        }
        let mode = work.wish.restartsPods ? "Offline" : "Online"
        request.setCondition(
            "VolumeExpansion",
            reason: "VolumeExpansion",
            "\(mode) Volume Expansion performed successfully in \(engine.kind) pods for \(engine.operation.kind): "
                + "\(snapshot.namespace)/\(request.name)",
            now
        )
        request.setCondition("ReadyPetSets", reason: "ReadyPetSets", "PetSet is recreated", now)
        return .done
    }

    private func size(of group: NodeGroup, _ target: DatabaseSnapshot) -> JSONValue? {
        if engine.name == "postgres", group.key == "arbiter" {
            return target.spec.at("arbiter", "resources", "requests", "storage")
        }
        return group.storagePath.flatMap { target.spec.at(path: $0 + ["resources", "requests", "storage"]) }
    }

    private func canExpand(_ claim: JSONValue) -> Bool {
        let classes = snapshot.others.filter { $0.key.resource == .storageClass }.map(\.value)
        return StorageClasses(classes: classes).canExpand(claim)
    }
}
