import JSON
import KubernetesAPI

/// The steps before anything is done about servers.
extension MongoPass {
    /// Two replica sets need a router between them.
    func checkConfiguration() throws(PassEnd) {
        guard !isSharded else { return }
        let hasConfigServers = snapshot.sets[snapshot.name + "-cfg"] != nil
        let running = snapshot.sets.values.count { $0.label(Percona.Label.component) == "mongod" }
        if hasConfigServers, running > 1 {
            throw .error("failed to disable sharding with \(running) active replsets")
        }
        if replsets.count > 1 { throw .error("running multiple replsets without sharding is prohibited") }
    }

    /// Members go one at a time.
    mutating func scaleDownSafely() {
        for index in replsets.indices where !replsets[index].isConfigServer {
            guard let set = snapshot.sets["\(snapshot.name)-\(replsets[index].name)"] else { continue }
            let running = StatefulSetRules.replicas(set)
            guard running - replsets[index].size > 1 else { continue }
            replsets[index].size = running - 1
            isShrinking = true
        }
    }

    /// Secrets, configurations and budgets, as far as they are missing or out of date.
    mutating func createObjects() throws(PassEnd) {
        guard !snapshot.isPrepared else { return }
        let before = decision.actions.count
        let objects = objects
        var isSettled = true
        let users = createUsers(objects)
        configure(objects)
        if let users { isSettled = passUsersOn(users, objects) }
        for key in objects.keys() where snapshot.other(.secret, key.name) == nil {
            act(.create(.secret, objects.secret(key.name, isOwned: key.isOwned, key.data())))
        }
        createBudgets(objects)
        noteCredentials()
        if isSettled, decision.actions.count == before {
            memory.prepared = snapshot.cluster.at("metadata", "generation")?.integer
        }
    }

    /// The users Secret with what was missing in it; nil when it is only being made now.
    private mutating func createUsers(_ objects: MongoObjects) -> [String: String]? {
        let name = objects.usersSecret
        guard let secret = snapshot.other(.secret, name) else {
            act(.create(.secret, objects.secret(name, isOwned: false, objects.missingUsers([:]))))
            return nil
        }
        let missing = objects.missingUsers(secret.secretTexts)
        if !missing.isEmpty {
            act(.patch(snapshot.reference(.secret, name), ["data": .secretData(missing)]))
        }
        return secret.secretTexts.merging(missing) { $1 }
    }

    /// Brings changed credentials to the servers, which happens only while the cluster is ready; whether nothing is left
    /// to be done.
    private mutating func passUsersOn(_ users: [String: String], _ objects: MongoObjects) -> Bool {
        let name = objects.internalUsersSecret
        let wanted = MongoObjects.escaped(users)
        guard let known = snapshot.other(.secret, name) else {
            act(.create(.secret, objects.secret(name, isOwned: false, wanted)))
            return true
        }
        let texts = known.secretTexts
        guard texts != wanted else { return true }
        guard shownState == Percona.State.ready, spec["unmanaged"]?.bool != true else { return false }
        act(.patch(snapshot.reference(.secret, name), ["data": .secretData(wanted)]))
        return true
    }

    private mutating func configure(_ objects: MongoObjects) {
        for configuration in objects.configurations(replsets) {
            let place = snapshot.reference(.configMap, configuration.name)
            let existing = snapshot.others[place]
            let isOurs = existing?.controller?["uid"]?.string == snapshot.cluster.objectUID
            var text = configuration.text
            if !text.isEmpty {
                let data: JSONValue = [configuration.key: .string(text)]
                if existing == nil {
                    var map = snapshot.object("v1", "ConfigMap", configuration.name, configuration.labels)
                    map["data"] = data
                    act(.create(.configMap, map))
                } else if existing?["data"] != data {
                    act(.patch(place, ["data": data]))
                }
            } else if existing != nil, isOurs {
                act(.delete(place))
            } else if let own = existing?.at("data", configuration.key)?.string {
                text = own
            }
            // A Secret of that name, which only a user makes, goes before both.
            if let own = snapshot.other(.secret, configuration.name)?.secretTexts[configuration.key] { text = own }
            memory.configurations[configuration.name] = text
        }
    }

    private mutating func createBudgets(_ objects: MongoObjects) {
        var budgets: [(String, [String: String], JSONValue?)] = []
        for replset in replsets {
            let labels = Mongo.labels(snapshot.name, replset: replset.name, component: replset.component)
            budgets.append(("\(snapshot.name)-\(replset.component)-\(replset.name)", labels, replset.json))
        }
        for (name, labels, json) in budgets where snapshot.other(.podDisruptionBudget, name) == nil {
            var budget = snapshot.object("policy/v1", "PodDisruptionBudget", name, labels)
            var budgetSpec = json?["podDisruptionBudget"] ?? [:]
            if budgetSpec.object?.isEmpty ?? true { budgetSpec = ["maxUnavailable": 1] }
            budgetSpec["selector"] = ["matchLabels": JSONValue(labels)]
            budget["spec"] = budgetSpec
            act(.create(.podDisruptionBudget, budget))
        }
    }

    /// Remembers which Secret with credentials for a storage is missing.
    private mutating func noteCredentials() {
        memory.missingCredentials = MongoEngine.credentials(spec).first { snapshot.other(.secret, $0) == nil }
    }

    /// Services as they are to be now; those of pods that are no longer exposed go, unless the cluster is stopped.
    mutating func reconcileServices() {
        let wanted = MongoServices(objects).required(replsets, routers: routers)
        bring(wanted)
        guard !isPaused, !snapshot.cluster.isBeingDeleted else { return }
        deleteServices(besides: wanted)
    }
}
