#include "story/bufferstory.hpp"

#include <algorithm>

#include "story/eventtext.hpp"
#include "values/names.hpp"

namespace workbench {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::ReaderKey;
using shared_cbuff::ReaderState;

constexpr std::size_t curvesKept = 32;  // of readers that have left
constexpr double forgetIntervalSeconds = 1.0;
constexpr std::size_t lifecycleKept = 2000;
constexpr int solidStyles = 7;  // colours; beyond, dashes

bool isOfLifecycle(EventKind kind) {
    switch (kind) {
        case EventKind::Overflow:
        case EventKind::Underflow:
        case EventKind::Rejected:
        case EventKind::Note:
            return false;
        default:
            return true;
    }
}

}  // namespace

BufferStory::BufferStory(const BufferFacts& facts)
    : m_facts{facts}, m_name{shownName(facts.name)}, m_detector{m_name, facts.identity} {}

bool BufferStory::isDamaged() const { return m_latest && m_latest->sample.state == BufferState::damaged; }

std::vector<Event> BufferStory::take(const FeedBatch& batch) {
    std::vector<Event> events;
    if (batch.isEmpty() && batch.past.empty()) return events;
    if (batch.restarted) restart();
    for (const PastStretch& stretch : batch.past) takePast(stretch);
    events = batch.pastEvents;
    // Who was there when the past ended has been told of by the past.
    const bool isToldBefore = !m_latest && !batch.pastEvents.empty();
    std::vector<Event> toldBefore;
    if (!m_latest && !batch.past.empty() && !batch.samples.empty()) beginAfterPast(batch.samples.front().sample);
    for (const TimedSample& timed : batch.samples) {
        const bool isFirst = &timed == &batch.samples.front();
        takeSample(timed, isToldBefore && isFirst ? toldBefore : events);
    }
    keepLifecycle(events);
    m_skipped += batch.skipped;
    if (!batch.samples.empty()) {
        m_latest = batch.samples.back();
        forgetOld(m_latest->time);
    }
    ++m_revision;
    return events;
}

void BufferStory::keepLifecycle(const std::vector<Event>& events) {
    for (const Event& event : events) {
        if (isOfLifecycle(event.kind)) m_lifecycle.push_back(event);
    }
    while (m_lifecycle.size() > lifecycleKept) m_lifecycle.pop_front();
}

/// What people chose stays: how long is kept, and the colours of readers that are met again.
void BufferStory::restart() {
    BufferStory fresh{m_facts};
    fresh.m_keptSeconds = m_keptSeconds;
    fresh.m_revision = m_revision;
    for (const auto& curve : m_curves) {
        fresh.curveOf(curve->key, curve->name, curve->label).styleIndex = curve->styleIndex;
        fresh.m_curves.back()->present = false;
    }
    *this = std::move(fresh);
}

void BufferStory::takePast(const PastStretch& stretch) {
    m_usage.append(stretch.from, stretch.to, stretch.usage);
    std::uint64_t lost = 0;
    std::uint64_t underflows = 0;
    for (auto& curve : m_curves) curve->present = false;
    for (const auto& reader : stretch.readers) {
        EventReader named{
            .segment = m_facts.identity, .key = reader.key, .label = shownName(reader.label), .pid = reader.pid};
        ReaderCurve& curve = curveOf(reader.key, readerName(named), readerLabel(named));
        curve.present = true;
        curve.usage.append(stretch.from, stretch.to, reader.usage);
        curve.lost.append(stretch.to, reader.lost);
        curve.underflows.append(stretch.to, reader.underflows);
        curve.popped.append(stretch.to, reader.popped);
        curve.taken.append(stretch.to, reader.popped);
        lost += reader.lost;
        underflows += reader.underflows;
    }
    // Told in the midst of samples, the next sample tells how far the counters came.
    if (m_latest) return;
    // What those that left had lost does not become less.
    m_lostBefore = std::max(m_lostBefore, lost);
    m_underflowsBefore = std::max(m_underflowsBefore, underflows);
    m_rejectedBefore = std::max(m_rejectedBefore, stretch.rejected);
    m_lost.append(stretch.to, m_lostBefore);
    m_underflows.append(stretch.to, m_underflowsBefore);
    m_rejected.append(stretch.to, m_rejectedBefore);
    m_pushed.append(stretch.to, stretch.pushed);
    m_pushedTotal.append(stretch.to, stretch.pushed);
}

/// The counters of the past go on where the first sample has them: stretches end up to a second before it.
void BufferStory::beginAfterPast(const shared_cbuff::Sample& first) {
    std::uint64_t lost = 0;
    std::uint64_t underflows = 0;
    for (const auto& reader : first.readers) {
        lost += reader.lost;
        underflows += reader.underflows;
    }
    m_lostBefore = std::max(m_lostBefore, lost);
    m_underflowsBefore = std::max(m_underflowsBefore, underflows);
    m_rejectedBefore = std::max(m_rejectedBefore, first.rejected);
}

void BufferStory::takeSample(const TimedSample& timed, std::vector<Event>& events) {
    if (m_lost.empty()) {
        for (const auto& reader : timed.sample.readers) m_lostAtStart += reader.lost;
    }
    m_detector.feed(timed, events);
    m_past.add(timed.sample);
    m_lost.append(timed.time, m_lostBefore + m_detector.totalLost());
    m_underflows.append(timed.time, m_underflowsBefore + m_detector.totalUnderflows());
    m_rejected.append(timed.time, m_rejectedBefore + m_detector.totalRejected());
    if (timed.sample.state == BufferState::damaged) return;  // its numbers mean nothing
    if (!m_facts.isClassic()) {
        m_usage.append(timed.time, timed.sample.usage);  // 0 while nobody reads
        m_pushed.append(timed.time, timed.sample.pushed);
        m_pushedTotal.append(timed.time, timed.sample.pushed);
    } else if (const auto usage = ownUsage(timed)) {
        m_usage.append(timed.time, *usage);
    }
    takeReaders(timed);
}

void BufferStory::takeReaders(const TimedSample& timed) {
    // Who stays keeps its colour before newcomers choose theirs.
    for (auto& curve : m_curves) {
        curve->present =
            std::ranges::any_of(timed.sample.readers, [&](const auto& reader) { return curve->key == reader.key(); });
    }
    for (const auto& reader : timed.sample.readers) {
        ReaderCurve& curve = curveOf(reader.key(), readerName(reader), readerLabel(reader));
        if (reader.state != ReaderState::alive && !curve.usage.empty()) continue;  // it ends with its reader
        curve.popped.append(timed.time, reader.popped);
        curve.taken.append(timed.time, reader.popped);
        // Of one that nobody saw alive the usage is unknown, which is not 0.
        if (reader.lost_is_lower_bound) continue;
        curve.usage.append(timed.time, reader.usage);
        curve.lost.append(timed.time, reader.lost);
        curve.losing.append(timed.time, reader.lost);
        curve.underflows.append(timed.time, reader.underflows);
    }
    trimCurves();
}

const ReaderCurve* BufferStory::curve(const ReaderKey& key) const {
    const auto found = std::ranges::find_if(m_curves, [&](const auto& curve) { return curve->key == key; });
    return found == m_curves.end() ? nullptr : found->get();
}

ReaderCurve& BufferStory::curveOf(const ReaderKey& key, const QString& name, const QString& label) {
    for (auto& curve : m_curves) {
        if (curve->key == key) return *curve;
    }
    auto curve = std::make_unique<ReaderCurve>();
    curve->key = key;
    curve->name = name;
    curve->label = label;
    curve->styleIndex = freeStyleIndex(label);
    return *m_curves.emplace_back(std::move(curve));
}

/// The one of its label, or the next that no other reader here has.
int BufferStory::freeStyleIndex(const QString& label) const {
    const auto isUsed = [&](int index) {
        return std::ranges::any_of(m_curves,
                                   [index](const auto& curve) { return curve->present && curve->styleIndex == index; });
    };
    std::uint32_t hash = 2166136261;  // FNV-1a, which no run and no machine changes
    for (const char byte : label.toUtf8()) hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619;
    const auto preferred = static_cast<int>(hash % solidStyles);
    for (int next = 0; next < solidStyles; ++next) {
        const int index = (preferred + next) % solidStyles;
        if (!isUsed(index)) return index;
    }
    int index = solidStyles;
    while (isUsed(index)) ++index;
    return index;
}

void BufferStory::trimCurves() {
    const auto isGone = [](const auto& curve) { return !curve->present; };
    auto gone = static_cast<std::size_t>(std::ranges::count_if(m_curves, isGone));
    for (; gone > curvesKept; --gone) m_curves.erase(std::ranges::find_if(m_curves, isGone));
}

void BufferStory::forgetOld(double now) {
    if (now < m_forgetDue) return;
    m_forgetDue = now + forgetIntervalSeconds;
    const double oldest = now - m_keptSeconds;
    for (History* history : {&m_usage, &m_lost, &m_underflows, &m_rejected, &m_pushedTotal})
        history->forgetBefore(oldest);
    for (auto& curve : m_curves) {
        for (History* history : {&curve->usage, &curve->lost, &curve->underflows, &curve->taken})
            history->forgetBefore(oldest);
    }
    while (!m_lifecycle.empty() && m_lifecycle.front().time < oldest) m_lifecycle.pop_front();
    std::erase_if(m_curves, [&](const auto& curve) { return !curve->present && curve->usage.newestTime() < oldest; });
}

void BufferStory::noteOwnReader(double time, std::optional<std::uint64_t> slot) { m_ownReader.push_back({time, slot}); }

/// Samples come later than they were taken: each is measured against where the reader was at its moment.
std::optional<std::uint64_t> BufferStory::ownUsage(const TimedSample& timed) {
    while (m_ownReader.size() > 1 && m_ownReader[1].since <= timed.time) m_ownReader.pop_front();
    if (m_ownReader.empty() || m_ownReader.front().since > timed.time || !m_ownReader.front().slot) return std::nullopt;
    const std::uint64_t length = m_facts.geometry.length;
    return (timed.sample.write_slot + length - *m_ownReader.front().slot) % length;
}

std::optional<Moment> BufferStory::at(double time) const {
    Moment moment{.time = time, .usage = m_usage.at(time), .lost = m_lost.at(time)};
    if (!moment.usage && !moment.lost) return std::nullopt;
    const auto& nearest = moment.usage ? moment.usage : moment.lost;
    moment.time = nearest->time;
    moment.isRange = nearest->isRange;
    for (const auto& curve : m_curves) {
        if (curve->usage.empty() || time < curve->usage.oldestTime()) continue;
        if (!curve->present && time > curve->usage.newestTime()) continue;
        if (const auto usage = curve->usage.at(time)) moment.readers.push_back({curve->key, curve->name, *usage});
    }
    return moment;
}

std::optional<Age> BufferStory::lag(const shared_cbuff::ReaderSample& reader) const { return m_past.lag(reader); }

std::size_t BufferStory::bytes() const {
    std::size_t bytes =
        m_usage.bytes() + m_lost.bytes() + m_underflows.bytes() + m_rejected.bytes() + m_pushedTotal.bytes();
    for (const auto& curve : m_curves) {
        bytes += curve->usage.bytes() + curve->lost.bytes() + curve->underflows.bytes() + curve->taken.bytes();
    }
    return bytes + m_lifecycle.size() * sizeof(Event);
}

}  // namespace workbench
