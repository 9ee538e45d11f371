import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@testable import KubernetesClient

@Suite("Requests as values")
struct RequestTests {
    private let clusters = ResourceType(
        group: "dbaas.example.com",
        version: "v1",
        plural: "databaseclusters",
        kind: "DatabaseCluster"
    )
    private let key = ObjectKey(namespace: "team-a", name: "orders")
    private let path = "/apis/dbaas.example.com/v1/namespaces/team-a/databaseclusters"

    @Test("A list asks for a page, and with a continuation never for a version")
    func list() {
        var options = ListOptions(labelSelector: "app in (a,b),!c")
        options.resourceVersion = "12"
        options.resourceVersionMatch = "NotOlderThan"
        #expect(
            APIRequest.list(clusters, namespace: "team-a", options).target
                == path + "?labelSelector=app%20in%20%28a%2Cb%29%2C%21c&limit=500&resourceVersion=12"
                + "&resourceVersionMatch=NotOlderThan"
        )
        options.continuation = "abc=="
        #expect(
            APIRequest.list(clusters, namespace: nil, options).target
                == "/apis/dbaas.example.com/v1/databaseclusters"
                + "?labelSelector=app%20in%20%28a%2Cb%29%2C%21c&limit=500&continue=abc%3D%3D"
        )
    }

    @Test("A watch resumes from a version; a streaming list asks for initial events, with a match")
    func watch() {
        var options = WatchOptions(resourceVersion: "77")
        options.timeoutSeconds = 300
        #expect(
            APIRequest.watch(clusters, namespace: nil, options).query.map { "\($0.name)=\($0.value)" }
                == ["watch=1", "resourceVersion=77", "allowWatchBookmarks=true", "timeoutSeconds=300"]
        )
        options = WatchOptions()
        options.sendsInitialEvents = true
        #expect(
            APIRequest.watch(clusters, namespace: nil, options).query.map { "\($0.name)=\($0.value)" }
                == [
                    "watch=1", "sendInitialEvents=true", "resourceVersionMatch=NotOlderThan",
                    "allowWatchBookmarks=true",
                ]
        )
    }

    @Test("Every write names its field manager and refuses unknown fields")
    func writes() throws {
        let object: JSONValue = ["kind": "DatabaseCluster"]
        let requests = [
            APIRequest.create(clusters, namespace: "team-a", object, fieldManager: "dbaas-operator/cluster"),
            try .apply(clusters, key, object, fieldManager: "dbaas-operator/cluster", force: true),
            try .patch(clusters, key, type: .merge, object, fieldManager: "dbaas-operator/cluster"),
            try .replace(clusters, key, object, fieldManager: "dbaas-operator/cluster"),
        ]
        for request in requests {
            #expect(request.query.contains(QueryItem("fieldValidation", "Strict")))
            #expect(request.target.contains("fieldManager=dbaas-operator%2Fcluster"))
            #expect(request.body == Array(#"{"kind":"DatabaseCluster"}"#.utf8))
        }
        #expect(requests.map(\.method) == ["POST", "PATCH", "PATCH", "PUT"])
        #expect(
            requests.map(\.contentType) == [
                "application/json", "application/apply-patch+yaml", "application/merge-patch+json", "application/json",
            ]
        )
        let status = try APIRequest.apply(
            clusters,
            key,
            object,
            fieldManager: "dbaas-operator/status",
            force: false,
            subresource: "status",
            dryRun: true
        )
        #expect(status.path == path + "/orders/status")
        #expect(status.query.suffix(2) == [QueryItem("dryRun", "All"), QueryItem("force", "false")])
    }

    @Test("A deletion can be bound to one object")
    func deletion() throws {
        let options = DeleteOptions(propagationPolicy: .foreground, uid: "u-1", resourceVersion: "9")
        let request = try APIRequest.delete(clusters, key, options)
        #expect(
            request.body.map { String(decoding: $0, as: UTF8.self) }
                == #"{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"resourceVersion":"9","uid":"u-1"},"#
                + #""propagationPolicy":"Foreground"}"#
        )
    }

    @Test(
        "A name that would change the path is never sent: a deletion could meet the whole collection",
        arguments: ["", ".", "..", "a/b", "../secrets/x", "a%2Fb"]
    )
    func namesThatAreNone(name: String) {
        #expect(throws: APIError.self) {
            try APIRequest.delete(clusters, ObjectKey(namespace: "team-a", name: name), DeleteOptions())
        }
        #expect(throws: APIError.self) { try APIRequest.get(clusters, ObjectKey(namespace: name, name: "orders")) }
    }

    @Test("What may not stand in a path is encoded")
    func encoding() {
        #expect(APIRequest("GET", "/a b/ü?#/system:node").target == "/a%20b/%C3%BC%3F%23/system:node")
    }
}

@Suite("What is repeated, and how lists go on")
struct RepetitionTests {
    @Test("A 429 or 503 is repeated after the time the server names, so often and so long and no more")
    func retryAfter() {
        var policy = RetryPolicy()
        #expect(policy.decide(status: 200, retryAfter: .seconds(1)) == .take)
        #expect(policy.decide(status: 500, retryAfter: .seconds(1)) == .take)
        #expect(policy.decide(status: 503, retryAfter: nil) == .take)
        #expect(policy.decide(status: 429, retryAfter: .seconds(31)) == .take)
        for _ in 1...RetryPolicy.mostRepeats {
            #expect(policy.decide(status: 429, retryAfter: .seconds(2)) == .repeatAfter(.seconds(2)))
        }
        #expect(policy.decide(status: 429, retryAfter: .seconds(2)) == .take)
        var slow = RetryPolicy()
        #expect(slow.decide(status: 503, retryAfter: .seconds(30)) == .repeatAfter(.seconds(30)))
        #expect(slow.decide(status: 503, retryAfter: .seconds(30)) == .repeatAfter(.seconds(30)))
        #expect(slow.decide(status: 503, retryAfter: .seconds(1)) == .take)
    }

    @Test("Credentials are renewed once")
    func unauthorized() {
        var policy = RetryPolicy()
        #expect(policy.decide(status: 401, retryAfter: nil) == .renewCredentials)
        #expect(policy.decide(status: 401, retryAfter: nil) == .take)
    }

    @Test(
        "A Retry-After that is no number of seconds counts as none",
        arguments: ["", "-1", "soon", "99999999999999999999"]
    )
    func oddRetryAfter(field: String) {
        #expect(RetryPolicy.retryAfter(field) == nil)
    }

    @Test("An expired continuation is followed by one whole list, and that one by nothing")
    func expiredContinuation() {
        var pager = ListPager(ListOptions(limit: 2))
        let isExpiredAtStart = pager.expired()
        #expect(!isExpiredAtStart)
        pager.received(continuation: "page-2")
        #expect(pager.next.continuation == "page-2")
        let hasAnotherWay = pager.expired()
        #expect(hasAnotherWay)
        #expect(pager.next.continuation == nil && pager.next.limit == nil && pager.isAtStart)
        pager.received(continuation: "")
        #expect(pager.isDone)
    }
}

@Suite("Lines of a watch")
struct LineFramerTests {
    private let text = "{\"type\":\"ADDED\"}\n{\"type\":\"ü\"}\r\n\n{\"type\":\"BOOKMARK\"}\n{\"half"

    @Test("The lines are the same however the bytes are cut", arguments: 1...20)
    func cuts(size: Int) throws {
        var framer = LineFramer()
        var lines: [WatchLine] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            lines += framer.append(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        let expected = ["{\"type\":\"ADDED\"}", "{\"type\":\"ü\"}", "{\"type\":\"BOOKMARK\"}"]
        #expect(lines == expected.map { .whole(Array($0.utf8)) })
    }

    @Test("Of a line beyond the limit the beginning and the size are told, and the next one is read", arguments: 1...9)
    func limit(size: Int) {
        var framer = LineFramer(limit: 4)
        let bytes = Array("abcd\nabcdef\nab\n".utf8)
        let lines = stride(from: 0, to: bytes.count, by: size).flatMap { start in
            framer.append(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        let start = Array("abcd".utf8)
        #expect(lines == [.whole(start), .tooLong(start: start, size: 6), .whole(Array("ab".utf8))])
    }
}
