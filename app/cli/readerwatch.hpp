#pragma once
// A reader and the observer beside it, which tells it when no item can follow any more.
// Thread contract: belongs to the thread of its Reader.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/command.hpp"
#include "cli/ending.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"

namespace cli {

/// A little longer than the newest item of a classic buffer has to lie still before it is trusted.
inline constexpr std::chrono::milliseconds classicPatience{20};

/// How a command reads.
struct ReaderFlags {
    shared_cbuff::StartAt start = shared_cbuff::StartAt::oldest;
    std::string label;
    bool unregistered = false;
};
/// Adds --from, --label and --unregistered.
void addReader(CLI::App& command, ReaderFlags& flags);

/// A reader, and an observer of the same segment.
struct WatchedReader {
    shared_cbuff::Reader reader;
    shared_cbuff::Observer observer;
};
/// Throws as attaching does, and Refusal if the name came to lead to another segment meanwhile.
WatchedReader attachWatched(const BufferTarget& target, const ReaderFlags& flags);

class ReaderWatch {
public:
    ReaderWatch(shared_cbuff::Reader& reader, shared_cbuff::Observer observer)
        : m_reader{reader}, m_observer{std::move(observer)} {}

    /// "closed" when the buffer is closed and drained; "vanished" when it was truncated, damaged, or lost its name
    /// while it had no writer. Says once on stderr that a writer died, which is no end: another may take over.
    std::optional<Ending> inspect();
    /// Of those only "vanished" because it was truncated or damaged: then neither items nor counters mean anything.
    std::optional<Ending> damage();

private:
    std::optional<Ending> truncation() const;
    Ending vanished(std::string_view what) const;
    void tellOfDeath(const shared_cbuff::WriterSample& writer);

    shared_cbuff::Reader& m_reader;
    shared_cbuff::Observer m_observer;
    std::optional<std::uint64_t> m_toldEpoch;
};

}  // namespace cli
