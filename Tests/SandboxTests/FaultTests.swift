import JSON
import Testing

@testable import Sandbox

@Suite("Faults that a test asks for")
struct FaultTests {
    private func arm(_ server: APIServer, _ wish: JSONValue) throws -> String {
        let answer = server.handle(APIRequest(method: "POST", uri: "/sandbox/faults", body: wish.serialized()))
        try #require(answer.status == 201)
        return "/sandbox/faults/\(try body(answer)["id"]?.integer ?? 0)"
    }

    private func body(_ answer: APIResponse) throws -> JSONValue {
        guard case .bytes(let bytes) = answer.body else { return .null }
        return try JSONValue(parsing: bytes)
    }

    private func request(_ method: String, _ uri: String, token: String = "one") -> APIRequest {
        let headers = ["authorization": "Bearer \(token)", "user-agent": "dbaas-operator/1"]
        return APIRequest(method: method, uri: uri, headers: headers)
    }

    @Test("The call asked for is hit, once, among those of that client, without its watches and its Lease")
    func counting() throws {
        let server = APIServer()
        let fault = try arm(server, ["client": "one", "number": 2, "action": "answer", "status": 409])
        let secrets = "/api/v1/namespaces/default/secrets"
        #expect(server.faults.meet(request("GET", secrets)) == .none)
        #expect(server.faults.meet(request("GET", secrets + "?watch=true")) == .none)
        #expect(server.faults.meet(request("GET", secrets, token: "two")) == .none)
        #expect(server.faults.meet(request("PUT", "/apis/coordination.k8s.io/v1/namespaces/a/leases/b")) == .none)
        #expect(try body(server.handle(APIRequest(method: "GET", uri: fault)))["reached"] == false)
        #expect(server.faults.meet(request("PATCH", secrets + "/s?fieldManager=x")) == .answer(409))
        #expect(server.faults.meet(request("PATCH", secrets + "/s")) == .none)
        let report = try body(server.handle(APIRequest(method: "GET", uri: fault)))
        #expect(report["reached"] == true && report["seen"] == 3)
        #expect(report["requests"]?.array?[1].string == "PATCH \(secrets)/s")
        #expect(server.handle(APIRequest(method: "DELETE", uri: fault)).status == 200)
        #expect(server.handle(APIRequest(method: "GET", uri: fault)).status == 404)
    }

    @Test("Of writes alone the reads do not count")
    func writes() throws {
        let server = APIServer()
        _ = try arm(server, ["counted": "writes", "userAgentPrefix": "dbaas-operator/", "action": "dropAfter"])
        #expect(server.faults.meet(request("GET", "/api/v1/pods")) == .none)
        #expect(server.faults.meet(request("DELETE", "/api/v1/namespaces/default/pods/p")) == .dropAfter)
    }

    @Test("Of one call alone the others do not count, and of one with a made-up name its beginning is enough")
    func oneCall() throws {
        let server = APIServer()
        let events = "/apis/events.k8s.io/v1/namespaces/a/events"
        _ = try arm(server, ["method": "PATCH", "path": .string("\(events)/*"), "number": 2, "action": "dropBefore"])
        _ = try arm(server, ["path": "/api/v1/namespaces/a/pods/p", "action": "holdAfter"])
        #expect(server.faults.meet(request("PATCH", events + "/one.18f0")) == .none)
        #expect(server.faults.meet(request("POST", events)) == .none)
        #expect(server.faults.meet(request("GET", "/api/v1/namespaces/a/pods/p/status")) == .none)
        #expect(server.faults.meet(request("PATCH", events + "/one.18f1?fieldManager=x")) == .dropBefore)
        #expect(server.faults.meet(request("DELETE", "/api/v1/namespaces/a/pods/p?dryRun=All")) == .holdAfter)
    }

    @Test(
        "A wish that makes no sense is refused",
        arguments: ["", "{}", "{\"action\": \"burn\"}", "{\"action\": \"answer\"}"]
    )
    func refused(_ wish: String) {
        let request = APIRequest(method: "POST", uri: "/sandbox/faults", body: Array(wish.utf8))
        #expect(APIServer().handle(request).status == 400)
    }
}
