import KubernetesAPI

/// How far the clocks of one time zone are ahead of UTC, and when (RFC 9636, the files of the time zone database).
struct TimeZoneRules: Equatable {
    /// Moments from which on an offset counts, in order; seconds since 1970, and seconds ahead of UTC.
    private let transitions: [(at: Int64, offset: Int)]
    private let first: Int
    /// What counts after the last transition.
    private let later: PosixTimeZone?

    static let utc = TimeZoneRules(offset: 0)

    init(offset: Int) {
        transitions = []
        first = offset
        later = nil
    }

    static func == (left: TimeZoneRules, right: TimeZoneRules) -> Bool {
        left.first == right.first && left.later == right.later
            && left.transitions.elementsEqual(right.transitions) { $0 == $1 }
    }

    /// From the bytes of such a file; nil when they are none of version 2 or later.
    init?(file bytes: [UInt8]) {
        var reader = BigEndianReader(bytes)
        guard let old = TimeZoneHeader(&reader), old.version >= 2 else { return nil }
        reader.skip(old.dataLength(timeSize: 4))
        guard let header = TimeZoneHeader(&reader) else { return nil }
        let moments = (0..<header.timeCount).compactMap { _ in reader.integer(8) }
        let kinds = (0..<header.timeCount).compactMap { _ in reader.integer(1) }
        var offsets: [Int] = []
        for _ in 0..<header.typeCount {
            guard let offset = reader.integer(4) else { return nil }
            offsets.append(Int(Int32(truncatingIfNeeded: offset)))
            reader.skip(2)
        }
        guard moments.count == header.timeCount, kinds.count == header.timeCount, let first = offsets.first,
            kinds.allSatisfy({ offsets.indices.contains(Int($0)) })
        else { return nil }
        reader.skip(header.tailLength)
        self.first = first
        transitions = zip(moments, kinds).map { ($0, offsets[Int($1)]) }
        let footer = String(decoding: reader.rest, as: UTF8.self).split(separator: "\n").first.map(String.init)
        later = footer.flatMap { PosixTimeZone($0) }
    }

    /// Seconds ahead of UTC at that moment.
    func offset(at moment: Timestamp) -> Int {
        if let last = transitions.last, moment.seconds >= last.at, let later { return later.offset(at: moment.seconds) }
        if transitions.isEmpty, let later { return later.offset(at: moment.seconds) }
        return transitions.last { $0.at <= moment.seconds }?.offset ?? first
    }
}

/// The header of one of the two parts of such a file.
private struct TimeZoneHeader {
    let version: Int
    let timeCount: Int
    let typeCount: Int
    private let charCount: Int
    private let leapCount: Int
    private let standardCount: Int
    private let utcCount: Int

    init?(_ reader: inout BigEndianReader) {
        guard reader.integer(4) == 0x545A_6966, let version = reader.integer(1) else { return nil }
        reader.skip(15)
        let counts = (0..<6).compactMap { _ in reader.integer(4) }.map { Int($0) }
        // Far more than any zone has; a file that says more is none.
        guard counts.count == 6, counts.allSatisfy({ (0...100_000).contains($0) }) else { return nil }
        self.version = version == 0 ? 1 : Int(version) - 48
        utcCount = counts[0]
        standardCount = counts[1]
        leapCount = counts[2]
        timeCount = counts[3]
        typeCount = counts[4]
        charCount = counts[5]
    }

    func dataLength(timeSize: Int) -> Int {
        timeCount * (timeSize + 1) + typeCount * 6 + charCount + leapCount * (timeSize + 4) + standardCount + utcCount
    }

    /// What stands between the types and the footer of the second part.
    var tailLength: Int { charCount + leapCount * 12 + standardCount + utcCount }
}

private struct BigEndianReader {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    var rest: ArraySlice<UInt8> { bytes }

    mutating func skip(_ count: Int) { bytes = bytes.dropFirst(count) }

    /// Nil at the end.
    mutating func integer(_ size: Int) -> Int64? {
        guard bytes.count >= size else { return nil }
        defer { skip(size) }
        let value = bytes.prefix(size).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int64(bitPattern: value)
    }
}
