#include "values/observedpast.hpp"

#include <algorithm>

namespace workbench {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::Layout;
using shared_cbuff::ReaderSample;
using shared_cbuff::ReaderState;
using shared_cbuff::Sample;

std::uint64_t less(std::uint64_t a, std::uint64_t b) noexcept { return a > b ? a - b : 0; }

ReaderTotals totalsOf(const ReaderSample& reader) noexcept {
    return {reader.popped, reader.lost, reader.overruns, reader.underflows};
}

bool hasCounters(const Sample& sample) noexcept {
    return sample.layout == Layout::extended && sample.state != BufferState::damaged;
}

}  // namespace

ReaderTotals& ReaderTotals::operator+=(const ReaderTotals& other) noexcept {
    popped += other.popped;
    lost += other.lost;
    overruns += other.overruns;
    underflows += other.underflows;
    return *this;
}

ReaderTotals ReaderTotals::since(const ReaderTotals& earlier) const noexcept {
    return {less(popped, earlier.popped), less(lost, earlier.lost), less(overruns, earlier.overruns),
            less(underflows, earlier.underflows)};
}

void ObservedPast::add(const Sample& sample) {
    m_latest = sample;
    if (!hasCounters(sample)) return;
    if (!m_hasCounters && m_from == TotalsFrom::firstSample) {
        m_firstPushed = sample.pushed;
        m_firstRejected = sample.rejected;
    }
    for (const ReaderSample& reader : sample.readers) track(reader);
    m_hasCounters = true;
    m_past.add(sample.taken_at, sample.pushed, sample.geometry.length);
    if (!m_rateNext) m_rateNext = mark();
    if (sample.taken_at - m_rateNext->time < rateStretch) return;
    m_rateBegin = std::move(m_rateNext);
    m_rateNext = mark();
}

void ObservedPast::track(const ReaderSample& reader) {
    if (reader.slot >= m_readers.size()) m_readers.resize(reader.slot + std::size_t{1});
    Tracked& tracked = m_readers[reader.slot];
    const ReaderTotals now = totalsOf(reader);
    if (tracked.generation != reader.generation) {
        m_departed += tracked.last.since(tracked.first);
        const bool wasThereBefore = !m_hasCounters && m_from == TotalsFrom::firstSample;
        tracked = {reader.generation, wasThereBefore ? now : ReaderTotals{}, now};
    }
    tracked.last = now;
}

bool ObservedPast::tellsCounters() const noexcept { return m_latest && hasCounters(*m_latest); }

std::uint64_t ObservedPast::pushed() const noexcept { return m_latest ? less(m_latest->pushed, m_firstPushed) : 0; }

std::uint64_t ObservedPast::rejected() const noexcept {
    return m_latest ? less(m_latest->rejected, m_firstRejected) : 0;
}

ReaderTotals ObservedPast::totals(const ReaderSample& reader) const noexcept {
    const Tracked* const tracked = reader.slot < m_readers.size() ? &m_readers[reader.slot] : nullptr;
    if (tracked == nullptr || tracked->generation != reader.generation) return {};
    return tracked->last.since(tracked->first);
}

ReaderTotals ObservedPast::totals() const noexcept {
    ReaderTotals sum = m_departed;
    for (const Tracked& tracked : m_readers) sum += tracked.last.since(tracked.first);
    return sum;
}

ObservedPast::Mark ObservedPast::mark() const {
    return {m_latest->taken_at, pushed(), rejected(), totals(), m_readers};
}

std::optional<ObservedPast::Stretch> ObservedPast::recent(const ReaderSample* reader) const {
    if (!tellsCounters() || !m_rateBegin) return std::nullopt;
    const Mark& begin = *m_rateBegin;
    Stretch stretch{m_latest->taken_at - begin.time, less(pushed(), begin.pushed), less(rejected(), begin.rejected),
                    totals().since(begin.totals)};
    if (stretch.seconds < rateStretch) return std::nullopt;
    if (reader == nullptr) return stretch;
    if (reader->slot >= begin.readers.size() || begin.readers[reader->slot].generation != reader->generation) {
        return std::nullopt;
    }
    stretch.totals = totalsOf(*reader).since(begin.readers[reader->slot].last);
    return stretch;
}

std::optional<Age> ObservedPast::lag(const ReaderSample& reader) const {
    if (!tellsCounters() || reader.state != ReaderState::alive) return std::nullopt;
    return m_past.lagOf(reader.usage);
}

}  // namespace workbench
