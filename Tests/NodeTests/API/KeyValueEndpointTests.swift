import HTTP
import Testing

@testable import Node

@Suite struct KeyValueEndpointTests {
    private func request(_ line: String, _ headers: String = "") throws -> HTTPRequest {
        var parser = RequestParser()
        var offset = 0
        let bytes = Array("\(line) HTTP/1.1\r\nHost: a\r\n\(headers)\r\n".utf8)
        guard case .request(let request) = try parser.next(bytes.span, from: &offset) else {
            throw Refused.notFound
        }
        return request
    }

    /// The status of the refusal; nil when the request is taken.
    private func refusal(_ line: String, _ headers: String = "") throws -> UInt16? {
        let request = try request(line, headers)
        do throws(Refused) {
            _ = try KeyValueEndpoint(maxValueSize: 1 << 20).call(request)
            return nil
        } catch {
            return error.response.status.code
        }
    }

    @Test(arguments: ["0", "-1", "1001", "%2B5", "+5", "1e2", "", "99999999999999999999"])
    func aLimitIsDigitsFromOneToAThousand(limit: String) throws {
        #expect(try refusal("GET /v1/kv?limit=\(limit)") == 400)
        #expect(try refusal("GET /v1/kv?limit=1") == nil)
        #expect(try refusal("GET /v1/kv?limit=1000") == nil)
    }

    @Test(arguments: ["", "%00", "a%00b", "%FF", "%ED%A0%80", "%", "%4", "%zz", String(repeating: "x", count: 1025)])
    func aKeyIsOneTo1024BytesOfUTF8WithoutNUL(key: String) throws {
        #expect(try refusal("PUT /v1/kv/\(key)") == 400)
        #expect(try refusal("PUT /v1/kv/" + String(repeating: "%41", count: 1024)) == nil)
        #expect(try refusal("PUT /v1/kv/../%2e%2e") == nil)
    }

    @Test func aConditionIsKeptOrRefusedNeverIgnored() throws {
        #expect(try refusal("DELETE /v1/kv/a", "If-None-Match: *\r\n") == 400)
        #expect(try refusal("DELETE /v1/kv/a", "If-Match: \"1\", W/\"2\"\r\n") == nil)
        #expect(try refusal("PUT /v1/kv/a", "If-None-Match: \"1\"\r\n") == 400)
        #expect(try refusal("PUT /v1/kv/a", "If-None-Match: *\r\nIf-Match: *\r\n") == 400)
        #expect(try refusal("PUT /v1/kv/a", "If-Match: 1\r\n") == 400)
        #expect(try refusal("PUT /v1/kv/a", "Idempotency-Key: k\r\n") == 501)
    }
}
