extension Array {
    /// How many elements, from the first on, are below a bound.
    /// - Precondition: those below it come first.
    /// - Complexity: O(log n)
    func partitionPoint(where isBelow: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBelow(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
