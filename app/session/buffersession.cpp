#include "session/buffersession.hpp"

#include <algorithm>

#include "session/names.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/outlook.hpp"

namespace workbench {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::CBuffException;
using shared_cbuff::Trouble;

constexpr std::size_t curvesKept = 32;  // of readers that have left
constexpr double forgetIntervalSeconds = 1.0;

QString sentence(const CBuffException& error) { return shownSentence(error.what()); }

}  // namespace

// ---- Coming and going

BufferSession::BufferSession(const QString& name, const std::optional<shared_cbuff::Geometry>& geometry,
                             Sampler& sampler, EventLog& log, Timebase timebase, QObject* parent)
    : QObject{parent},
      m_name{shownName(nameBytes(name))},
      m_sampler{sampler},
      m_log{log},
      m_timebase{timebase},
      m_peeker{shared_cbuff::Observer::attach(nameBytes(m_name), geometry)},
      m_detector{m_name, m_peeker.identity()} {
    m_geometry = m_peeker.geometry();
    m_layout = m_peeker.layout();
    m_identity = m_peeker.identity();
    m_source = m_sampler.add(m_peeker.duplicate());
}

BufferSession::BufferSession(shared_cbuff::Writer writer, Sampler& sampler, EventLog& log, Timebase timebase,
                             QObject* parent)
    : BufferSession{shownName(writer.name()), std::nullopt, sampler, log, timebase, parent} {
    m_writer.emplace(std::move(writer));
    m_createdHere = true;
}

BufferSession::~BufferSession() {
    m_sampler.remove(m_source);
    std::vector<HelperProcess*> helpers;
    for (auto& helper : m_helpers) {
        helper->disconnect(this);
        helpers.push_back(helper.get());
    }
    HelperProcess::endAll(helpers);
    m_helpers.clear();  // before the buffer goes: a producer among them may hold the writer role
    m_reader.reset();
    if (!m_createdHere) return;
    try {  // what was created here is removed here, unless somebody else now writes to it, or has put another in its
           // place
        if (!m_writer && isStillNamed())
            m_writer.emplace(shared_cbuff::Writer::take_over(nameBytes(m_name), m_geometry));
        if (m_writer) m_writer->close();
    } catch (const CBuffException&) {
    }
}

bool BufferSession::isStillNamed() const { return shared_cbuff::find_segment(nameBytes(m_name)) == m_identity; }

void BufferSession::note(EventKind kind, const QString& text) {
    m_log.append({.time = m_timebase.now(), .kind = kind, .buffer = m_name, .text = text});
}

// ---- Samples come in

void BufferSession::take(const SampleBatch& batch) {
    if (batch.source != m_source || batch.samples.empty()) return;
    for (const TimedSample& timed : batch.samples) takeSample(timed);
    m_latest = batch.samples.back();
    const double now = m_latest->time;
    forgetOld(now);
    ++m_revision;
    Q_EMIT sampled();
}

void BufferSession::takeSample(const TimedSample& timed) {
    for (Event& event : m_detector.feed(timed)) m_log.append(std::move(event));
    m_lost.append(timed.time, static_cast<double>(m_detector.totalLost()));
    m_underflows.append(timed.time, static_cast<double>(m_detector.totalUnderflows()));
    if (timed.sample.state == BufferState::damaged) return;  // its numbers mean nothing
    if (!isClassic()) {
        m_usage.append(timed.time, static_cast<double>(timed.sample.usage));  // 0 while nobody reads
        m_pushed.append(timed.time, timed.sample.pushed);
    } else if (m_reader) {
        m_usage.append(timed.time, static_cast<double>(readerUsage()));
    }
    takeReaders(timed);
}

void BufferSession::takeReaders(const TimedSample& timed) {
    // Who stays keeps its colour before newcomers choose theirs.
    for (auto& curve : m_curves) {
        curve->present =
            std::ranges::any_of(timed.sample.readers, [&](const auto& reader) { return curve->key == reader.key(); });
    }
    for (const auto& reader : timed.sample.readers) {
        ReaderCurve& curve = curveOf(reader);
        if (reader.state != shared_cbuff::ReaderState::alive && !curve.usage.empty())
            continue;  // it ends with its reader
        // Of one that nobody saw alive the usage is unknown, which is not 0.
        if (!reader.lost_is_lower_bound) curve.usage.append(timed.time, static_cast<double>(reader.usage));
        curve.popped.append(timed.time, reader.popped);
    }
    trimCurves();
}

ReaderCurve& BufferSession::curveOf(const shared_cbuff::ReaderSample& reader) {
    for (auto& curve : m_curves) {
        if (curve->key == reader.key()) return *curve;
    }
    auto curve = std::make_unique<ReaderCurve>();
    curve->key = reader.key();
    curve->name = readerName(reader);
    curve->styleIndex = freeStyleIndex();
    return *m_curves.emplace_back(std::move(curve));
}

int BufferSession::freeStyleIndex() const {
    int index = 0;
    const auto isUsed = [&](const auto& curve) { return curve->present && curve->styleIndex == index; };
    while (std::ranges::any_of(m_curves, isUsed)) ++index;
    return index;
}

void BufferSession::trimCurves() {
    const auto isGone = [](const auto& curve) { return !curve->present; };
    auto gone = static_cast<std::size_t>(std::ranges::count_if(m_curves, isGone));
    for (; gone > curvesKept; --gone) m_curves.erase(std::ranges::find_if(m_curves, isGone));
}

void BufferSession::forgetOld(double now) {
    if (now < m_forgetDue) return;
    m_forgetDue = now + forgetIntervalSeconds;
    const double oldest = now - m_historySeconds;
    for (History* history : {&m_usage, &m_lost, &m_underflows}) history->forgetBefore(oldest);
    for (auto& curve : m_curves) curve->usage.forgetBefore(oldest);
    std::erase_if(m_curves, [&](const auto& curve) { return !curve->present && curve->usage.newestTime() < oldest; });
}

std::size_t BufferSession::historyBytes() const {
    std::size_t bytes = m_usage.bytes() + m_lost.bytes() + m_underflows.bytes();
    for (const auto& curve : m_curves) bytes += curve->usage.bytes();
    return bytes;
}

// ---- Taking part

QString BufferSession::whyNotAttachable() const {
    if (m_latest && m_latest->sample.state == BufferState::damaged) {
        return tr("The segment is damaged: %1.").arg(shownSentence(m_latest->sample.damage));
    }
    if (!isStillNamed()) return tr("The buffer has lost its name, so nobody can attach to it any more.");
    return {};
}

QString BufferSession::whyNoProducer() const {
    if (isClassic()) return pushAbility().reason;
    if (QString why = whyNotAttachable(); !why.isEmpty()) return why;
    const PushAbility ability = pushAbility();
    return ability.holdsRole || ability.canTake ? QString{} : ability.reason;
}

PushAbility BufferSession::pushAbility() const {
    if (isClassic())
        return {false, false, tr("A classic segment does not say who writes, so nothing is pushed to it from here.")};
    const auto outlook = m_latest ? shared_cbuff::outlook(m_latest->sample) : shared_cbuff::Outlook{};
    if (outlook.trouble == Trouble::damaged) return {false, false, whyNotAttachable()};
    if (m_writer) return {true, false, tr("The writer role is held here.")};
    if (!m_latest) return {false, false, tr("Waiting for the first sample.")};
    const auto pid = m_latest->sample.writer.pid;
    if (!outlook.can_attach)
        return {false, false, tr("The buffer has lost its name, so its writer role can no longer be taken.")};
    if (outlook.can_push) {
        return {false, true,
                outlook.trouble == Trouble::abandoned
                    ? tr("The last writer, pid %1, died. The role can be taken over.").arg(pid)
                    : tr("The writer role is vacant. Take it to push.")};
    }
    if (m_latest->sample.writer.is_locked)
        return {false, false,
                tr("The writer role is locked by a process that does not say who it is. Stop that process.")};
    const bool isOurs = std::ranges::any_of(
        m_helpers, [&](const auto& helper) { return helper->isAlive() && helper->status().pid == pid; });
    return {false, false,
            isOurs ? tr("The writer role is held by the producer with pid %1; stop it to push by hand.").arg(pid)
                   : tr("The writer role is held by pid %1. Stop that process, or push through it.").arg(pid)};
}

CommandResult BufferSession::takeWriterRole() {
    if (m_writer) return {};
    if (const QString why = whyNotAttachable(); !why.isEmpty()) return {0, why};
    try {
        m_writer.emplace(shared_cbuff::Writer::take_over(nameBytes(m_name), m_geometry));
    } catch (const CBuffException& error) {
        return {0, sentence(error)};
    }
    Q_EMIT writerRoleChanged();
    return {};
}

void BufferSession::releaseWriterRole() {
    if (!m_writer) return;
    m_writer->release();
    m_writer.reset();
    Q_EMIT writerRoleChanged();
}

CommandResult BufferSession::push(const std::vector<std::byte>& items) {
    if (!m_writer) return {0, pushAbility().reason};
    if (!m_writer->intact()) return {0, tr("The segment was truncated by another process; nothing was pushed.")};
    const std::uint64_t wanted = items.size() / m_geometry.item_size;
    try {
        const std::uint64_t done = m_writer->push_many(items);
        if (done == wanted) return {done, {}};
        return {
            done,
            tr("%L1 of %L2 items were pushed; the buffer is full, and its policy is reject.").arg(done).arg(wanted)};
    } catch (const CBuffException& error) {
        return {0, sentence(error)};
    }
}

CommandResult BufferSession::attachReader() {
    if (m_reader) return {};
    if (const QString why = whyNotAttachable(); !why.isEmpty()) return {0, why};
    try {
        shared_cbuff::ReaderOptions options;
        options.label = "workbench";
        if (isClassic()) options.geometry = m_geometry;
        m_reader.emplace(shared_cbuff::Reader::attach(nameBytes(m_name), options));
    } catch (const CBuffException& error) {
        return {0, sentence(error)};
    }
    Q_EMIT readerChanged();
    return {};
}

void BufferSession::detachReader() {
    if (!m_reader) return;
    m_reader.reset();
    Q_EMIT readerChanged();
}

std::uint64_t BufferSession::readerUsage() {
    try {
        return m_reader && m_reader->intact() ? m_reader->usage() : 0;
    } catch (const CBuffException&) {
        return 0;  // the next sample tells what is wrong with the segment
    }
}

ItemsResult BufferSession::pop(std::uint64_t count) {
    ItemsResult result;
    if (const CommandResult attached = attachReader(); !attached.ok()) {
        result.problem = attached.problem;
        return result;
    }
    if (!m_reader->intact()) {
        result.problem = tr("The segment was truncated by another process; nothing was popped.");
        return result;
    }
    result.bytes.resize(std::min(count, m_geometry.length) * m_geometry.item_size);
    try {
        result.count = m_reader->pop_many(result.bytes);
        result.bytes.resize(result.count * m_geometry.item_size);
        if (result.count == 0) result.problem = tr("Nothing to pop: this reader has taken every item (an underflow).");
    } catch (const CBuffException& error) {
        result.bytes.clear();
        result.problem = sentence(error);
    }
    return result;
}

ItemsResult BufferSession::peek(std::uint64_t count, shared_cbuff::StartAt from) {
    ItemsResult result;
    try {
        auto peek = m_peeker.peek(count, from);
        if (isClassic() && std::ranges::all_of(peek.bytes, [](std::byte byte) { return byte == std::byte{0}; })) {
            result.problem = tr("Only zeros there: as far as a classic segment tells, nothing has been pushed yet.");
            return result;
        }
        result.count = peek.count;
        result.first = peek.first;
        result.bytes = std::move(peek.bytes);
        if (result.count == 0) result.problem = tr("Nothing to see: no item has been pushed yet.");
    } catch (const CBuffException& error) {
        result.problem = sentence(error);
    }
    return result;
}

// ---- Helpers

HelperProcess* BufferSession::startHelper(HelperOptions options) {
    options.buffer = m_name;
    if (isClassic()) {
        options.itemSize = static_cast<qint64>(m_geometry.item_size);
        options.length = static_cast<qint64>(m_geometry.length);
    }
    if (options.role == HelperRole::Producer && m_writer) {
        releaseWriterRole();
        note(EventKind::Note, tr("the writer role was handed from this window to the new producer"));
    }
    auto* helper = m_helpers.emplace_back(std::make_unique<HelperProcess>(std::move(options))).get();
    connect(helper, &HelperProcess::changed, this, &BufferSession::helpersChanged);
    connect(helper, &HelperProcess::ended, this, [this, helper] { endHelper(helper); });
    helper->start();
    note(EventKind::HelperStarted,
         tr("%1 started, pid %2").arg(toString(helper->options().role)).arg(helper->status().pid));
    Q_EMIT helpersChanged();
    return helper;
}

void BufferSession::endHelper(HelperProcess* helper) {
    const bool crashed = helper->status().state == HelperState::Crashed;
    note(crashed ? EventKind::HelperCrashed : EventKind::HelperEnded, tr("%1 pid %2: %3")
                                                                          .arg(toString(helper->options().role))
                                                                          .arg(helper->status().pid)
                                                                          .arg(helper->status().message));
    Q_EMIT helpersChanged();
}

void BufferSession::removeHelper(HelperProcess* helper) {
    std::erase_if(m_helpers, [&](const auto& held) { return held.get() == helper; });
    Q_EMIT helpersChanged();
}

}  // namespace workbench
