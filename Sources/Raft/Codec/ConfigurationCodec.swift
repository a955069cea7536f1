import Bytes

/// A configuration as the payload of a log entry (thesis 4.1), and wherever else one is kept.
///
///     version        1   2
///     cluster id    16   zeros: none yet
///     next number    4   that of the next new member
///     count          -   varint
///     members            each: number (4), flags (1): 1 learner, 2 named, 4 bound, 8 to be promoted; node id (text) if named;
///                        address (text); instance (16) if bound
///
/// Version 1 had no next number, and nobody to be promoted: it is still read.
///
/// Integers are little-endian, a text stands behind its length as a varint. No checksum of its own: record and message
/// carry one.
package enum ConfigurationCodec {
    package typealias Failure = CodecFailure

    private static let version: UInt8 = 2
    private static let oldVersion: UInt8 = 1

    private enum Flags {
        static let learner: UInt8 = 1
        static let named: UInt8 = 2
        static let bound: UInt8 = 4
        static let toBePromoted: UInt8 = 8
    }

    /// - Precondition: the invariants of ``Configuration``: what is encoded here ends in the log of every node.
    package static func encode(_ configuration: Configuration) -> [UInt8] {
        if let violation = violation(in: configuration.members, nextNumber: configuration.nextNumber) {
            preconditionFailure(violation)
        }
        var writer = ByteWriter(reserving: 64 + 128 * configuration.members.count)
        writer.append(version)
        writer.append(configuration.clusterID)
        writer.append(configuration.nextNumber)
        writer.append(count: configuration.members.count, maximum: PeerCodec.maximumMembers)
        for member in configuration.members { append(member, to: &writer) }
        return writer.bytes
    }

    /// - Throws: ``CodecFailure`` for anything that ``encode(_:)`` would not have written, in this version or the one before.
    package static func decode(_ bytes: [UInt8]) throws(Failure) -> Configuration {
        var reader = FieldReader(bytes[...])
        let version = try reader.byte("version")
        guard version == Self.version || version == oldVersion else { throw .unsupportedVersion(version) }
        let isOld = version == oldVersion
        let clusterID = try reader.randomID("cluster id")
        let toldNumber = isOld ? nil : try reader.uint32("next number")
        // Number, flags, length and one byte of an address.
        let count = try reader.count("members", maximum: PeerCodec.maximumMembers, minimumSize: 4 + 1 + 2)
        var members: [Member] = []
        members.reserveCapacity(count)
        for _ in 0..<count { members.append(try readMember(from: &reader, isOld: isOld)) }
        try reader.expectEnd()
        let nextNumber = toldNumber ?? (members.last?.number ?? 0) &+ 1
        if let violation = violation(in: members, nextNumber: nextNumber) { throw .malformed(violation) }
        return Configuration(clusterID: clusterID, members: members, nextNumber: nextNumber)
    }

    private static func append(_ member: Member, to writer: inout ByteWriter) {
        writer.append(member.number)
        var flags: UInt8 = member.isLearner ? Flags.learner : 0
        if member.nodeID != nil { flags |= Flags.named }
        if member.instance != nil { flags |= Flags.bound }
        if member.isToBePromoted { flags |= Flags.toBePromoted }
        writer.append(flags)
        if let nodeID = member.nodeID { writer.append(text: nodeID, maximum: PeerCodec.maximumNodeIDSize) }
        writer.append(text: member.address, maximum: PeerCodec.maximumAddressSize)
        if let instance = member.instance { writer.append(instance) }
    }

    private static func readMember(from reader: inout FieldReader, isOld: Bool) throws(Failure) -> Member {
        let number = try reader.uint32("member's number")
        let known = Flags.learner | Flags.named | Flags.bound | (isOld ? 0 : Flags.toBePromoted)
        let flags = try reader.flags("member's flags", known: known)
        let isNamed = flags & Flags.named != 0
        let nodeID = isNamed ? try reader.text("member's node id", maximum: PeerCodec.maximumNodeIDSize) : nil
        let address = try reader.text("member's address", maximum: PeerCodec.maximumAddressSize)
        let instance = flags & Flags.bound != 0 ? try reader.presentID("member's instance") : nil
        let isLearner = flags & Flags.learner != 0
        return Member(
            number: number, nodeID: nodeID, address: address, instance: instance, isLearner: isLearner,
            isToBePromoted: flags & Flags.toBePromoted != 0)
    }

    /// What breaks the invariants of ``Configuration`` and its members, or `nil`.
    private static func violation(in members: [Member], nextNumber: Member.Number) -> String? {
        var nodeIDs: Set<String> = []
        var addresses: Set<String> = []
        var instances: Set<InstanceID> = []
        var lastNumber: Member.Number?
        for member in members {
            if let last = lastNumber, member.number <= last {
                return "members: number \(member.number) follows number \(last)"
            }
            lastNumber = member.number
            if member.isToBePromoted, !member.isLearner {
                return "members: \(member.name) is to be promoted, but no learner"
            }
            if !addresses.insert(member.address).inserted { return "members: two have the address \(member.address)" }
            if let nodeID = member.nodeID, !nodeIDs.insert(nodeID).inserted {
                return "members: two are named \(nodeID)"
            }
            if let instance = member.instance {
                if instance == .none { return "members: \(member.name) is bound to no instance" }
                if !instances.insert(instance).inserted { return "members: two have the instance \(instance)" }
            }
        }
        if let last = lastNumber, last >= nextNumber {
            return "next number: \(nextNumber) is not above \(last), the last member's"
        }
        return nil
    }
}
