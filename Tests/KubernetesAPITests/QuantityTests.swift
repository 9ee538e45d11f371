import JSON
import KubernetesAPI
import Testing

@Suite struct QuantityTests {
    @Test(
        "amounts are exact and written as apimachinery writes them",
        arguments: [
            ("0", "0", 0), ("0.0", "0", 0), ("1", "1", 1000), ("1000m", "1", 1000), ("500m", "500m", 500),
            ("0.5", "500m", 500),
            ("1.5", "1500m", 1500), (".5", "500m", 500), ("5.", "5", 5000), ("+2", "2", 2000),
            ("-1.5", "-1500m", -1500),
            ("1e3", "1e3", 1_000_000), ("1E3", "1e3", 1_000_000), ("12e-1", "1200e-3", 1200), ("1e1", "10", 10_000),
            ("1k", "1k", 1_000_000), ("1000k", "1M", 1_000_000_000), ("0.1G", "100M", 100_000_000_000),
            ("2Gi", "2Gi", 2_147_483_648_000), ("1024Mi", "1Gi", 1_073_741_824_000),
            ("1.5Gi", "1536Mi", 1_610_612_736_000),
            ("512", "512", 512_000), ("1Ki", "1Ki", 1_024_000), ("0.5Ki", "512", 512_000),
            ("1025Ki", "1025Ki", 1_049_600_000),
            ("1.1Mi", "1153434", 1_153_433_600), ("100n", "100n", 1), ("1u", "1u", 1), ("0.0000000001", "1n", 1),
            ("-0.0000000001", "-1n", -1), ("1e-20", "1e-9", 1), ("00012", "12", 12_000), ("4E", "4E", .max),
            ("7Ei", "7Ei", .max), ("10E", "9223372036854775807", .max), ("1e100", "9223372036854775807", .max),
        ] as [(String, String, Int64)]
    )
    func canonical(text: String, expected: String, milli: Int64) throws {
        let quantity = try #require(Quantity(text))
        #expect(quantity.description == expected)
        #expect(quantity.milli == milli)
        #expect(try #require(Quantity(quantity.description)).description == expected)
    }

    @Test(
        "other texts are no amounts",
        arguments: [
            "", ".", "-", "Gi", "1 Gi", "1gi", "1KI", "1K", "1ki", "1.2.3", "1e", "1e3Gi", "1e1.5", "0x1", "1m1", "٣",
            "1Gi ", "--1",
        ]
    )
    func refused(text: String) { #expect(Quantity(text) == nil) }

    @Test("order and equality look at the amount, not at the text")
    func order() throws {
        let ascending = [
            "-1Gi", "-1", "0", "1n", "999m", "1", "1001m", "1k", "1Ki", "1M", "1Mi", "1.5Gi", "2e9", "2Gi", "1E", "1Ei",
        ]
        let quantities = try ascending.map { try #require(Quantity($0)) }
        #expect(quantities == quantities.sorted())
        #expect(Set(quantities).count == ascending.count)
        for (left, right) in [("1000m", "1"), ("1Gi", "1024Mi"), ("0.1", "100m"), ("1e3", "1k"), ("1Ki", "1024")] {
            #expect(Quantity(left) == Quantity(right))
            #expect(Quantity(left).hashValue == Quantity(right).hashValue)
        }
    }

    @Test("arithmetic is exact, keeps the way of writing and does not overflow")
    func arithmetic() throws {
        let third = try #require(Quantity("0.1"))
        #expect(third + third + third == Quantity("0.3"))
        #expect((Quantity(bytes: 1 << 30) * 3).description == "3Gi")
        #expect((Quantity(bytes: 3 << 30) - Quantity(bytes: 1 << 29)).description == "2560Mi")
        #expect((Quantity(0) + Quantity(bytes: 1 << 20)).description == "1Mi")
        #expect((Quantity(.max) * .min).value == -Int64.max)
        #expect((Quantity(.max) + Quantity(.max)).value == .max)
        #expect(Quantity(milli: 1001).value == 2)
        #expect(Quantity(milli: -1001).value == -2)
    }

    @Test("a field may be a string or a bare number")
    func fields() throws {
        let values = try JSONDocument.decode(Array(#"["2Gi",3,0.5]"#.utf8)) { (root) throws(JSONError) in
            try root.decodeItems { (item) throws(JSONError) in try Quantity(from: item).description }
        }
        #expect(values == ["2Gi", "3", "500m"])
        #expect(throws: JSONError.self) {
            try JSONDocument.decode(Array("[true]".utf8)) { (root) throws(JSONError) in
                try root.decodeItems { (item) throws(JSONError) in try Quantity(from: item) }
            }
        }
    }
}
