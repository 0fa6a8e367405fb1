#include "cli/pushroom.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/signals.hpp"
#include "values/itemtext.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;
using shared_cbuff::ReaderSample;
using shared_cbuff::ReaderState;

constexpr auto lookInterval = 50ms;
constexpr auto pollInterval = 1ms;

bool isAlive(const ReaderSample& reader) { return reader.state == ReaderState::alive; }

}  // namespace

bool PushRoom::isLikely() {
    if (m_writer.usage() < m_writer.geometry().length) return true;
    // Without readers a full ring counts as used too, although the oldest items may be overwritten then.
    const auto now = Clock::now();
    if (now < m_lookDue) return false;
    m_lookDue = now + lookInterval;
    return std::ranges::none_of(m_observer.sample().readers, isAlive);
}

bool PushRoom::waitUntilLikely(Clock::time_point deadline) {
    while (!isLikely()) {
        const auto now = Clock::now();
        if (interrupted() || now >= deadline) return false;
        waitUntil(std::min<Clock::time_point>(deadline, now + pollInterval));
    }
    return true;
}

std::optional<std::string> PushRoom::holder() {
    const auto sample = m_observer.sample();
    const ReaderSample* slowest = nullptr;
    for (const ReaderSample& reader : sample.readers) {
        if (isAlive(reader) && (slowest == nullptr || reader.cursor < slowest->cursor)) slowest = &reader;
    }
    if (slowest == nullptr) return std::nullopt;
    const std::string label = workbench::printableText(slowest->label());
    return fmt::format("reader {}(slot {}, pid {})", label.empty() ? "" : label + " ", slowest->slot, slowest->pid);
}

}  // namespace cli
