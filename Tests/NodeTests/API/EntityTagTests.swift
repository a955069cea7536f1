import HTTP
import Testing

@testable import Node

@Suite struct EntityTagTests {
    private func tags(_ lines: String...) throws -> EntityTags? { try EntityTags(lines, header: "If-Match") }

    private func strong(_ revision: UInt64?) -> EntityTags.Tag { EntityTags.Tag(isWeak: false, revision: revision) }

    private func weak(_ revision: UInt64?) -> EntityTags.Tag { EntityTags.Tag(isWeak: true, revision: revision) }

    @Test func noHeaderIsNoCondition() throws {
        #expect(try EntityTags([], header: "If-Match") == nil)
    }

    @Test func aStarIsAny() throws {
        #expect(try tags("*") == .any)
        #expect(try tags("\"*\"") == .list([strong(nil)]))
    }

    @Test func aListKeepsItsOrderAndItsWeakTags() throws {
        #expect(try tags(#""1""#) == .list([strong(1)]))
        #expect(try tags(#""1","2""#) == .list([strong(1), strong(2)]))
        #expect(try tags("\"1\" ,\t W/\"2\" , \"3\"") == .list([strong(1), weak(2), strong(3)]))
    }

    /// RFC 9110, 5.6.1.2: a recipient takes empty elements of a list.
    @Test func emptyElementsAreLeftOut() throws {
        #expect(try tags(#", "1", ,"2","#) == .list([strong(1), strong(2)]))
    }

    @Test func severalLinesAreOneList() throws {
        #expect(try tags(#""1""#, #"W/"2", "3""#) == .list([strong(1), weak(2), strong(3)]))
    }

    /// A comma between quotes is part of the tag (RFC 9110, 8.8.3).
    @Test func aCommaInsideATagSeparatesNothing() throws {
        #expect(try tags(#""1,2", "3""#) == .list([strong(nil), strong(3)]))
    }

    @Test(arguments: ["", "abc", "01", "+1", "-1", " 1", "1 ", "1.0", "0x1", "18446744073709551616", "١"])
    func aTagThatNoVersionBearsMatchesNothing(opaque: String) throws {
        let tags = try #require(try tags("\"\(opaque)\""))
        #expect(tags == .list([strong(nil)]))
        #expect(!tags.matchesWeakly(0))
        #expect(!tags.matchesWeakly(1))
    }

    @Test func theWholeRangeOfRevisionsIsRead() throws {
        #expect(try tags(#""0", "18446744073709551615""#) == .list([strong(0), strong(.max)]))
    }

    @Test(arguments: [
        "", " ", ",", "1", "abc", "\"1", "1\"", "\"", "\"1\" \"2\"", "\"1\";\"2\"", "\"1\"x", "w/\"1\"", "W/ \"1\"",
        "W/1",
        "*, \"1\"", "\"1\", *", "**", "\"1\", 2",
    ])
    func whatIsNoListIsRefused(line: String) throws {
        let response = try refusal { _ = try EntityTags([line], header: "If-None-Match") }
        #expect(response.status == .badRequest)
        #expect(try response.errorCode() == "invalid_precondition")
        #expect(response.text.contains("If-None-Match"))
    }

    @Test func aStarBesideAnotherLineIsRefused() throws {
        #expect(try refusal { _ = try EntityTags(["*", "\"1\""], header: "If-Match") }.status == .badRequest)
        #expect(try refusal { _ = try EntityTags(["*", "*"], header: "If-Match") }.status == .badRequest)
    }

    @Test func weakComparisonLooksAtTheRevisionAlone() throws {
        let tags = try #require(try tags(#""1", W/"2""#))
        #expect(tags.matchesWeakly(1))
        #expect(tags.matchesWeakly(2))
        #expect(!tags.matchesWeakly(3))
        #expect(EntityTags.any.matchesWeakly(3))
    }
}
