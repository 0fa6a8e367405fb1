#include "sinks/recordingrows.hpp"

#include <array>

namespace workbench {
namespace {

constexpr std::array<std::string_view, 21> words{
    "overflow",        "underflow",      "reader attached", "reader detached", "reader died", "writer attached",
    "writer released", "writer died",    "closed",          "unlinked",        "replaced",    "damaged",
    "recovered",       "helper started", "helper ended",    "helper crashed",  "note",        "reader evicted",
    "slot reused",     "role handed",    "rejected"};
static_assert(static_cast<std::size_t>(EventKind::Rejected) + 1 == words.size());

constexpr auto stretchValues =
    "(buffer, reader, time_boot_s, time_unix_s, samples, state, usage_min, usage_max, usage_last, pushed, rejected, "
    "popped, lost, overruns, underflows) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

}  // namespace

std::string_view recordedWord(EventKind kind) {
    const auto number = static_cast<std::size_t>(kind);
    return number < words.size() ? words[number] : "unknown";
}

RecordingRows::RecordingRows(Database& database)
    : key{database, "INSERT INTO recording (key, value) VALUES (?, ?)"},
      buffer{database,
             "INSERT INTO buffers (name, machine, format, item_size, length, device, inode, first_boot_ns, "
             "last_boot_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      bufferSeen{database,
                 "UPDATE buffers SET policy = ?, max_readers = ?, created_unix_ns = ?, last_boot_ns = ? WHERE id = ?"},
      reader{database,
             "INSERT INTO readers (buffer, slot, generation, label, pid, start, first_boot_ns, last_boot_ns) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
      readerSeen{database, "UPDATE readers SET last_boot_ns = ? WHERE id = ?"},
      second{database, std::string{"INSERT INTO seconds "} + stretchValues},
      minute{database, std::string{"INSERT INTO minutes "} + stretchValues},
      event{database,
            "INSERT INTO events (buffer, reader, time_boot_ns, time_unix_ns, until_boot_ns, kind, word, amount, count, "
            "lost, pid, epoch, is_consumer, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      note{database, "INSERT INTO notes (buffer, time_boot_ns, time_unix_ns, text) VALUES (?, ?, ?, ?)"},
      chunk{database,
            "INSERT INTO chunks (buffer, first_boot_ns, last_boot_ns, first_unix_ns, last_unix_ns, count, data) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)"},
      items{database,
            "INSERT INTO items (buffer, first, count, first_boot_ns, last_boot_ns, data) VALUES (?, ?, ?, ?, ?, ?)"},
      gap{database,
          "INSERT INTO gaps (buffer, kind, from_boot_ns, to_boot_ns, first, count) VALUES (?, ?, ?, ?, ?, ?)"},
      clock{database, "INSERT OR REPLACE INTO clock (boot_ns, unix_ns) VALUES (?, ?)"} {}

}  // namespace workbench
