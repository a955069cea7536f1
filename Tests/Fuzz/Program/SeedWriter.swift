import Fuzzing
import Glibc

enum SeedWriter {
    private struct Failure: Error {
        let path: String
        let reason = String(cString: strerror(errno))
    }

    /// Writes every seed into the folder of its target.
    /// - Returns: the exit status.
    static func write(to folder: String) -> Int32 {
        do {
            for seed in try Seeds.all() {
                try write(seed.bytes, to: "\(folder)/\(seed.target)", name: seed.name)
            }
            return 0
        } catch let failure as Failure {
            print("raftfuzz: \(failure.path): \(failure.reason)")
            return 74
        } catch {
            print("raftfuzz: a seed could not be made: \(error)")
            return 70
        }
    }

    private static func write(_ bytes: [UInt8], to folder: String, name: String) throws(Failure) {
        guard mkdir(folder, 0o777) == 0 || errno == EEXIST else { throw Failure(path: folder) }
        let path = "\(folder)/\(name)"
        guard let file = fopen(path, "w") else { throw Failure(path: path) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
            defer { fclose(file) }
            throw Failure(path: path)
        }
        // The last of it leaves the buffer only here.
        guard fclose(file) == 0 else { throw Failure(path: path) }
    }
}
