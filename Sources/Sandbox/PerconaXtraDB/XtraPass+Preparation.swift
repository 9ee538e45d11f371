import JSON
import KubernetesAPI

/// Secrets, configurations and Services; and what is deleted with a cluster.
extension XtraPass {
    /// What must be there before servers are, as far as it is missing or out of date.
    mutating func createObjects() throws(PassEnd) {
        guard !snapshot.isPrepared else { return }
        let before = decision.actions.count
        let objects = objects
        let users = try createUsers(objects)
        var isSettled = users != nil
        if let users { isSettled = passUsersOn(users, objects) }
        configure(objects)
        for name in objects.certificates where snapshot.other(.secret, name) == nil {
            act(.create(.secret, objects.certificate(name)))
        }
        for app in apps where snapshot.other(.podDisruptionBudget, "\(snapshot.name)-\(app.component)") == nil {
            var budget = objects.object(
                "policy/v1",
                "PodDisruptionBudget",
                "\(snapshot.name)-\(app.component)",
                component: app.component
            )
            var budgetSpec = app.json["podDisruptionBudget"] ?? ["maxUnavailable": 1]
            budgetSpec["selector"] = ["matchLabels": JSONValue(Xtra.labels(snapshot.name, component: app.component))]
            budget["spec"] = budgetSpec
            act(.create(.podDisruptionBudget, budget))
        }
        if isSettled, decision.actions.count == before {
            memory.prepared = snapshot.cluster.at("metadata", "generation")?.integer
        }
    }

    /// The users Secret with what was missing in it; nil when it is only being made now.
    private mutating func createUsers(_ objects: XtraObjects) throws(PassEnd) -> [String: String]? {
        guard let secret = snapshot.other(.secret, objects.usersSecret) else {
            act(.create(.secret, objects.secret(objects.usersSecret, objects.missingUsers([:]))))
            return nil
        }
        let texts = secret.secretTexts
        if let complaint = XtraValidation.complaint(about: texts) {
            throw .error("reconcile users secret: validate passwords: " + complaint)
        }
        let missing = objects.missingUsers(texts)
        if !missing.isEmpty {
            act(.patch(snapshot.reference(.secret, objects.usersSecret), ["data": .secretData(missing)]))
        }
        return texts.merging(missing) { $1 }
    }

    /// Brings changed passwords to the servers, which happens only while the cluster is ready, and restarts those that
    /// cannot take them otherwise; whether nothing is left to be done.
    private mutating func passUsersOn(_ users: [String: String], _ objects: XtraObjects) -> Bool {
        guard let known = snapshot.other(.secret, objects.internalSecret) else {
            act(.create(.secret, objects.secret(objects.internalSecret, users)))
            return true
        }
        let texts = known.secretTexts
        let changed = Set(users.keys.filter { users[$0] != texts[$0] })
        guard !changed.isEmpty else { return true }
        guard shownState == Percona.State.ready else { return false }
        let mark = String(stableHash(of: JSONValue(users)), radix: 16)
        if !changed.isDisjoint(with: ["xtrabackup", "pmmservertoken", "pmmserverkey"]) { restarts["pxc"] = mark }
        if !changed.isDisjoint(with: ["monitor", "operator", "proxyadmin", "pmmservertoken", "pmmserverkey"]) {
            restarts["proxysql"] = mark
        }
        if !changed.isDisjoint(with: ["pmmservertoken", "pmmserverkey"]) { restarts["haproxy"] = mark }
        act(.patch(snapshot.reference(.secret, objects.internalSecret), ["data": .secretData(users)]))
        return true
    }

    private mutating func configure(_ objects: XtraObjects) {
        for configuration in objects.configurations(apps) {
            let place = snapshot.reference(.configMap, configuration.name)
            let existing = snapshot.others[place]
            var text = configuration.text
            if !text.isEmpty {
                write([configuration.key: .string(text)], to: place, existing, configuration.component)
            } else if existing?.controller?["uid"]?.string == snapshot.cluster.objectUID {
                act(.delete(place))
            } else if let own = existing?.at("data", configuration.key)?.string {
                text = own
            }
            // A Secret of that name, which only a user makes, goes before both.
            if let own = snapshot.other(.secret, configuration.name)?.secretTexts[configuration.key] { text = own }
            memory.configurations[configuration.component] = text
        }
        guard let tuning = objects.tuning else { return }
        let place = snapshot.reference(.configMap, "auto-\(snapshot.name)-pxc")
        write(["auto-config.cnf": .string(tuning)], to: place, snapshot.others[place], "pxc")
    }

    private mutating func write(
        _ data: JSONValue,
        to place: ObjectReference,
        _ existing: JSONValue?,
        _ component: String
    ) {
        guard let existing else {
            var map = objects.object("v1", "ConfigMap", place.key.name, component: component)
            map["data"] = data
            hasJustConfigured = true
            return act(.create(.configMap, map))
        }
        guard existing["data"] != data else { return }
        hasJustConfigured = true
        act(.patch(place, ["data": data]))
    }

    mutating func reconcileServices() {
        let wanted = objects.services(apps)
        bring(wanted)
        deleteServices(besides: wanted)
    }

    /// The collector runs only beside a ready cluster, and never while a restore works on it.
    mutating func reconcileCollector() {
        let place = snapshot.reference(.deployment, objects.collector)
        let existing = snapshot.deployments[objects.collector]
        let isWanted = spec.at("backup", "pitr", "enabled")?.bool == true && !isPaused && !isRestoring
        if !isWanted {
            if existing != nil { act(.delete(place)) }
        } else if existing == nil, shownState == Percona.State.ready {
            act(.create(.deployment, objects.collectorDeployment))
        }
    }

    // MARK: Deletion

    /// Finalizers in the order of the object; of those that are not known only one behind a failed one stays a while.
    mutating func finalize() {
        var kept: [String] = []
        var hasFailed = false
        for finalizer in snapshot.cluster.finalizers {
            switch finalizer {
            case Xtra.Finalizer.certificates:
                let names = [
                    snapshot.name + "-ca-cert", Xtra.certificate(snapshot.name, isInternal: false, spec),
                    Xtra.certificate(snapshot.name, isInternal: true, spec),
                ]
                for name in names { act(.delete(snapshot.reference(.secret, name))) }
                hasFailed = false
            case Xtra.Finalizer.proxyVolumes:
                deleteSet("proxysql", "proxydata")
                hasFailed = false
            case Xtra.Finalizer.volumes:
                if deleteSet("pxc", Xtra.claimTemplate) {
                    for secret in [objects.usersSecret, objects.internalSecret, snapshot.name + "-mysql-init"] {
                        act(.delete(snapshot.reference(.secret, secret)))
                    }
                }
                hasFailed = false
            case Xtra.Finalizer.podsInOrder: hasFailed = !takeServersDown()
            default: break
            }
            if hasFailed { kept.append(finalizer) }
        }
        guard kept != snapshot.cluster.finalizers else { return }
        act(.patch(reference, ["metadata": ["finalizers": kept.isEmpty ? .null : JSONValue(kept)]]))
    }

    /// Deletes a set and its volumes; false when there is no such set, and then nothing else is touched either.
    @discardableResult
    private mutating func deleteSet(_ component: String, _ template: String) -> Bool {
        let name = "\(snapshot.name)-\(component)"
        guard let set = snapshot.sets[name] else { return false }
        if !set.isBeingDeleted { act(.delete(snapshot.reference(.statefulSet, name))) }
        for (_, claim) in snapshot.claims(template, of: name) where !claim.isBeingDeleted {
            act(.delete(snapshot.reference(.persistentVolumeClaim, claim.objectName)))
        }
        return true
    }

    /// Whether one server at most is left; the set is told to keep no more.
    private mutating func takeServersDown() -> Bool {
        guard pods(of: "pxc").count > 1 else { return true }
        let name = snapshot.name + "-pxc"
        if let set = snapshot.sets[name], StatefulSetRules.replicas(set) != 1 {
            act(.patch(snapshot.reference(.statefulSet, name), ["spec": ["replicas": 1]]))
        }
        return false
    }
}
