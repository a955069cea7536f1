/// Points in time as documents show them: RFC 3339 in UTC with milliseconds.
package enum UTCTime {
    private static let millisecondsADay: UInt64 = 86_400_000

    /// Such as `2026-01-02T03:04:05.678Z`; years beyond 9999 have more digits.
    /// - Parameter milliseconds: since 1970, without leap seconds.
    package static func text(milliseconds: UInt64) -> String {
        let (year, month, day) = date(daysSince1970: milliseconds / millisecondsADay)
        let time = milliseconds % millisecondsADay
        let clock = [time / 3_600_000, time / 60_000 % 60, time / 1000 % 60].map { padded($0, 2) }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(clock.joined(separator: ":"))"
            + ".\(padded(time % 1000, 3))Z"
    }

    /// The date in the Gregorian calendar. Years are counted from March on, so that the leap day is the last of its year (Hinnant,
    /// "chrono-compatible low-level date algorithms", 2013).
    private static func date(daysSince1970 days: UInt64) -> (year: UInt64, month: UInt64, day: UInt64) {
        let sinceMarch0 = days + 719_468
        let (era, dayOfEra) = (sinceMarch0 / 146_097, sinceMarch0 % 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthSinceMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthSinceMarch + 2) / 5 + 1
        let month = monthSinceMarch < 10 ? monthSinceMarch + 3 : monthSinceMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }

    private static func padded(_ number: UInt64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
