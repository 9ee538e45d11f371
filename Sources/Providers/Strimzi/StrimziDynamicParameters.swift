/// Parameters that brokers take over while they run (Kafka's broker configurations of update mode per-broker and
/// cluster-wide); every other one needs a restart.
enum StrimziDynamicParameters {
    static let names: Set<String> = [
        "background.threads", "compression.gzip.level", "compression.lz4.level", "compression.type",
        "compression.zstd.level", "leader.replication.throttled.rate", "follower.replication.throttled.rate",
        "log.cleaner.backoff.ms", "log.cleaner.dedupe.buffer.size", "log.cleaner.delete.retention.ms",
        "log.cleaner.io.buffer.load.factor", "log.cleaner.io.buffer.size", "log.cleaner.io.max.bytes.per.second",
        "log.cleaner.max.compaction.lag.ms", "log.cleaner.min.cleanable.ratio", "log.cleaner.min.compaction.lag.ms",
        "log.cleaner.threads", "log.cleanup.policy", "log.flush.interval.messages", "log.flush.interval.ms",
        "log.index.interval.bytes", "log.index.size.max.bytes", "log.local.retention.bytes",
        "log.local.retention.ms", "log.message.timestamp.type", "log.preallocate", "log.retention.bytes",
        "log.retention.ms", "log.roll.jitter.ms", "log.roll.ms", "log.segment.bytes", "log.segment.delete.delay.ms",
        "max.connection.creation.rate", "max.connections", "max.connections.per.ip",
        "max.connections.per.ip.overrides", "message.max.bytes", "min.insync.replicas", "num.io.threads",
        "num.network.threads", "num.recovery.threads.per.data.dir", "num.replica.fetchers",
        "unclean.leader.election.enable",
    ]
}
