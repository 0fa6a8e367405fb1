#include "sinks/stretches.hpp"

#include <utility>

namespace workbench {
namespace {

using shared_cbuff::ReaderSample;

constexpr std::int64_t second_ns = 1'000'000'000;

/// Rounds down, also before the epoch of a clock.
std::int64_t wholeSeconds(std::int64_t time_ns) { return time_ns / second_ns - (time_ns % second_ns < 0 ? 1 : 0); }

Stretch::Reader& readerIn(Stretch& stretch, const ReaderSample& reader, std::size_t place) {
    auto& readers = stretch.readers;
    if (place < readers.size() && readers[place].key == reader.key()) return readers[place];
    const auto found = std::ranges::find(readers, reader.key(), &Stretch::Reader::key);
    if (found != readers.end()) return *found;
    return readers.emplace_back(Stretch::Reader{.key = reader.key()});
}

void add(Stretch& stretch, const shared_cbuff::Sample& sample) {
    ++stretch.samples;
    stretch.state = sample.state;
    if (sample.has_living_reader) stretch.usage.add(sample.usage);
    if (sample.state != shared_cbuff::BufferState::damaged && sample.layout == shared_cbuff::Layout::extended) {
        stretch.pushed = sample.pushed;
        stretch.rejected = sample.rejected;
    }
    for (std::size_t place = 0; place < sample.readers.size(); ++place) {
        const ReaderSample& reader = sample.readers[place];
        Stretch::Reader& row = readerIn(stretch, reader, place);
        ++row.samples;
        row.state = reader.state;
        if (!reader.lost_is_lower_bound) row.usage.add(reader.usage);
        row.popped = reader.popped;
        row.lost = reader.lost;
        row.overruns = reader.overruns;
        row.underflows = reader.underflows;
    }
}

}  // namespace

std::optional<Stretch> Stretches::add(const TimedSample& timed) {
    const std::int64_t second = wholeSeconds(timed.times.boot_ns);
    const std::int64_t begin = second - (second % m_width_s + m_width_s) % m_width_s;
    std::optional<Stretch> over;
    if (!m_now || m_now->begin_s != begin) {
        const std::int64_t ahead_ns = timed.times.unix_ns - timed.times.boot_ns;
        over = std::exchange(m_now, Stretch{.begin_s = begin, .unix_s = wholeSeconds(begin * second_ns + ahead_ns)});
    }
    workbench::add(*m_now, timed.sample);
    return over;
}

std::optional<Stretch> Stretches::end() { return std::exchange(m_now, std::nullopt); }

}  // namespace workbench
