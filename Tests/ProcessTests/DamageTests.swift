import Foundation
import Testing

extension ProcessTests {
    /// A log that a crash may leave, and one that it may not.
    @Suite struct Damage {
        /// A node with some writes on disk, killed; the path of its last segment with data.
        private func killedNode(in folder: ScratchFolder) throws -> (node: TestNode, segment: String) {
            let port = try LoopbackPorts.free(1)[0]
            let node = TestNode(id: "node1", clusterPort: 0, clientPort: port, folder: folder.path, flags: [])
            try node.start()
            for number in 0..<20 {
                try node.put("key\(number)", "value \(number) " + String(repeating: "x", count: 200))
            }
            try node.kill()
            let log = folder.path + "/sessions/raft_log"
            let segments = try FileManager.default.contentsOfDirectory(atPath: log).map { "\(log)/\($0)" }.filter {
                try !bytes($0).allSatisfy { $0 == 0 } && bytes($0).count > 4096
            }
            return (
                node, try #require(segments.sorted().first { (try? bytes($0).contains(UInt8(ascii: "x"))) == true })
            )
        }

        private func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

        private func change(_ path: String, at offset: Int, to bytes: [UInt8]) throws {
            let file = try FileHandle(forUpdating: URL(filePath: path))
            defer { try? file.close() }
            try file.seek(toOffset: UInt64(offset))
            try file.write(contentsOf: Data(bytes))
        }

        @Test func aTornLastBatchIsCut() throws {
            let folder = try ScratchFolder()
            defer { folder.remove() }
            let (node, segment) = try killedNode(in: folder)
            let end = try #require(try bytes(segment).lastIndex { $0 != 0 })
            try change(segment, at: end - 50, to: [UInt8](repeating: 0, count: 51))
            try node.start()
            defer { try? node.kill() }
            #expect(try #require(node.process).output.contains("cut an unfinished write at offset"))
            #expect(try node.get("key18").body.hasPrefix("value 18 "))
            #expect(try node.get("key19").status == 404)
            #expect(try node.put("key19", "again").status == 201)
        }

        @Test func aFlippedByteStopsTheStartWithFileAndOffset() throws {
            let folder = try ScratchFolder()
            defer { folder.remove() }
            let (node, segment) = try killedNode(in: folder)
            let contents = try bytes(segment)
            // In the first value: many good batches follow, so that no crash explains it.
            let place = try #require(contents.firstIndex(of: UInt8(ascii: "x")))
            try change(segment, at: place, to: [contents[place] ^ 1])
            let process = try node.launch()
            #expect(try process.waitForExit() == 65)
            #expect(
                process.output.contains("raft_log/\(URL(filePath: segment).lastPathComponent)"), "\(process.output)")
            #expect(process.output.contains("offset "), "\(process.output)")
        }
    }
}
