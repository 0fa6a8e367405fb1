#include "cli/readerwatch.hpp"

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output.hpp"

namespace cli {

using shared_cbuff::BufferState;
using shared_cbuff::WriterState;

std::optional<Ending> ReaderWatch::inspect() {
    const auto vanished = [&](std::string_view what) {
        return Ending{"vanished", fmt::format("the buffer \"{}\" {}", m_reader.name(), what), exitRefused};
    };
    if (!m_reader.intact()) return vanished("was truncated by another process; remove it");
    const auto sample = m_observer.sample();
    if (sample.state == BufferState::damaged) return vanished(fmt::format("is damaged: {}", sample.damage));
    tellOfDeath(sample.writer);
    const WriterState writer = m_reader.writer_state();  // before usage(): what was pushed before it closed is counted
    if (m_reader.usage() > 0) return std::nullopt;
    const bool nameIsGone = sample.state == BufferState::unlinked || sample.state == BufferState::replaced;
    // A classic writer has no other way to tell that it ended than to remove the name.
    if (writer == WriterState::closed || (m_reader.is_classic() && nameIsGone)) {
        return Ending{"closed", fmt::format("the buffer \"{}\" is closed and all its items are taken", m_reader.name()),
                      exitDone};
    }
    if (!m_reader.is_classic() && nameIsGone && writer != WriterState::alive) {
        return vanished("was removed while it had no writer: no item can follow");
    }
    return std::nullopt;
}

void ReaderWatch::tellOfDeath(const shared_cbuff::WriterSample& writer) {
    if (writer.state != WriterState::abandoned || m_toldEpoch == writer.epoch) return;
    m_toldEpoch = writer.epoch;
    message(fmt::format("the writer (pid {}) died; draining what it left, then waiting for another to take over",
                        writer.pid));
}

}  // namespace cli
