#include "cli/readerwatch.hpp"

#include <fmt/format.h>

#include <utility>

#include "cli/attaching.hpp"
#include "cli/output.hpp"
#include "helpers/busguard.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/outlook.hpp"

namespace cli {

using shared_cbuff::Observer;
using shared_cbuff::Reader;
using shared_cbuff::Trouble;
using shared_cbuff::WriterState;

void addReader(CLI::App& command, ReaderFlags& flags) {
    auto* const label =
        command.add_option("--label", flags.label, "Told to observers, at most 40 bytes")->transform(escapedBytes());
    addStart(command, flags.start);
    command
        .add_flag("--unregistered", flags.unregistered,
                  "Take no reader slot: observers do not see it, and a buffer that rejects does not wait for it")
        ->excludes(label);
}

WatchedReader attachWatched(const BufferTarget& target, const ReaderFlags& flags) {
    const auto geometry = target.geometry();
    std::optional<shared_cbuff::SegmentIdentity> before;
    Reader reader = attachAwaited(target, [&] {
        before = shared_cbuff::find_segment(target.name);
        return Reader::attach(
            target.name,
            {.geometry = geometry, .start = flags.start, .label = flags.label, .registered = !flags.unregistered});
    });
    Observer observer = Observer::attach(target.name, geometry);
    if (before != observer.identity()) {  // if the same, the name led there all the time
        throw Refusal{fmt::format("the name \"{}\" came to lead to another buffer just now; try again", target.name)};
    }
    return {std::move(reader), std::move(observer)};
}

Ending ReaderWatch::vanished(std::string_view what) const {
    return Ending{"vanished", fmt::format("the buffer \"{}\" {}", m_reader.name(), what), exitRefused};
}

std::optional<Ending> ReaderWatch::truncation() const {
    if (!workbench::segmentWasTruncated() && m_reader.intact()) return std::nullopt;
    return vanished("was truncated by another process; remove it");
}

std::optional<Ending> ReaderWatch::damage() {
    if (auto ending = truncation()) return ending;
    const auto outlook = shared_cbuff::outlook(m_observer.sample());
    return outlook.trouble == Trouble::damaged ? std::optional{vanished(outlook.why)} : std::nullopt;
}

std::optional<Ending> ReaderWatch::inspect() {
    if (auto ending = truncation()) return ending;
    const auto sample = m_observer.sample();
    const auto outlook = shared_cbuff::outlook(sample);
    if (outlook.trouble == Trouble::damaged) return vanished(outlook.why);
    tellOfDeath(sample.writer);
    const WriterState writer = m_reader.writer_state();  // before usage(): what was pushed before it closed is counted
    if (m_reader.usage() > 0) return std::nullopt;
    if (writer == WriterState::closed || outlook.trouble == Trouble::closed) {
        return Ending{"closed", fmt::format("the buffer \"{}\" is closed and all its items are taken", m_reader.name()),
                      exitDone};
    }
    if (outlook.is_over && writer != WriterState::alive) {
        return vanished("was removed while it had no writer: no item can follow");
    }
    return std::nullopt;
}

void ReaderWatch::tellOfDeath(const shared_cbuff::WriterSample& writer) {
    if (writer.state != WriterState::abandoned || m_toldEpoch == writer.epoch) return;
    m_toldEpoch = writer.epoch;
    message(fmt::format("the writer (pid {}) died; draining what it left, then waiting for another to take over",
                        writer.pid),
            std::chrono::milliseconds{0});  // the reader goes on, whether somebody hears of it or not
}

}  // namespace cli
