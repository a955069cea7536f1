import Foundation
import Glibc

/// One answer of a node.
struct HTTPReply {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: String

    /// The members of a JSON object.
    var json: [String: Any] {
        get throws {
            guard let object = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any] else {
                throw TestFailure("not a JSON object: \(body)")
            }
            return object
        }
    }

    /// `code` of an error body, which must be exactly of the shape `{"error","code"}`.
    var errorCode: String? {
        guard let json = try? json, json.count == 2, json["error"] is String else { return nil }
        return json["code"] as? String
    }

    /// Sends a request on a connection of its own.
    /// - Throws: when the node cannot be reached or closes without an answer.
    static func ask(
        _ port: UInt16, _ method: String, _ target: String, body: String? = nil, headers: [String: String] = [:],
        host: String = "127.0.0.1", timeoutSeconds: Int = 30
    ) throws -> HTTPReply {
        let length = body.map { ["Content-Length": String($0.utf8.count)] } ?? [:]
        let fields = ["Host": "\(host):\(port)", "Connection": "close"].merging(length) { $1 }.merging(headers) { $1 }
        let head = "\(method) \(target) HTTP/1.1\r\n" + fields.map { "\($0): \($1)\r\n" }.joined() + "\r\n"
        let bytes = try exchange(host, port, Array((head + (body ?? "")).utf8), timeoutSeconds)
        guard let reply = HTTPReply(bytes) else { throw TestFailure("port \(port): no answer to \(method) \(target)") }
        return reply
    }

    private init?(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        guard let status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") else { return nil }
        self.status = status
        body = String(text[end.upperBound...])
        headers = lines.dropFirst().reduce(into: [:]) { headers, line in
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            headers[parts[0].lowercased()] = parts.count == 2 ? parts[1] : ""
        }
    }

    /// Writes all, reads until the other side closes.
    private static func exchange(_ host: String, _ port: UInt16, _ request: [UInt8], _ timeoutSeconds: Int) throws
        -> [UInt8]
    {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = LoopbackPorts.address(host, port)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw TestFailure("port \(port): \(String(cString: strerror(errno)))") }
        var sent = 0
        while sent < request.count {
            let count = request[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // A node may answer and close before it has read a body that is too long.
            guard count > 0 else { break }
            sent += count
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return received }
            received += buffer[..<count]
        }
    }
}

/// Ports that nobody listens on.
enum LoopbackPorts {
    /// Below the range that the kernel gives to outgoing connections, which could take a node's port while it is down.
    private static let candidates: ClosedRange<UInt16> = 10_000...30_000

    /// The kernel is asked about each.
    static func free(_ count: Int) throws -> [UInt16] {
        let found = candidates.shuffled().lazy.filter(isFree).prefix(count)
        guard found.count == count else { throw TestFailure("no \(count) free ports") }
        return Array(found)
    }

    /// A port after which, and a thousand after which, three are free: as `scripts/cluster --base-port` needs it.
    static func freeBase() throws -> UInt16 {
        let base = candidates.shuffled().first { base in
            [1, 2, 3, 4, 1001, 1002, 1003, 1004].allSatisfy { isFree(base + $0) }
        }
        guard let base else { throw TestFailure("no free ports") }
        return base
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = address("0.0.0.0", port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    static func address(_ host: String, _ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr(host)
        return address
    }
}
