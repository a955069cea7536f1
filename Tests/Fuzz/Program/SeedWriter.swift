import Fuzzing
import Glibc

enum SeedWriter {
    /// Writes every seed into the folder of its target.
    /// - Returns: the exit status.
    static func write(to folder: String) -> Int32 {
        do {
            for seed in try Seeds.all() {
                mkdir("\(folder)/\(seed.target)", 0o777)
                let path = "\(folder)/\(seed.target)/\(seed.name)"
                guard let file = fopen(path, "w") else {
                    print("raftfuzz: \(path): \(String(cString: strerror(errno)))")
                    return 74
                }
                fwrite(seed.bytes, 1, seed.bytes.count, file)
                fclose(file)
            }
            return 0
        } catch {
            print("raftfuzz: a seed could not be made: \(error)")
            return 70
        }
    }
}
