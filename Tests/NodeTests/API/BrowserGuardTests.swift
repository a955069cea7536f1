import HTTP
import Testing

@testable import Node

@Suite struct BrowserGuardTests {
    private static let node = "--cluster-port 4000 --node-id Node7 --advertise-addr Raft.Example:4000 --http-port 8080"

    /// What the guard of a node with these flags says: "ok", or a status and its code.
    private func verdict(host: String, _ fields: [String], flags: String = "") throws -> String {
        let browserGuard = BrowserGuard(try options("\(BrowserGuardTests.node) \(flags)"))
        let request = try request("GET /v1/kv/a", fields, host: host)
        do throws(Refused) {
            try browserGuard.check(request)
            return "ok"
        } catch {
            return "\(error.response.status.code) \(try error.response.errorCode() ?? "?")"
        }
    }

    /// Programs other than browsers call a node by any name: behind a proxy, through a tunnel.
    @Test(arguments: ["anything.example", "localhost:1", "10.0.0.1"])
    func whoIsNoBrowserIsLetIn(host: String) throws {
        #expect(try verdict(host: host, []) == "ok")
    }

    @Test(arguments: [
        ("localhost", "ok"), ("LocalHost:8080", "ok"), ("127.0.0.1", "ok"), ("10.1.2.3:8080", "ok"), ("[::1]", "ok"),
        ("[::1]:8080", "ok"), ("node7", "ok"), ("NODE7:8080", "ok"), ("raft.example", "ok"), ("RAFT.example:99", "ok"),
        ("evil.example", "421 host_not_allowed"), ("raft.example.evil", "421 host_not_allowed"),
        ("evil.raft.example", "421 host_not_allowed"), ("node77", "421 host_not_allowed"),
        ("localhost.evil", "421 host_not_allowed"), ("1.2.3", "421 host_not_allowed"),
        ("1.2.3.256", "421 host_not_allowed"), ("1.2.3.4.evil", "421 host_not_allowed"),
        ("1.2.3.4.5", "421 host_not_allowed"), ("1.2.3.x", "421 host_not_allowed"),
    ])
    func aBrowserMustCallTheNodeByItsName(host: String, verdict expected: String) throws {
        #expect(try verdict(host: host, ["Sec-Fetch-Site: none"]) == expected)
        #expect(try verdict(host: host, ["Origin: http://\(host)"]) == expected)
    }

    @Test(arguments: [
        ("http://localhost:8080", "ok"), ("HTTP://LOCALHOST:8080", "ok"),
        ("http://localhost", "403 origin_not_allowed"),
        ("http://localhost:80801", "403 origin_not_allowed"), ("https://localhost:8080", "403 origin_not_allowed"),
        ("http://localhost:8080.evil", "403 origin_not_allowed"), ("http://evil.example", "403 origin_not_allowed"),
        ("null", "403 origin_not_allowed"), ("", "403 origin_not_allowed"),
    ])
    func aPageMustBeThisNodesOwn(origin: String, verdict expected: String) throws {
        #expect(try verdict(host: "localhost:8080", ["Origin: \(origin)"]) == expected)
        #expect(try verdict(host: "localhost:8080", ["Sec-Fetch-Site: same-site", "origin: \(origin)"]) == expected)
    }

    @Test(arguments: [
        ("app.example", "https://ui.example", "ok"), ("APP.example:1", "HTTPS://UI.example", "ok"),
        ("localhost", "https://ui.example", "ok"), ("app.example", "http://ui.example", "403 origin_not_allowed"),
        ("app.example", "https://ui.example:444", "403 origin_not_allowed"),
        ("other.example", "https://ui.example", "421 host_not_allowed"),
        ("app.example", "http://app.example", "ok"),
    ])
    func whatTheOperatorListedIsLetIn(host: String, origin: String, verdict expected: String) throws {
        let flags = "--allowed-hosts app.example --allowed-origins https://ui.example"
        #expect(try verdict(host: host, ["Origin: \(origin)"], flags: flags) == expected)
    }

    /// Each star opens its own door alone.
    @Test func starsAllowAll() throws {
        let fields = ["Origin: https://any.example"]
        #expect(try verdict(host: "x.example", fields, flags: "--allowed-hosts * --allowed-origins *") == "ok")
        #expect(try verdict(host: "x.example", fields, flags: "--allowed-hosts *") == "403 origin_not_allowed")
        #expect(try verdict(host: "x.example", fields, flags: "--allowed-origins *") == "421 host_not_allowed")
    }

    /// Forwarded headers are never trusted.
    @Test func aForwardedHostProvesNothing() throws {
        let fields = ["Sec-Fetch-Site: none", "X-Forwarded-Host: localhost", "Forwarded: host=localhost"]
        #expect(try verdict(host: "evil.example", fields) == "421 host_not_allowed")
    }
}
