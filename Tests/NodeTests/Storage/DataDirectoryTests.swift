import Foundation
import Raft
import Storage
import Testing

@testable import Node

@Suite struct DataDirectoryTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func standalone(nodeID: String = "n1") throws -> Options {
        try options("--http-port 0 --node-id \(nodeID) --session-db-path \(folder.at("db/deep"))")
    }

    private func member(_ place: String? = nil) throws -> Options {
        try options("--cluster-port 4 --metadata-only --node-id n1 --session-db-path \(place ?? folder.at("db"))")
    }

    /// Why opening is refused.
    private func refusal(_ options: Options) throws -> StartFailure {
        do {
            _ = try DataDirectory(for: options, lockWaitMilliseconds: 0)
        } catch {
            return error
        }
        throw StartFailure("the directory was opened", status: .success)
    }

    @Test func aFreshDirectoryIsANewInstance() throws {
        let directory = try DataDirectory(for: try standalone())
        #expect(directory.path == folder.at("db/deep/sessions"))
        #expect(directory.identity.nodeID == "n1")
        #expect(directory.identity.instance != .none)
        #expect(directory.clusterID == .none)
        #expect(directory.warnings == [])
        #expect(try directory.image.names(in: "") == ["FORMAT", "LOCK", "data", "raft_log"])
        #expect(try folder.mode("db") == 0o700)
        #expect(try folder.mode("db/deep/sessions") == 0o700)
        #expect(try folder.mode("db/deep/sessions/raft_log") == 0o700)
        #expect(try folder.mode("db/deep/sessions/LOCK") == 0o600)
        #expect(try folder.mode("db/deep/sessions/FORMAT") == 0o600)
    }

    @Test func theInstanceStays() throws {
        let first = try DataDirectory(for: try standalone()).identity
        #expect(try DataDirectory(for: try standalone()).identity == first)
        try FileManager.default.removeItem(atPath: folder.at("db/deep/sessions"))
        #expect(try DataDirectory(for: try standalone()).identity.instance != first.instance)
    }

    @Test func aMemberHasADirectoryByItsID() throws {
        #expect(DataDirectory.path(for: try member()) == folder.at("db/cluster-n1"))
        #expect(DataDirectory.path(for: try member("/x//")) == "/x/cluster-n1")
        #expect(DataDirectory.path(for: try member("/")) == "/cluster-n1")
        #expect(DataDirectory.path(for: try member("x")) == "x/cluster-n1")
    }

    @Test func whoHoldsItIsNamed() throws {
        let holder = try DataDirectory(for: try standalone())
        let refusal = try refusal(try standalone())
        #expect(refusal.status == .failure)
        #expect(
            refusal.message
                == "\(holder.path) is in use by process \(getpid()): stop it, or share one node over HTTP: "
                + "start a single raftd --http-port PORT and point clients at http://HOST:PORT/mcp"
        )
        withExtendedLifetime(holder) {}
    }

    @Test func theLockIsWaitedFor() throws {
        let options = try standalone()
        var holder: DataDirectory? = try DataDirectory(for: options)
        let path = try #require(holder?.path)
        // The holder goes on another thread as soon as this one has found it, which shows by a second open LOCK.
        let lockPath = "\(path)/LOCK"
        let box = Box(holder)
        holder = nil
        let thread = Thread {
            while openDescriptors(of: lockPath) < 2 { sched_yield() }
            box.value = nil
        }
        thread.start()
        #expect(try DataDirectory(for: options, lockWaitMilliseconds: 60_000).path == path)
    }

    @Test func anotherNodesDirectoryIsRefused() throws {
        _ = try DataDirectory(for: try standalone())
        let refusal = try refusal(try standalone(nodeID: "n2"))
        #expect(refusal.status == .failure)
        #expect(
            refusal.message
                == "\(folder.at("db/deep/sessions")) belongs to node n1, not to n2: give --node-id n1, or another --session-db-path"
        )
    }

    @Test func aLinkIsRefused() throws {
        try FileManager.default.createDirectory(atPath: folder.at("db"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: folder.at("db/cluster-n1"), withDestinationPath: folder.path)
        #expect(
            try refusal(try member())
                == StartFailure(
                    "\(folder.at("db/cluster-n1")) is a symbolic link: remove it, or choose another --session-db-path",
                    status: .failure))
    }

    @Test func aFileInItsPlaceIsRefused() throws {
        try FileManager.default.createDirectory(atPath: folder.at("db"), withIntermediateDirectories: false)
        try folder.write("", to: "db/cluster-n1")
        #expect(try refusal(try member()).message.contains("is no directory: remove it"))
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"), arguments: ["db", "db/cluster-n1"])
    func anotherUsersDirectoryIsRefused(name: String) throws {
        try FileManager.default.createDirectory(atPath: folder.at(name), withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.ownerAccountID: 65534], ofItemAtPath: folder.at(name))
        #expect(
            try refusal(try member()).message
                == "\(folder.at(name)) belongs to user 65534, and raftd runs as 0: run it as that user, or choose another --session-db-path"
        )
    }

    @Test func openPermissionsAreTakenAway() throws {
        try FileManager.default.createDirectory(
            atPath: folder.at("db/cluster-n1"), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        let warnings = try DataDirectory(for: try member()).warnings
        #expect(try folder.mode("db/cluster-n1") == 0o700)
        #expect(warnings.contains { $0.hasSuffix("was open to other users (mode 755) and no longer is (700)") })
    }

    @Test func aDamagedFormatIsCorruption() throws {
        let path = try DataDirectory(for: try member()).path
        try folder.write(#"{"format_version":1}"#, to: "db/cluster-n1/FORMAT")
        let refusal = try refusal(try member())
        #expect(refusal.status == .corruption)
        #expect(refusal.message.hasPrefix("\(path)/FORMAT is corrupt at offset 0"))
    }

    @Test func aNewerFormatIsRefused() throws {
        _ = try DataDirectory(for: try member())
        try folder.write(#"{"format_version":99}"#, to: "db/cluster-n1/FORMAT")
        let refusal = try refusal(try member())
        #expect(refusal.status == .failure)
        #expect(refusal.message.contains("format 99, written by a newer raftd"))
    }

    @Test(arguments: ["raft_meta", "raft_log/00000001.segment"])
    func dataWithoutFormatIsCorruption(name: String) throws {
        _ = try DataDirectory(for: try member())
        try FileManager.default.removeItem(atPath: folder.at("db/cluster-n1/FORMAT"))
        try folder.write("", to: "db/cluster-n1/\(name)")
        #expect(try refusal(try member()).status == .corruption)
    }

    /// A crash while `FORMAT` was replaced is no reason not to start.
    @Test func leftoversOfACrashAreRemoved() throws {
        let identity = try DataDirectory(for: try member()).identity
        try folder.write("half", to: "db/cluster-n1/FORMAT.tmp")
        let directory = try DataDirectory(for: try member())
        #expect(directory.identity == identity)
        #expect(try directory.image.names(in: "") == ["FORMAT", "LOCK", "data", "raft_log"])
    }

    // MARK: - Places

    @Test func aTemporaryPlaceIsWarnedOfInACluster() throws {
        let place = "/tmp/raftd-tests-\(UUID().uuidString)"
        defer { remove(place) }
        let warnings = try DataDirectory(for: try member(place)).warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.hasPrefix("\(place)/cluster-n1 is ") == true)
    }

    @Test(.enabled(if: FileManager.default.isWritableFile(atPath: "/dev/shm"), "there is no /dev/shm"))
    func memoryIsWarnedOf() throws {
        let place = "/dev/shm/raftd-tests-\(UUID().uuidString)"
        defer { remove(place) }
        #expect(
            try DataDirectory(for: try member(place)).warnings == [
                "\(place)/cluster-n1 is in memory (tmpfs), and a restart of the machine wipes it: give --session-db-path a place on a disk that stays"
            ])
    }

    private func remove(_ path: String) {
        do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record(error) }
    }
}

/// Something that another thread lets go of.
private final class Box: @unchecked Sendable {
    var value: DataDirectory?

    init(_ value: DataDirectory?) {
        self.value = value
    }
}

/// How many descriptors of this process are open on a file.
private func openDescriptors(of path: String) -> Int {
    let manager = FileManager.default
    // discarded: a descriptor may have been closed since it was listed
    let descriptors = (try? manager.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return descriptors.count { descriptor in
        // discarded: as above
        (try? manager.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")) == path
    }
}
