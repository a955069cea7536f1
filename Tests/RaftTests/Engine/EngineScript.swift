import Foundation
import Raft

/// A script that drives a cluster and holds what it must print.
///
/// Blocks stand apart by an empty line. A block is comments (`#`), commands, a line `----` and the text they print.
///
///     cluster 3                    members 1…3, empty, formed; "unbound 3": not met yet; "learner 3"; "spare 1"
///     settings NAME VALUE          before `cluster`: window, inflight, append
///     disk 2 1 1 3 current 4       restarts member 2 with entries of these terms, the first a configuration; its term; "vote 1"
///     tick 1                       the clock goes to 1's deadline, and 1 notices
///     wait 100                     the clock goes on, nobody notices
///     propose 1 x y                commands x and y at member 1
///     read 1 7                     read number 7 arrives at member 1
///     lead 1 3                     three heartbeat intervals pass, all messages arriving
///     deliver 1->2 / all           what is on its way from 1 to 2, or everything until nothing is
///     deliver 1->2 newest          only what left last
///     drop 1->2 / all              loses it
///     repeat 1->2                  a copy of it stays on its way, to arrive late
///     unreachable 1->2             loses it, and 1 learns of it
///     isolate 1 / join 1           nobody hears 1; it hears nobody
///     hold 1 / persist 1           writes of 1 stay undone / are done
///     restart 1 commit 2           what was not durable is lost; entries up to 2 are known as committed
///     add 1 4 / remove 1 3         leader 1 makes node 4 a member ("add 1 4 learner": to stay one) / takes 3 out
///     transfer 1 2                 leader 1 hands over to 2
///     refused 2                    the port of 2's leader has refused 2
///     storage 2 full               how the disk of 2 does: healthy, full, hung
///     compact 1 5                  1 makes a snapshot of what it applied up to 5
///     snapshot 1->3 / lost 1->3    the snapshot that 1 owes 3 arrives, and 1 learns of it / is lost
///     status / progress 1 / wires  what the nodes know, what leader 1 knows of the others, what is on its way
///
/// `quietly` before a command keeps what it prints to itself.
struct EngineScript {
    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    private var settings = Self.defaultSettings
    var cluster = EngineCluster(size: 1, settings: Self.defaultSettings)

    /// No chance in the time-outs: the script says who stands.
    static var defaultSettings: RaftSettings {
        var settings = RaftSettings()
        settings.electionTimeoutMaxMilliseconds = settings.electionTimeoutMinMilliseconds
        return settings
    }

    /// Runs all commands of `text`. Returns it with what they print.
    static func run(_ text: String) throws -> String {
        var script = EngineScript()
        var output: [String] = []
        var isCommand = true
        var printed: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line == "----" {
                output += [line] + printed
                (isCommand, printed) = (false, [])
            } else if line.isEmpty {
                output.append(line)
                isCommand = true
            } else if isCommand {
                output.append(line)
                if !line.hasPrefix("#") { printed += try script.execute(line) }
            }
        }
        guard printed.isEmpty else { throw Mistake(description: "the last block has no ----") }
        return output.joined(separator: "\n")
    }

    private mutating func execute(_ line: String) throws -> [String] {
        var words = line.split(separator: " ").map(String.init)
        let isQuiet = words.first == "quietly"
        if isQuiet { words.removeFirst() }
        guard let command = words.first else { throw Mistake(description: "no command in '\(line)'") }
        cluster.trace = []
        var arguments = Arguments(words: Array(words.dropFirst()), line: line)
        let told = try perform(command, &arguments)
        return isQuiet ? [] : cluster.trace + told
    }

    /// - Returns: lines to print after those of the cluster.
    private mutating func perform(_ command: String, _ arguments: inout Arguments) throws -> [String] {
        switch command {
        case "settings": try set(try arguments.word(), to: Int(try arguments.number()))
        case "cluster": try form(&arguments)
        case "disk": try fillDisk(&arguments)
        case "tick": cluster.tick(try member(&arguments))
        case "wait": cluster.now = cluster.now.advanced(byMilliseconds: try arguments.number())
        case "lead":
            let number = try member(&arguments)
            for _ in 0..<(try arguments.number()) { cluster.elect(number) }
        case "propose":
            let number = try member(&arguments)
            cluster.step(.propose(arguments.rest().map { Array($0.utf8) }), at: number)
        case "read":
            let number = try member(&arguments)
            cluster.step(.read(id: try arguments.number()), at: number)
        case "hold": cluster[try member(&arguments)].isDiskHeld = true
        case "persist": persist(try member(&arguments))
        case "restart":
            let number = try member(&arguments)
            try cluster.restart(number, commitIndex: try arguments.number(after: "commit") ?? 0)
        case "isolate": cluster.isolated.append(try member(&arguments))
        case "join":
            let number = try member(&arguments)
            cluster.isolated.removeAll { $0 == number }
        case "add", "remove", "transfer", "refused", "storage": try changeMembers(command, &arguments)
        case "compact", "snapshot", "lost": try moveSnapshot(command, &arguments)
        case "status": return cluster.nodes.map(EngineText.status)
        case "progress": return cluster[try member(&arguments)].raft.progress.map(EngineText.describe)
        case "wires": return cluster.packets.map { "  \(EngineText.describe($0))" }
        case "deliver" where arguments.words.last == "newest": try deliverNewest(try arguments.word())
        default: try moveMessages(command, try arguments.word())
        }
        return []
    }

    func member(_ arguments: inout Arguments) throws -> Member.Number {
        let number = Int(try arguments.number())
        guard (1...cluster.nodes.count).contains(number) else { throw Mistake(description: "no member \(number)") }
        return Member.Number(number)
    }

    // MARK: Building

    private mutating func set(_ name: String, to value: Int) throws {
        switch name {
        case "window": settings.windowBytes = value
        case "inflight": settings.maxInflightAppends = value
        case "append": settings.maxBytesPerAppend = value
        default: throw Mistake(description: "no setting '\(name)'")
        }
    }

    private mutating func form(_ arguments: inout Arguments) throws {
        let size = Int(try arguments.number())
        let unbound = try arguments.number(after: "unbound").map { [Member.Number($0)] } ?? []
        let learners = try arguments.number(after: "learner").map { [Member.Number($0)] } ?? []
        let spares = Int(try arguments.number(after: "spare") ?? 0)
        cluster = EngineCluster(size: size, settings: settings, unbound: unbound, learners: learners, spares: spares)
    }

    private mutating func fillDisk(_ arguments: inout Arguments) throws {
        let number = try member(&arguments)
        let current = try arguments.number(after: "current")
        let vote = try arguments.number(after: "vote").map { EngineNode.identity(Member.Number($0)) }
        let terms = try arguments.numbers()
        let members = cluster.nodes.map { EngineCluster.member($0.number) }
        let configuration = Configuration(clusterID: ClusterID(high: 1, low: 1), members: members)
        cluster[number].durable = terms.enumerated().map { place, term in
            let index = LogIndex(place + 1)
            return place == 0
                ? LogEntry(
                    term: term, index: index, kind: .configuration, payload: ConfigurationCodec.encode(configuration))
                : LogEntry(term: term, index: index, kind: .command, payload: Array("\(index)of\(term)".utf8))
        }
        cluster[number].hardState = HardState(currentTerm: current ?? terms.last ?? 0, votedFor: vote)
        try cluster.restart(number, commitIndex: 0)
    }

    // MARK: Running

    private mutating func persist(_ number: Member.Number) {
        while !cluster[number].writes.isEmpty { cluster.finishWrite(number) }
        cluster[number].isDiskHeld = false
    }

    private mutating func moveMessages(_ command: String, _ route: String) throws {
        var chosen = cluster.packets
        if route != "all" {
            let (from, to) = try ends(of: route)
            chosen = cluster.packets.filter { $0.from == from && $0.to == to }
            if command != "repeat" { cluster.packets.removeAll { $0.from == from && $0.to == to } }
            if command == "unreachable" { cluster.step(.unreachable(to), at: from) }
        }
        switch (command, route) {
        case ("deliver", "all"): deliverAll()
        case ("deliver", _): for packet in chosen { deliver(packet) }
        case ("drop", "all"): cluster.packets = []
        case ("repeat", _): cluster.packets += chosen
        case ("drop", _), ("unreachable", _): break
        default: throw Mistake(description: "'\(command)' is no command")
        }
    }

    func ends(of route: String) throws -> (from: Member.Number, to: Member.Number) {
        let ends = route.components(separatedBy: "->").compactMap { Member.Number($0) }
        guard ends.count == 2 else { throw Mistake(description: "'\(route)' is no way from one member to another") }
        return (ends[0], ends[1])
    }

    private mutating func deliverNewest(_ route: String) throws {
        let (from, to) = try ends(of: route)
        guard let place = cluster.packets.lastIndex(where: { $0.from == from && $0.to == to }) else {
            throw Mistake(description: "nothing is on its way \(route)")
        }
        deliver(cluster.packets.remove(at: place))
    }

    private mutating func deliverAll() {
        while !cluster.packets.isEmpty { deliver(cluster.packets.removeFirst()) }
    }

    private mutating func deliver(_ packet: EngineCluster.Packet) {
        let isLost = cluster.isolated.contains(packet.from) || cluster.isolated.contains(packet.to)
        cluster.trace.append(EngineText.describe(packet) + (isLost ? ", lost" : ""))
        cluster.deliver(packet)
    }
}

extension EngineScript {
    /// The words behind a command.
    struct Arguments {
        var words: [String]
        let line: String

        mutating func word() throws -> String {
            guard !words.isEmpty else { throw Mistake(description: "'\(line)' lacks a word") }
            return words.removeFirst()
        }

        mutating func number() throws -> UInt64 {
            guard let number = UInt64(try word()) else { throw Mistake(description: "'\(line)': a number is expected") }
            return number
        }

        mutating func numbers() throws -> [UInt64] {
            var numbers: [UInt64] = []
            while !words.isEmpty { numbers.append(try number()) }
            return numbers
        }

        /// The number behind the word `name`, both taken out; `nil` when it does not occur.
        mutating func number(after name: String) throws -> UInt64? {
            guard let place = words.firstIndex(of: name) else { return nil }
            guard place + 1 < words.count, let number = UInt64(words[place + 1]) else {
                throw Mistake(description: "'\(line)': no number behind '\(name)'")
            }
            words.removeSubrange(place...(place + 1))
            return number
        }

        mutating func rest() -> [String] {
            defer { words = [] }
            return words
        }
    }
}
