import JSON
import KubernetesAPI

/// What MongoDB itself does: members join, one is elected, one steps down.
extension MongoPass {
    /// A member as it is now.
    private struct Member {
        let pod: String
        let isArbiter: Bool
        var state: (Int, String)
        /// What an election goes by; 0 for one that is never elected.
        var priority: Int

        var isLive: Bool { [1, 2, 7].contains(state.0) }
    }

    /// The pods of a replica set, without those that a smaller size is about to remove.
    func members(of replset: MongoReplset) -> [JSONValue] {
        MongoServers.sets(replset, of: snapshot.name).flatMap { set in
            snapshot.pods([Mongo.Label.replset: replset.name, Percona.Label.component: set.component])
                .filter { $0.podNumber < set.size }
        }
    }

    func primary(of replset: String) -> String? {
        if let known = memory.primaries[replset] { return known }
        return status["replsets"]?[replset]?["members"]?.object?.first { $0.value["stateStr"] == "PRIMARY" }?.name
    }

    /// Makes a member primary, and shows it.
    mutating func elect(_ pod: String, in replset: String) {
        memory.primaries[replset] = pod
        guard var members = status["replsets"]?[replset]?["members"]?.object else { return }
        for field in members where field.value["stateStr"] == "PRIMARY" || field.name == pod {
            let state = field.name == pod ? Mongo.Member.primary : Mongo.Member.secondary
            members[field.name] = JSONMergePatch.apply(
                ["state": JSONValue(state.0), "stateStr": .string(state.1)],
                to: field.value
            )
        }
        setReplset(replset, "members", .object(members))
    }

    private mutating func setReplset(_ name: String, _ field: String, _ value: JSONValue?) {
        var replsets = status["replsets"] ?? [:]
        var replset = replsets[name] ?? [:]
        replset[field] = value
        replsets[name] = replset
        status["replsets"] = replsets
    }

    /// The members of all replica sets; the worst of their states is the cluster's.
    mutating func reconcileMembers() throws(PassEnd) {
        var worst = Percona.State.ready
        var errors: [String] = []
        for replset in replsets {
            var state = Percona.State.error
            do throws(PassEnd) {
                state = try reconcileMembers(of: replset)
            } catch {
                setReplset(replset.name, "members", nil)
                if case .error(let why) = error { errors.append(why) }
            }
            let order = [Percona.State.error, Percona.State.initializing, Percona.State.ready]
            worst = order.first { $0 == state || $0 == worst } ?? worst
        }
        membersState = worst
        if !errors.isEmpty { throw .error("reconcile statefulsets: " + errors.joined(separator: "\n")) }
    }

    private mutating func reconcileMembers(of replset: MongoReplset) throws(PassEnd) -> String {
        let name = replset.name
        let set = snapshot.sets["\(snapshot.name)-\(name)"]
        if set?.annotation(Percona.Annotation.restoreInProgress) != nil {
            setReplset(name, "members", nil)
            return Percona.State.initializing
        }
        guard replset.totalSize > 0 else {
            setReplset(name, "members", nil)
            return Percona.State.ready
        }
        let pods = members(of: replset)
        // Members are only looked at once every pod is there; until then none is shown.
        guard pods.count >= replset.totalSize else {
            setReplset(name, "members", nil)
            if let crashing = pods.first(where: \.isCrashing) {
                throw .error("pod \(crashing.objectName) is in CrashLoopBackOff state")
            }
            return Percona.State.initializing
        }
        guard status["replsets"]?[name]?["initialized"]?.bool == true else { return initiate(replset, pods) }
        guard pods.contains(where: \.isServingPod) else {
            throw .error("dial: ping mongo: server selection error: server selection timeout")
        }
        if isSharded, !replset.isConfigServer, routers > 0, !isRestoring {
            let shown = snapshot.cluster["status"]
            guard shown?["replsets"]?[name]?["status"]?.string == Percona.State.ready,
                shown?.at("mongos", "status")?.string == Percona.State.ready
            else {
                setReplset(name, "members", nil)
                return Percona.State.initializing
            }
            setReplset(name, "added_as_shard", true)
        }
        return configureMembers(replset, pods)
    }

    /// The first server that runs begins the replica set.
    private mutating func initiate(_ replset: MongoReplset, _ pods: [JSONValue]) -> String {
        guard let first = pods.first(where: \.isActivePod),
            !isWaiting(for: "initiation-\(replset.name)", Delays.Base.promotion)
        else { return Percona.State.initializing }
        endWait("initiation-\(replset.name)")
        memory.primaries[replset.name] = first.objectName
        setReplset(replset.name, "initialized", true)
        let member = Member(pod: first.objectName, isArbiter: false, state: Mongo.Member.primary, priority: 2)
        setReplset(replset.name, "members", json([member], replset))
        markSynced(first)
        addCondition(Percona.State.initializing, "True", message: replset.name)
        return Percona.State.initializing
    }

    private mutating func configureMembers(_ replset: MongoReplset, _ pods: [JSONValue]) -> String {
        var members = pods.map { pod in
            let isArbiter = pod.label(Percona.Label.component) == "arbiter"
            var state = pod.isServingPod ? Mongo.Member.secondary : Mongo.Member.down
            if isArbiter, pod.isServingPod { state = Mongo.Member.arbiter }
            return Member(
                pod: pod.objectName,
                isArbiter: isArbiter,
                state: state,
                priority: replset.priority(pod.objectName)
            )
        }
        synchronize(&members, pods)
        weigh(&members, pods, replset)
        let elected = election(members, replset)
        for index in members.indices where members[index].pod == elected { members[index].state = Mongo.Member.primary }
        setReplset(replset.name, "members", json(members, replset))
        guard elected != nil else { return Percona.State.error }
        return members.allSatisfy(\.isLive) ? Percona.State.ready : Percona.State.initializing
    }

    /// Members with an empty volume copy the data first, one after the other.
    private mutating func synchronize(_ members: inout [Member], _ pods: [JSONValue]) {
        var isOneCopying = false
        for (index, pod) in pods.enumerated() where pod.isServingPod && !members[index].isArbiter {
            guard let claim = snapshot.claims["\(Mongo.claimTemplate)-\(pod.objectName)"] else { continue }
            let former = memory.volumes[claim.objectName]
            if let former, former != claim.objectUID { decision.counted.append(.rebuilds) }
            memory.volumes[claim.objectName] = claim.objectUID
            guard claim.annotation(Percona.Annotation.data) == nil else { continue }
            members[index].state = Mongo.Member.startup
            guard !isOneCopying else { continue }
            isOneCopying = true
            let stage = "synchronization-\(claim.objectUID)"
            guard !isWaiting(for: stage, Delays.Base.promotion) else { continue }
            endWait(stage)
            markSynced(pod)
        }
    }

    private mutating func markSynced(_ pod: JSONValue) {
        let name = "\(Mongo.claimTemplate)-\(pod.objectName)"
        guard let claim = snapshot.claims[name], claim.annotation(Percona.Annotation.data) == nil else { return }
        act(
            .patch(
                snapshot.reference(.persistentVolumeClaim, name),
                ["metadata": ["annotations": [Percona.Annotation.data: "synchronized"]]]
            )
        )
    }

    /// Seven members vote at most, and an odd number: of an even one the last has neither vote nor a chance.
    private func weigh(_ members: inout [Member], _ pods: [JSONValue], _ replset: MongoReplset) {
        var voters: [Int] = []
        for (index, pod) in pods.enumerated() {
            switch pod.label(Percona.Label.component) {
            case "nonVoting": members[index].priority = 0
            case "hidden":
                members[index].priority = 0
                voters.append(index)
            case "arbiter":
                members[index].priority = 0
                voters.append(index)
            default: voters.append(index)
            }
        }
        for index in voters.dropFirst(7) { members[index].priority = 0 }
        let isUnsafeArbitration =
            spec.at("unsafeFlags", "replsetSize")?.bool == true && replset.others["arbiter"] == 1
            && replset.others["nv"] == nil && replset.size == 2
        guard voters.count % 2 == 0, voters.count <= 7, !isUnsafeArbitration else { return }
        if let last = voters.last(where: { !members[$0].isArbiter }) { members[last].priority = 0 }
    }

    /// Who is primary: whoever was, unless one that is to be preferred, or none while it is gone.
    private mutating func election(_ members: [Member], _ replset: MongoReplset) -> String? {
        let name = replset.name
        let candidates = members.filter { $0.state.0 == 2 && $0.priority > 0 }
        let best = candidates.max { ($0.priority, $1.pod) < ($1.priority, $0.pod) }
        let isMajority = members.count(where: \.isLive) * 2 > members.count
        let takeover = "takeover-\(name)"
        if let current = primary(of: name), let member = members.first(where: { $0.pod == current }),
            member.state.0 == 2, isMajority || members.count <= 2
        {
            endWait("election-\(name)")
            guard let best, best.priority > member.priority,
                !RequestedFailure.isAsked("switchover", on: snapshot.cluster)
            else {
                endWait(takeover)
                memory.primaries[name] = current
                return current
            }
            guard !isWaiting(for: takeover, Delays.Base.promotion) else { return current }
            endWait(takeover)
            decision.counted.append(.switchovers)
            memory.primaries[name] = best.pod
            return best.pod
        }
        guard let best, isMajority, !isWaiting(for: "election-\(name)", Delays.Base.promotion) else { return nil }
        endWait("election-\(name)")
        if primary(of: name) != nil { decision.counted.append(.failovers) }
        memory.primaries[name] = best.pod
        return best.pod
    }

    /// Before a primary's pod is made anew another member takes over, when there is one.
    mutating func stepDown(_ replset: MongoReplset) {
        let former = primary(of: replset.name)
        let pods = members(of: replset).filter {
            $0.isServingPod && $0.objectName != former && $0.label(Percona.Label.component) == replset.component
        }
        var members = pods.map {
            Member(
                pod: $0.objectName,
                isArbiter: false,
                state: Mongo.Member.secondary,
                priority: replset.priority($0.objectName)
            )
        }
        // Weights need the whole set; one without a vote is not asked to take over.
        if replset.totalSize % 2 == 0, !members.isEmpty, replset.others.isEmpty {
            members.removeAll { $0.pod.hasSuffix("-\(replset.totalSize - 1)") }
        }
        if let heir = members.max(by: { ($0.priority, $1.pod) < ($1.priority, $0.pod) }) {
            elect(heir.pod, in: replset.name)
        }
    }

    private func json(_ members: [Member], _ replset: MongoReplset) -> JSONValue {
        let suffix = spec["clusterServiceDNSSuffix"]?.string ?? "svc.cluster.local"
        let domain = "\(snapshot.name)-\(replset.name).\(snapshot.namespace).\(suffix):27017"
        return .object(
            JSONObject(
                members.map { member in
                    (
                        member.pod,
                        [
                            "name": .string("\(member.pod).\(domain)"), "state": JSONValue(member.state.0),
                            "stateStr": .string(member.state.1),
                        ]
                    )
                }
            )
        )
    }
}
