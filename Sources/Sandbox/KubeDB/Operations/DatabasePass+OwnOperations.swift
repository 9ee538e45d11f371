import JSON
import KubernetesAPI

/// Operations that go their own way.
extension DatabasePass {
    /// A standby is made to lead, whatever the one who led knows that it does not.
    mutating func promote(_ request: inout OperationRequest, _ work: Work) -> Progress {
        guard let group = snapshot.groups.first, let roles = group.roles else {
            return .failed("no standby to promote")
        }
        let pods = snapshot.pods(of: group.name)
        let candidates = (request.spec.at("forceFailOver", "candidates")?.array ?? []).compactMap(\.string)
        let names = candidates.isEmpty ? pods.map(\.objectName) : candidates
        guard let heir = names.compactMap({ snapshot.pods[$0] }).first(where: \.isReadyPod) else {
            return .failed("none of the candidates \(names.joined(separator: ", ")) is ready")
        }
        if work.failures.contains(work.wish.failure) { return failAfterAWhile(request.type) }
        guard heir.label(KubeDB.Label.role) != roles.primary else {
            request.setCondition("ForceFailOver", reason: "ForceFailOver", "\(heir.objectName) is primary", now)
            return .done
        }
        guard !isWaiting(for: "promotion", Delays.Base.promotion) else { return .waiting }
        label(heir, role: roles.primary)
        for pod in pods where pod.label(KubeDB.Label.role) == roles.primary { label(pod, role: roles.standby) }
        return .waiting
    }

    private mutating func failAfterAWhile(_ type: String) -> Progress {
        isWaiting(for: "failure", Delays.Base.retry) ? .waiting : .failed("\(type) failed, as was asked for")
    }

    /// Standbys that do not follow are restarted, and begin anew with the primary's data.
    mutating func reconnect(_ request: inout OperationRequest, _ work: Work) -> Progress {
        guard let group = snapshot.groups.first, let roles = group.roles else { return .done }
        let bad = snapshot.pods(of: group.name).filter {
            !$0.isReadyPod && !$0.isBeingDeleted && $0.label(KubeDB.Label.role) != roles.primary
        }
        guard let pod = bad.first else {
            let pods = snapshot.pods(of: group.name)
            return pods.count == group.replicas && pods.allSatisfy(\.isReadyPod) ? .done : .waiting
        }
        let type = "RestartPod--\(pod.objectName)"
        let known = request.condition(type)?["message"]?.string
        // A pod that was made anew is given its time.
        guard known == nil || known == pod.objectUID else {
            return giveUp("reconnect \(pod.objectName)", &request, work).map(Progress.failed) ?? .waiting
        }
        request.setCondition(type, reason: nil, pod.objectUID, now)
        for claim in snapshot.claims.values where claim.objectName.hasSuffix("-\(pod.objectName)") {
            decision.lastSteps.append(
                DatabaseDecision.Step(action: .delete(snapshot.reference(.persistentVolumeClaim, claim.objectName)))
            )
        }
        decision.lastSteps.append(
            DatabaseDecision.Step(action: .delete(snapshot.reference(.pod, pod.objectName)))
        )
        return .waiting
    }

    /// The password is made anew and the former one kept beside it; or another secret takes the place of the first.
    mutating func renewCredentials(_ request: OperationRequest, _ work: Work) -> Progress {
        guard request.type == "RotateAuth", request.spec.at("authentication", "secretRef") == nil else { return .done }
        let secrets = DatabaseSecrets(objects: objects)
        guard let secret = snapshot.other(.secret, secrets.credentials) else { return .waiting }
        guard secret.annotation(Self.rotation) != request.object.objectUID else { return .done }
        var data: JSONObject = ["password": .string(Self.encoded(secrets.password(16, for: request.object.objectUID)))]
        for key in ["username", "password"] { data[key + ".prev"] = secret.at("data", key) }
        act(
            .patch(
                snapshot.reference(.secret, secrets.credentials),
                [
                    "data": .object(data),
                    "metadata": [
                        "annotations": [
                            Self.rotation: .string(request.object.objectUID),
                            KubeDB.Annotation.activeFrom: .string(now.description),
                        ]
                    ],
                ]
            )
        )
        if engine.name != "kafka" { status.set(["authSecret", "lastUpdateTimestamp"], .string(now.description)) }
        return .waiting
    }

    /// Every certificate is issued anew, where there is an issuer and the request is not to succeed without doing it.
    mutating func renewCertificates(_ request: inout OperationRequest, _ work: Work) -> Progress {
        guard request.type == "ReconfigureTLS", request.spec.at("tls", "rotateCertificates")?.bool == true,
            spec.at("tls", "issuerRef") != nil, !work.failures.contains("certificates")
        else { return .done }
        let uid = request.object.objectUID
        let secrets = DatabaseSecrets(objects: objects)
        let old = secrets.certificates(for: uid).filter {
            snapshot.other(.secret, $0.objectName)?.annotation(Self.rotation) != uid
        }
        guard !old.isEmpty else {
            let isMongoDB = engine.name == "mongodb"
            let type = isMongoDB ? "CertificateIssuingSuccessful" : "CertificateSynced"
            let words = isMongoDB ? "Successfully Issued New Certificates" : "Successfully synced all certificates"
            request.setCondition(type, reason: type, words, now)
            return .done
        }
        for secret in old {
            let renewal: JSONValue = [
                "data": secret["data"] ?? [:], "metadata": ["annotations": [Self.rotation: .string(uid)]],
            ]
            act(.patch(snapshot.reference(.secret, secret.objectName), renewal))
        }
        return .waiting
    }

    /// Which request a secret was last renewed for; only the sandbox writes it.
    private static let rotation = "sandbox.dbaas.io/rotated-for"

    private static func encoded(_ text: String) -> String { Base64.encode(Array(text.utf8)) }
}
