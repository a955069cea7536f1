import HTTP

/// Keeps web pages from driving a node through somebody's browser (DNS rebinding, cross-site requests): a request that bears `Origin` or
/// `Sec-Fetch-Site` must name this node as its host and come from this node's own origin, or from what the operator listed.
struct BrowserGuard: Sendable {
    /// This node's own names, in lower case: its id and its advertised host.
    let ownNames: Set<String>
    /// What a browser may call this node besides its own names, IP literals and `localhost`.
    let hosts: AllowList
    /// Origins that may call this node, such as `https://app.example`.
    let origins: AllowList

    init(_ options: Options) {
        ownNames = Set([options.nodeID, options.cluster?.advertiseAddress.host].compactMap { $0?.lowercased() })
        hosts = options.allowedHosts
        origins = options.allowedOrigins
    }

    /// - Throws: 421 for a host that is not this node's, 403 for an origin that is not listed.
    func check(_ request: HTTPRequest) throws(Refused) {
        let origin = request.headers.first("origin")
        guard origin != nil || request.headers.contains("sec-fetch-site") else { return }
        let authority = request.headers.first("host") ?? ""
        guard isOwn(host: BrowserGuard.host(of: authority)) else {
            throw Refused(
                .misdirectedRequest, "host_not_allowed",
                "a browser may not reach this node as `\(authority)`; --allowed-hosts lists more names")
        }
        guard let origin else { return }
        guard origin.lowercased() == "http://\(authority.lowercased())" || origins.contains(origin) else {
            throw Refused(
                .forbidden, "origin_not_allowed",
                "pages of `\(origin)` may not call this node; --allowed-origins lists those that may")
        }
    }

    private func isOwn(host: String) -> Bool {
        host == "localhost" || BrowserGuard.isLiteral(host) || ownNames.contains(host) || hosts.contains(host)
    }

    /// `name` of `name:port`, `[::1]` of `[::1]:port`, in lower case.
    private static func host(of authority: String) -> String {
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return host.lowercased()
    }

    private static func isLiteral(_ host: String) -> Bool {
        if host.hasPrefix("[") { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}
