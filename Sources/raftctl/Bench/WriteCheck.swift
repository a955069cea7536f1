import Bytes
import HTTP

/// Reads every key back from every node and compares it with what was promised.
struct WriteCheck {
    struct Verdict {
        /// Nodes compared, and those that could not be.
        var checked: [String] = []
        var unreachable: [String] = []
        var missing = 0
        /// The first few, for a person.
        var examples: [String] = []

        var isClean: Bool { missing == 0 && unreachable.isEmpty }
    }

    private let nodes: Cluster
    private let addresses: [Address]

    init(_ nodes: Cluster, addresses: [Address]) {
        self.nodes = nodes
        self.addresses = addresses
    }

    func run(_ ledger: Ledger) -> Verdict {
        var verdict = Verdict()
        for address in addresses {
            guard let status = caughtUp(address, to: ledger.highestRevision), let client = status.clientAddress,
                compare(status.nodeID, at: client, ledger, &verdict)
            else {
                verdict.unreachable.append(address.description)
                continue
            }
            verdict.checked.append(status.nodeID)
        }
        return verdict
    }

    /// Waits, at most half a minute, until the node has applied `revision`.
    private func caughtUp(_ address: Address, to revision: UInt64) -> NodeStatus? {
        for _ in 0..<300 {
            let answer = nodes.ask([(address, HTTPRequestMessage(.get, "/raft/status"))])[0]
            if let status = NodeStatus(answer), status.number("last_applied") >= revision {
                return status
            }
            nodes.pause(milliseconds: 100)
        }
        return nil
    }

    /// Walks the node's own data page by page. False when it stops answering.
    private func compare(_ nodeID: String, at client: Address, _ ledger: Ledger, _ verdict: inout Verdict) -> Bool {
        var found: [Int: (revision: UInt64, sequence: Int)] = [:]
        var after: String?
        repeat {
            let start = after.map { "&start_after=\(RequestTarget.percentEncoded($0.utf8))" } ?? ""
            let target =
                "/v1/kv?prefix=\(RequestTarget.percentEncoded(LoadPlan.prefix.utf8))&limit=1000&consistency=stale\(start)"
            guard let page = page(client, target) else { return false }
            for entry in page["entries"]?.array ?? [] {
                guard let key = entry.object?["key"]?.string, let number = Int(key.dropFirst(LoadPlan.prefix.count)),
                    let revision = entry.object?["revision"]?.uint64, let value = entry.object?["value"]?.string
                else { continue }
                found[number] = (revision, Int(value.prefix(20)) ?? -1)
            }
            after = page["next"]?.string
        } while after != nil
        for (key, promise) in ledger.promises.enumerated() {
            guard let promise else { continue }
            let held = found[key]
            let isKept =
                held.map {
                    $0.revision > promise.revision || $0.revision == promise.revision && $0.sequence == promise.sequence
                } ?? false
            guard !isKept else { continue }
            verdict.missing += 1
            if verdict.examples.count < 5 {
                verdict.examples.append(
                    "\(nodeID): key \(key) was acknowledged at revision \(promise.revision), found \(held.map { String($0.revision) } ?? "nothing")"
                )
            }
        }
        return true
    }

    private func page(_ client: Address, _ target: String) -> JSONObject? {
        guard case .success(let response) = nodes.ask([(client, HTTPRequestMessage(.get, target))])[0],
            response.status == .ok
        else { return nil }
        do {
            return try JSONParser.parse(response.body).object
        } catch {
            return nil
        }
    }
}
