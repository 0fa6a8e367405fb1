#pragma once
// The tables of a recording (.cbrec, an SQLite database): the one place that names them. sinks/RECORDING.md explains
// them to people.
// Thread contract: constants.
//
// Invariants: rows are only added, but for readers.last_boot_ns and buffers.last_boot_ns; what a transaction adds makes
// sense by itself. A counter of 64 bits is stored as SQLite's signed integer of the same bits. Text that others can
// name is as printableText() shows it.

#include <cstdint>

namespace workbench::recording {

/// 'CBRC': what `file` and PRAGMA application_id tell a recording by.
inline constexpr std::int32_t applicationId = 0x43425243;
/// PRAGMA user_version. Whoever reads refuses a higher one, with a sentence.
inline constexpr std::int32_t schemaVersion = 1;

/// The byte of the file that its recorder holds a lock on (F_OFD_SETLK, exclusive) for as long as it writes: far from
/// those of SQLite. Who finds it locked reads a recording that still grows.
inline constexpr std::int64_t writerLockOffset = std::int64_t{1} << 62;

/// Keys of `recording`.
namespace key {
inline constexpr auto program = "program";              ///< "cbuff 0.5.0"
inline constexpr auto machine = "machine";              ///< host name
inline constexpr auto startedBoot = "started_boot_ns";  ///< of the first sample
inline constexpr auto startedUnix = "started_unix_ns";
/// A sample's feed time is (origin_unix_ns + boot_ns - origin_boot_ns) / 1e9 seconds: what its live feed called it.
inline constexpr auto originBoot = "origin_boot_ns";
inline constexpr auto originUnix = "origin_unix_ns";
inline constexpr auto part = "part";  ///< 1, 2, ... of a recording that goes on in another file
/// These two are missing if the recording was not closed, and so lacks up to its last second.
inline constexpr auto endedBoot = "ended_boot_ns";
inline constexpr auto endedUnix = "ended_unix_ns";
}  // namespace key

/// Of gaps.kind.
namespace gap {
inline constexpr auto samples = "samples";  ///< between the samples at from_boot_ns and to_boot_ns
inline constexpr auto items = "items";      ///< `count` items from number `first` on
inline constexpr auto events = "events";    ///< events that found no room on their way to the file
}  // namespace gap

/// Everything that a new recording holds before its first row.
///
/// seconds and minutes: time_boot_s is their begin on the boot clock (a multiple of 1 and 60); a row is written once
/// its stretch is over, so the newest stretch of a recording that was not closed is only in its chunks. Counters are
/// those at the end of the stretch. Rows of the buffer have no reader; what does not apply, or was not known, is NULL.
/// chunks: see values/samplecodec.hpp. A buffer's chunks do not overlap, and lie in order.
/// items: `data` is packBytes() of count * item_size bytes, from item number `first` on.
/// clock: from boot_ns on the wall clock stood at unix_ns + (t - boot_ns), until the next row.
inline constexpr auto createStatements = R"sql(
CREATE TABLE recording (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE buffers (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, machine TEXT NOT NULL, format TEXT NOT NULL,
    item_size INTEGER NOT NULL, length INTEGER NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL,
    policy TEXT, max_readers INTEGER, created_unix_ns INTEGER,
    first_boot_ns INTEGER NOT NULL, last_boot_ns INTEGER NOT NULL);
CREATE TABLE readers (
    id INTEGER PRIMARY KEY, buffer INTEGER NOT NULL REFERENCES buffers, slot INTEGER NOT NULL,
    generation INTEGER NOT NULL, label TEXT NOT NULL, pid INTEGER NOT NULL, start INTEGER,
    first_boot_ns INTEGER NOT NULL, last_boot_ns INTEGER NOT NULL, UNIQUE (buffer, slot, generation));
CREATE TABLE seconds (
    id INTEGER PRIMARY KEY, buffer INTEGER NOT NULL REFERENCES buffers, reader INTEGER REFERENCES readers,
    time_boot_s INTEGER NOT NULL, time_unix_s INTEGER NOT NULL, samples INTEGER NOT NULL, state TEXT NOT NULL,
    usage_min INTEGER, usage_max INTEGER, usage_last INTEGER, pushed INTEGER, rejected INTEGER,
    popped INTEGER, lost INTEGER, overruns INTEGER, underflows INTEGER);
CREATE INDEX seconds_by_time ON seconds (buffer, time_boot_s);
CREATE TABLE minutes (
    id INTEGER PRIMARY KEY, buffer INTEGER NOT NULL REFERENCES buffers, reader INTEGER REFERENCES readers,
    time_boot_s INTEGER NOT NULL, time_unix_s INTEGER NOT NULL, samples INTEGER NOT NULL, state TEXT NOT NULL,
    usage_min INTEGER, usage_max INTEGER, usage_last INTEGER, pushed INTEGER, rejected INTEGER,
    popped INTEGER, lost INTEGER, overruns INTEGER, underflows INTEGER);
CREATE INDEX minutes_by_time ON minutes (buffer, time_boot_s);
CREATE TABLE events (
    id INTEGER PRIMARY KEY, buffer INTEGER REFERENCES buffers, reader INTEGER REFERENCES readers,
    time_boot_ns INTEGER NOT NULL, time_unix_ns INTEGER NOT NULL, until_boot_ns INTEGER NOT NULL,
    kind INTEGER NOT NULL, word TEXT NOT NULL, amount INTEGER NOT NULL, count INTEGER NOT NULL, lost INTEGER NOT NULL,
    pid INTEGER NOT NULL, epoch INTEGER NOT NULL, is_consumer INTEGER NOT NULL, detail TEXT NOT NULL);
CREATE INDEX events_by_time ON events (buffer, time_boot_ns);
CREATE TABLE notes (
    id INTEGER PRIMARY KEY, buffer INTEGER REFERENCES buffers,
    time_boot_ns INTEGER NOT NULL, time_unix_ns INTEGER NOT NULL, text TEXT NOT NULL);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY, buffer INTEGER NOT NULL REFERENCES buffers,
    first_boot_ns INTEGER NOT NULL, last_boot_ns INTEGER NOT NULL,
    first_unix_ns INTEGER NOT NULL, last_unix_ns INTEGER NOT NULL, count INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX chunks_by_time ON chunks (buffer, first_boot_ns);
CREATE TABLE items (
    id INTEGER PRIMARY KEY, buffer INTEGER NOT NULL REFERENCES buffers,
    first INTEGER NOT NULL, count INTEGER NOT NULL,
    first_boot_ns INTEGER NOT NULL, last_boot_ns INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX items_by_number ON items (buffer, first);
CREATE INDEX items_by_time ON items (buffer, first_boot_ns);
CREATE TABLE gaps (
    id INTEGER PRIMARY KEY, buffer INTEGER NOT NULL REFERENCES buffers, kind TEXT NOT NULL,
    from_boot_ns INTEGER NOT NULL, to_boot_ns INTEGER NOT NULL, first INTEGER, count INTEGER NOT NULL);
CREATE INDEX gaps_by_time ON gaps (buffer, from_boot_ns);
CREATE TABLE clock (boot_ns INTEGER PRIMARY KEY, unix_ns INTEGER NOT NULL);
CREATE VIEW usage_by_second AS
    SELECT datetime(s.time_unix_s, 'unixepoch') AS utc, b.name AS buffer,
           CASE WHEN r.id IS NULL THEN NULL WHEN r.label = '' THEN 'slot ' || r.slot ELSE r.label END AS reader,
           s.state, s.usage_min, s.usage_max, s.usage_last, s.pushed, s.rejected, s.popped, s.lost, s.overruns,
           s.underflows
    FROM seconds s JOIN buffers b ON b.id = s.buffer LEFT JOIN readers r ON r.id = s.reader;
CREATE VIEW event_list AS
    SELECT strftime('%Y-%m-%dT%H:%M:%S', e.time_unix_ns / 1000000000, 'unixepoch') ||
               printf('.%09dZ', e.time_unix_ns % 1000000000) AS utc,
           b.name AS buffer,
           CASE WHEN r.id IS NULL THEN NULL WHEN r.label = '' THEN 'slot ' || r.slot ELSE r.label END AS reader,
           e.word AS event, e.amount, e.count, e.detail
    FROM events e LEFT JOIN buffers b ON b.id = e.buffer LEFT JOIN readers r ON r.id = e.reader;
)sql";

}  // namespace workbench::recording
