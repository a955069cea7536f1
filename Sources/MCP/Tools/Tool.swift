import Bytes
import Documents
import StateMachine

/// The tools, by their names.
enum Tool: String, CaseIterable, Sendable {
    case listSessions = "list_sessions"
    case listSessionSnapshots = "list_session_snapshots"
    case appendSessionEntry = "append_session_entry"
    case forkSession = "fork_session"
    case getHeapTags = "get_heap_tags"
    case setHeapTags = "set_heap_tags"
    case mergeHeapTags = "merge_heap_tags"
    case deleteHeapTags = "delete_heap_tags"
    case queryHeapsByTags = "query_heaps_by_tags"

    var isReadOnly: Bool {
        switch self {
        case .listSessions, .listSessionSnapshots, .getHeapTags, .queryHeapsByTags: true
        case .appendSessionEntry, .forkSession, .setHeapTags, .mergeHeapTags, .deleteHeapTags: false
        }
    }

    /// Whether it may take away what was there.
    var isDestructive: Bool {
        switch self {
        case .setHeapTags, .mergeHeapTags, .deleteHeapTags: true
        default: false
        }
    }

    /// Whether doing it twice is doing it once.
    var isIdempotent: Bool { self != .appendSessionEntry }

    /// What it takes, beside `idempotency_key` where it writes.
    var arguments: [String] {
        switch self {
        case .listSessions: ["limit", "cursor"]
        case .listSessionSnapshots: ["session", "fields", "limit", "cursor"]
        case .appendSessionEntry: ["session"] + SessionEntry.members + ["expected_head"]
        case .forkSession: ["from", "to"]
        case .getHeapTags: ["heap"]
        case .setHeapTags, .mergeHeapTags: ["heap", "tags"]
        case .deleteHeapTags: ["heap", "keys"]
        case .queryHeapsByTags: ["tags", "limit", "cursor"]
        }
    }

    var required: [String] {
        switch self {
        case .listSessions, .listSessionSnapshots: []
        case .appendSessionEntry: ["output_heap", "code"]
        case .forkSession: ["from", "to"]
        case .getHeapTags, .deleteHeapTags: ["heap"]
        case .setHeapTags, .mergeHeapTags: ["heap", "tags"]
        case .queryHeapsByTags: ["tags"]
        }
    }
}
