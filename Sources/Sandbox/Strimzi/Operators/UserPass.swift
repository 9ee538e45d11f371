import JSON
import KubernetesAPI

/// One look at a KafkaUser, as the user operator of its cluster does it.
struct UserPass {
    let user: JSONValue
    let kafka: JSONValue
    /// The user's own secret; nil when there is none.
    let secret: JSONValue?
    /// The secret with the password that the user is to have.
    let wantedPassword: JSONValue?
    /// The secret with the certificate of the clients' authority.
    let authority: JSONValue?
    let seed: UInt64
    let now: Timestamp
    var decision = ClusterDecision()

    private var authentication: JSONValue? { user.at("spec", "authentication") }
    private var type: String? { authentication?["type"]?.string }

    /// The name of the secret that a user has.
    static func secretName(of user: JSONValue, in kafka: JSONValue) -> String {
        (kafka.at("spec", "entityOperator", "userOperator", "secretPrefix")?.string ?? "") + user.objectName
    }

    private var secretName: String { Self.secretName(of: user, in: kafka) }

    mutating func run() {
        guard !user.isBeingDeleted else { return }
        guard !user.isAnnotated(Strimzi.Annotation.pause) else {
            return write(["conditions": [KafkaStatus.condition("ReconciliationPaused", nil, nil, now)]])
        }
        do throws(StrimziFailure) {
            try check()
            let data = try credentials()
            if let data { try keep(data) } else if secret != nil { decision.actions.append(.delete(secretPlace)) }
            var status: JSONValue = ["conditions": [KafkaStatus.condition("Ready", nil, nil, now)]]
            let isTLS = type == "tls" || type == "tls-external"
            status["username"] = .string((isTLS ? "CN=" : "") + user.objectName)
            if data != nil { status["secret"] = .string(secretName) }
            write(status)
        } catch {
            write(["conditions": [KafkaStatus.condition("NotReady", error.reason, error.message, now)]])
        }
    }

    private func check() throws(StrimziFailure) {
        if RequestedFailure.isAsked("user", on: user) {
            throw StrimziFailure(reason: "TimeoutException", message: "Timed out waiting for a node assignment.")
        }
        if type == "tls", user.objectName.utf8.count > 64 {
            throw .invalidResource(
                "Users with TLS client authentication can have a username (name of the KafkaUser custom resource) only up "
                    + "to 64 characters long."
            )
        }
        if user.at("spec", "authorization", "type")?.string == "simple",
            kafka.at("spec", "kafka", "authorization", "type")?.string != "simple"
        {
            throw .invalidResource(
                "Simple authorization ACL rules are configured but not supported in the Kafka cluster configuration."
            )
        }
    }

    // MARK: Credentials

    /// What the secret is to hold; nil when the user has no secret.
    private mutating func credentials() throws(StrimziFailure) -> [String: String]? {
        switch type {
        case "scram-sha-512":
            let password = try password()
            return [
                "password": password,
                "sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required username=\""
                    + "\(user.objectName)\" password=\"\(password)\";",
            ]
        case "tls": return certificate()
        default: return nil
        }
    }

    private mutating func password() throws(StrimziFailure) -> String {
        if let source = authentication?.at("password", "valueFrom", "secretKeyRef"), let name = source["name"]?.string {
            guard let wantedPassword else {
                throw .invalidResource("Secret \(name) in namespace \(user.objectNamespace) not found")
            }
            let key = source["key"]?.string ?? ""
            guard let password = value(key, of: wantedPassword) else {
                throw .invalidResource(
                    "Secret \(name) does not contain the key \(key) with requested user password."
                )
            }
            guard !password.isEmpty else { throw .invalidResource("The requested user password is empty.") }
            return password
        }
        if let existing = value("password", of: secret), !existing.isEmpty { return existing }
        return SeededText(seed: seed).letters(32, for: "\(user.objectUID) password \(renewal)")
    }

    private mutating func certificate() -> [String: String] {
        let authorityText = value("ca.crt", of: authority) ?? ""
        let isForced = secret?.isAnnotated(Strimzi.Annotation.forceRenew) == true
        let keys = ["ca.crt", "user.crt", "user.key", "user.p12", "user.password"]
        if !isForced, value("ca.crt", of: secret) == authorityText {
            let values = keys.compactMap { value($0, of: secret) }
            if values.count == keys.count { return Dictionary(uniqueKeysWithValues: zip(keys, values)) }
        }
        func text(_ count: Int, _ what: String) -> String {
            SeededText(seed: seed).letters(count, for: "\(user.objectUID) \(what) \(renewal)")
        }
        return [
            "ca.crt": authorityText, "user.crt": StrimziSecrets.certificate(text(64, "crt")),
            "user.key": StrimziSecrets.key(text(64, "key")), "user.p12": text(64, "p12"),
            "user.password": text(12, "p12 password"),
        ]
    }

    /// Makes what is generated now differ from what was generated before.
    private var renewal: String { secret == nil && user["status"] == nil ? "" : now.description }

    private func value(_ key: String, of secret: JSONValue?) -> String? {
        let text = secret?.at("data")?[key]?.string
        return text.flatMap { try? Base64.decode($0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: Writing

    private var secretPlace: ObjectReference { ObjectReference(.secret, user.objectNamespace, secretName) }

    private mutating func keep(_ values: [String: String]) throws(StrimziFailure) {
        let data = JSONValue(values.mapValues { Base64.encode(Array($0.utf8)) })
        guard let secret else {
            if user.at("status", "secret") != nil { decision.counted.append(.credentialRenewals) }
            decision.actions.append(.create(.secret, made(data)))
            return
        }
        guard secret["data"] != data || secret.isAnnotated(Strimzi.Annotation.forceRenew) else { return }
        decision.counted.append(.credentialRenewals)
        decision.actions.append(
            .patch(
                secretPlace,
                ["metadata": ["annotations": [Strimzi.Annotation.forceRenew: .null]], "data": data]
            )
        )
    }

    private func made(_ data: JSONValue) -> JSONValue {
        let template = user.at("spec", "template", "secret", "metadata")
        var labels = StrimziLabels.copied(from: user)
        labels[Strimzi.Label.kind] = "KafkaUser"
        for (name, value) in [
            ("name", "strimzi-user-operator"), ("instance", user.objectName),
            ("part-of", "strimzi-" + user.objectName), ("managed-by", "strimzi-user-operator"),
        ] { labels["app.kubernetes.io/" + name] = value }
        labels.merge(template?["labels"]?.strings ?? [:]) { $1 }
        var metadata: JSONValue = [
            "name": .string(secretName), "namespace": .string(user.objectNamespace), "labels": JSONValue(labels),
            "ownerReferences": [Strimzi.owner(user, .kafkaUser)],
        ]
        metadata["annotations"] = template?["annotations"]
        return ["apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": data]
    }

    private mutating func write(_ status: JSONValue) {
        var status = status
        status["observedGeneration"] = user.at("metadata", "generation")
        guard let patch = KafkaStatus.patch(from: user["status"], to: status) else { return }
        decision.actions.append(.patchStatus(ObjectReference(.kafkaUser, user.objectKey), patch))
    }
}
