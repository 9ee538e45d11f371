import CRDs
import KubernetesAPI
import Providers
import Testing

@testable import Operator

@Suite("Whether a BackupStorage can be used")
struct BackupStorageAssessmentTests {
    private func status(_ type: BackupStorageType, secret: String?, _ answer: NeedAnswer?) -> BackupStorageStatus {
        var storage = BackupStorage(
            metadata: ObjectMeta(name: "main", namespace: "default", generation: 2),
            spec: BackupStorageSpec(type: type, bucket: "backups")
        )
        storage.spec.credentialsSecret = secret
        return BackupStorageAssessment(storage: storage, users: 3, secret: answer, now: Given.start).status()
    }

    @Test(
        "It is ready when the credentials that its type needs are there, and says what is missing otherwise",
        arguments: [
            (BackupStorageType.s3, nil, nil, true, "PodIdentity"),
            (.s3, "s", NeedAnswer.absent, false, "SecretNotFound"),
            (.s3, "s", .keys(["AWS_ACCESS_KEY_ID"]), false, "SecretIncomplete"),
            (.s3, "s", .keys(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]), true, "CredentialsFound"),
            (.gcs, "s", .keys(["GOOGLE_APPLICATION_CREDENTIALS"]), true, "CredentialsFound"),
        ] as [(BackupStorageType, String?, NeedAnswer?, Bool, String)]
    )
    func readiness(_ type: BackupStorageType, secret: String?, answer: NeedAnswer?, isReady: Bool, reason: String) {
        let status = status(type, secret: secret, answer)
        #expect(status.conditions.isTrue("Ready") == isReady)
        #expect(status.conditions["Ready"]?.reason == reason)
        #expect(status.usedBy == 3 && status.observedGeneration == 2)
    }

    @Test("What is missing is named, never what is there")
    func missing() {
        let status = status(.s3, secret: "s", .keys(["AWS_ACCESS_KEY_ID"]))
        #expect(status.conditions["Ready"]?.message == "Secret s lacks AWS_SECRET_ACCESS_KEY")
    }
}
