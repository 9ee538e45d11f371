import JSON

/// An option that Kafka's brokers and controllers know: what its values are and how a change is taken.
struct BrokerOption: Sendable {
    enum Kind: Sendable, Equatable {
        case integer(ClosedRange<Double>)
        case decimal(ClosedRange<Double>)
        case boolean
        /// Text, or one of those words when there are any.
        case text([String])
    }

    let kind: Kind
    /// Whether the Admin API changes it in a server that runs.
    let isDynamic: Bool

    /// What the operator says against a value; nil when it takes it.
    func complaint(_ name: String, _ value: String) -> String? {
        switch kind {
        case .integer(let range):
            guard let number = Int64(value) else {
                return "\(name) has value '\(value)' which is not a long"
            }
            return Self.complaint(name, value, Double(number), range)
        case .decimal(let range):
            guard let number = Double(value) else {
                return "\(name) has value '\(value)' which is not a double"
            }
            return Self.complaint(name, value, number, range)
        case .boolean:
            return ["true", "false"].contains(value) ? nil : "\(name) has value '\(value)' which is not a boolean"
        case .text(let words):
            return words.isEmpty || words.contains(value)
                ? nil
                : "\(name) has value '\(value)' which is not one of the allowed values: "
                    + "[\(words.joined(separator: ", "))]"
        }
    }

    private static func complaint(
        _ name: String,
        _ value: String,
        _ number: Double,
        _ range: ClosedRange<Double>
    ) -> String? {
        if number < range.lowerBound {
            return "\(name) has value \(value) which less than the minimum value \(Int64(range.lowerBound))"
        }
        if number > range.upperBound {
            return "\(name) has value \(value) which greater than the maximum value \(Int64(range.upperBound))"
        }
        return nil
    }

    /// The option of that name; nil when Kafka has none, so that it is taken for a plug-in's.
    static func named(_ name: String) -> BrokerOption? { table[name] }

    private static let table: [String: BrokerOption] = {
        var table: [String: BrokerOption] = [:]
        func add(_ names: String, _ kind: Kind, isDynamic: Bool) {
            for name in names.split(separator: " ") {
                table[String(name)] = BrokerOption(kind: kind, isDynamic: isDynamic)
            }
        }
        let large = 9.2e18
        add(dynamicNatural, .integer(0...large), isDynamic: true)
        add(dynamicPositive, .integer(1...large), isDynamic: true)
        add(dynamicSigned, .integer(-1...large), isDynamic: true)
        add(dynamicRatios, .decimal(0...1), isDynamic: true)
        add(dynamicBooleans, .boolean, isDynamic: true)
        add(dynamicTexts, .text([]), isDynamic: true)
        add(
            "compression.type",
            .text(["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
            isDynamic: true
        )
        add("log.message.timestamp.type", .text(["CreateTime", "LogAppendTime"]), isDynamic: true)
        add("log.retention.hours log.retention.minutes log.roll.hours", .integer(-1...large), isDynamic: false)
        add(fixedNatural, .integer(0...large), isDynamic: false)
        add(fixedPositive, .integer(1...large), isDynamic: false)
        add(fixedBooleans, .boolean, isDynamic: false)
        add(fixedTexts, .text([]), isDynamic: false)
        return table
    }()

    private static let dynamicNatural = """
        log.cleaner.backoff.ms log.cleaner.min.compaction.lag.ms log.flush.interval.ms log.message.timestamp.before.max.ms \
        log.message.timestamp.after.max.ms log.roll.jitter.ms log.index.interval.bytes log.segment.delete.delay.ms \
        log.cleaner.delete.retention.ms max.connections max.connections.per.ip message.max.bytes
        """
    private static let dynamicPositive = """
        background.threads log.cleaner.dedupe.buffer.size log.cleaner.io.buffer.size log.cleaner.max.compaction.lag.ms \
        log.flush.interval.messages log.roll.ms log.segment.bytes log.index.size.max.bytes min.insync.replicas \
        num.io.threads num.network.threads num.recovery.threads.per.data.dir num.replica.fetchers log.cleaner.threads \
        max.connection.creation.rate producer.id.expiration.ms group.coordinator.threads remote.log.manager.copier.thread.pool.size \
        remote.log.manager.expiration.thread.pool.size remote.log.reader.threads remote.fetch.max.wait.ms
        """
    private static let dynamicSigned = """
        log.retention.bytes log.retention.ms log.local.retention.bytes log.local.retention.ms
        """
    private static let dynamicRatios = "log.cleaner.min.cleanable.ratio log.cleaner.io.buffer.load.factor"
    private static let dynamicBooleans = """
        log.preallocate unclean.leader.election.enable transaction.partition.verification.enable
        """
    private static let dynamicTexts = """
        log.cleanup.policy log.cleaner.io.max.bytes.per.second max.connections.per.ip.overrides metric.reporters \
        cordoned.log.dirs
        """
    private static let fixedNatural = """
        controller.quorum.request.timeout.ms reserved.broker.max.id group.initial.rebalance.delay.ms group.min.session.timeout.ms \
        group.max.session.timeout.ms offset.metadata.max.bytes offsets.retention.check.interval.ms \
        replica.fetch.min.bytes replica.fetch.backoff.ms replica.fetch.wait.max.ms fetch.purgatory.purge.interval.requests \
        producer.purgatory.purge.interval.requests delete.records.purgatory.purge.interval.requests \
        replica.high.watermark.checkpoint.interval.ms log.flush.scheduler.interval.ms \
        log.flush.offset.checkpoint.interval.ms log.flush.start.offset.checkpoint.interval.ms
        """
    private static let fixedPositive = """
        num.partitions default.replication.factor \
        leader.imbalance.check.interval.seconds log.retention.check.interval.ms offsets.commit.timeout.ms \
        offsets.load.buffer.size offsets.retention.minutes offsets.topic.num.partitions \
        offsets.topic.replication.factor offsets.topic.segment.bytes queued.max.requests replica.lag.time.max.ms \
        replica.socket.receive.buffer.bytes replica.socket.timeout.ms request.timeout.ms socket.request.max.bytes \
        socket.listen.backlog.size transaction.max.timeout.ms transaction.state.log.load.buffer.size \
        transaction.state.log.min.isr transaction.state.log.num.partitions transaction.state.log.replication.factor \
        transaction.state.log.segment.bytes transactional.id.expiration.ms group.max.size replica.fetch.max.bytes \
        replica.fetch.response.max.bytes fetch.max.bytes connections.max.idle.ms connection.failed.authentication.delay.ms \
        broker.session.timeout.ms broker.heartbeat.interval.ms controller.socket.timeout.ms \
        controller.quorum.election.backoff.max.ms controller.quorum.election.timeout.ms \
        controller.quorum.fetch.timeout.ms quota.window.num quota.window.size.seconds replication.quota.window.num \
        replication.quota.window.size.seconds max.incremental.fetch.session.cache.slots \
        group.consumer.session.timeout.ms group.consumer.heartbeat.interval.ms metadata.log.segment.ms \
        metadata.max.retention.ms socket.send.buffer.bytes socket.receive.buffer.bytes
        """
    private static let fixedBooleans = """
        auto.create.topics.enable auto.leader.rebalance.enable delete.topic.enable controlled.shutdown.enable \
        auto.include.jmx.reporter log.cleaner.enable remote.log.storage.system.enable
        """
    private static let fixedTexts = """
        replica.selector.class principal.builder.class client.quota.callback.class group.coordinator.rebalance.protocols \
        alter.config.policy.class.name create.topic.policy.class.name metrics.recording.level \
        group.consumer.assignors ssl.cipher.suites ssl.protocol ssl.enabled.protocols ssl.secure.random.implementation \
        broker.rack offsets.topic.compression.codec
        """
}
