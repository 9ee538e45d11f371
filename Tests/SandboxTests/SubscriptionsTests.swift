import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("Who is told of a change") struct SubscriptionsTests {
    private static let pods = GroupResource(group: "", plural: "pods")
    private static let secrets = GroupResource(group: "", plural: "secrets")

    private func names(_ changes: [Subscriptions.Change]) -> [String] {
        changes.map { "\($0.place) \($0.key)" }
    }

    @Test("Those who look at its kind and namespace, and nobody else")
    func interested() {
        var subscriptions = Subscriptions(mostPassedOver: 10)
        let everywhere = subscriptions.add([Self.pods, Self.secrets], in: nil, [])
        let shop = subscriptions.add([Self.pods], in: "shop", [])
        let left = subscriptions.add([Self.pods], in: nil, [])
        _ = subscriptions.remove(left)
        _ = subscriptions.tell(Self.pods, ObjectKey(namespace: "shop", name: "a"))
        _ = subscriptions.tell(Self.pods, ObjectKey(namespace: "shop", name: "a"))
        _ = subscriptions.tell(Self.pods, ObjectKey(namespace: "bank", name: "b"))
        _ = subscriptions.tell(Self.secrets, ObjectKey(namespace: "shop", name: "c"))
        #expect(names(subscriptions.take(everywhere)) == ["pods shop/a", "pods bank/b", "secrets shop/c"])
        #expect(names(subscriptions.take(shop)) == ["pods shop/a"])
        #expect(subscriptions.take(left).isEmpty && subscriptions.take(shop).isEmpty)
        _ = subscriptions.tellAll(Self.pods)
        #expect(subscriptions.take(shop).count == 1)
    }

    @Test("One who sleeps through changes elsewhere is told one before the history forgets its place")
    func passedOver() {
        var subscriptions = Subscriptions(mostPassedOver: 3)
        let shop = subscriptions.add([Self.pods], in: "shop", [])
        for round in 1...2 {
            for number in 1...3 {
                _ = subscriptions.tell(Self.pods, ObjectKey(namespace: "bank", name: "\(number)"))
                #expect(subscriptions.take(shop).isEmpty, "round \(round), change \(number)")
            }
            _ = subscriptions.tell(Self.pods, ObjectKey(namespace: "bank", name: "last"))
            #expect(names(subscriptions.take(shop)) == ["pods bank/last"])
        }
    }
}
