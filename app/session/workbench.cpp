#include "session/workbench.hpp"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <algorithm>
#include <map>
#include <stdexcept>

#include "feeds/livefeed.hpp"
#include "feeds/recordingfeed.hpp"
#include "shared_cbuff/errors.hpp"
#include "values/names.hpp"

namespace workbench {

using shared_cbuff::CBuffException;
using Risk = machine::RemovalRisk::Kind;

namespace {

constexpr double watchIntervalSeconds = 0.4;  // what is watched is shown twice a second

}  // namespace

Workbench::Workbench(QObject* parent) : QObject{parent} {
    connect(&m_scanner, &SegmentScanner::scanned, this, &Workbench::segmentsScanned);
    connect(&m_scanner, &SegmentScanner::failed, this, &Workbench::scanFailed);
}

Workbench::~Workbench() {
    stopRecording();
    closeAll();
}

// ---- Opening and closing

std::nullptr_t Workbench::fail(const QString& buffer, const QString& text, QString* problem) {
    note(buffer, text);
    if (problem != nullptr) *problem = text;
    return nullptr;
}

std::unique_ptr<SampleFeed> Workbench::liveFeed(const shared_cbuff::Observer& observer) {
    return std::make_unique<LiveFeed>(observer, m_sampler, m_settings.samplingRate());
}

BufferSession* Workbench::open(const QString& name, const std::optional<shared_cbuff::Geometry>& geometry,
                               QString* problem) {
    try {
        const std::string bytes = nameBytes(name);
        if (BufferSession* known = find(shownName(bytes))) {
            if (known->isCurrent()) return known;
            close(known);  // its buffer cannot be reached any more
        }
        const auto observer = shared_cbuff::Observer::attach(bytes, geometry);
        BufferSession* session = add(BufferSession::withHands(liveFeed(observer)));
        if (session->isClassic()) m_settings.setGeometryOf(session->name(), session->geometry());
        return session;
    } catch (const CBuffException& error) {
        return fail(name, shownSentence(error.what()), problem);
    }
}

BufferSession* Workbench::create(const QString& name, const shared_cbuff::CreateOptions& options, QString* problem) {
    try {
        auto writer = shared_cbuff::Writer::create(nameBytes(name), options);
        if (BufferSession* old = find(shownName(writer.name()))) close(old);
        const auto observer = shared_cbuff::Observer::attach(writer.name());
        return add(BufferSession::withHands(liveFeed(observer), std::move(writer)));
    } catch (const CBuffException& error) {
        return fail(name, shownSentence(error.what()), problem);
    }
}

BufferSession* Workbench::openFeed(std::unique_ptr<SampleFeed> feed, const QString& source) {
    auto session = std::make_unique<BufferSession>(std::move(feed), source);
    if (BufferSession* known = find(session->title())) return known;
    return add(std::move(session));
}

BufferSession* Workbench::openRecording(const QString& path, QString* problem) {
    try {
        BufferSession* first = nullptr;
        // The whole path: two folders may hold recordings of one file name, and one recording two buffers of one name.
        const QString source = shownName(QFile::encodeName(QFileInfo{path}.absoluteFilePath()).toStdString());
        std::map<std::string, int> met;
        for (auto& feed : RecordingFeed::open(QFile::encodeName(path).toStdString())) {
            const int nth = ++met[feed->facts().name];
            BufferSession* opened =
                openFeed(std::move(feed), nth == 1 ? source : tr("%1, no. %2").arg(source).arg(nth));
            if (first == nullptr) first = opened;
        }
        return first;
    } catch (const std::runtime_error& error) {
        return fail({}, shownSentence(error.what()), problem);
    }
}

BufferSession* Workbench::add(std::unique_ptr<BufferSession> session) {
    BufferSession* added = m_sessions.emplace_back(std::move(session)).get();
    const bool isLive = added->hands() != nullptr;
    added->story().setKeptSeconds(isLive ? m_settings.historySeconds() : RecordingFeed::mostPast);
    if (isRecording()) record(*added);
    connect(added, &BufferSession::restarted, &m_log, [this, added] { m_log.forget(added->title()); });
    connect(added, &BufferSession::happened, &m_log, &EventLog::append);
    Q_EMIT sessionAdded(added);
    m_scanner.scanNow();
    return added;
}

void Workbench::close(BufferSession* session) {
    const auto found = std::ranges::find(m_sessions, session, &std::unique_ptr<BufferSession>::get);
    if (found == m_sessions.end()) return;
    std::unique_ptr<BufferSession> closing = std::move(*found);
    m_sessions.erase(found);
    Q_EMIT sessionRemoved(closing.get());
    closing.reset();
    m_scanner.scanNow();
}

void Workbench::closeAll() {
    while (!m_sessions.empty()) close(m_sessions.back().get());
}

BufferSession* Workbench::find(const QString& title) const {
    const auto found = std::ranges::find(m_sessions, title, [](const auto& session) { return session->title(); });
    return found == m_sessions.end() ? nullptr : found->get();
}

// ---- Recording

bool Workbench::startRecording(const QString& path, QString* problem) {
    try {
        m_recorder = std::make_unique<Recorder>(RecordingSeries{
            QFile::encodeName(path).toStdString(),
            (QCoreApplication::applicationName() + u' ' + QCoreApplication::applicationVersion()).toStdString()});
    } catch (const std::runtime_error& error) {
        fail({}, shownSentence(error.what()), problem);
        return false;
    }
    for (const auto& session : m_sessions) record(*session);
    Q_EMIT recordingChanged({});
    return true;
}

/// What is a recording already is not recorded once more.
void Workbench::record(BufferSession& session) {
    if (session.hands() == nullptr) return;
    connect(&session, &BufferSession::taken, this, [this](const FeedBatch& batch, const std::vector<Event>& events) {
        if (m_recorder) m_recorder->take(batch, events);
    });
}

QString Workbench::stopRecording() {
    if (!m_recorder) return {};
    for (const auto& session : m_sessions) disconnect(session.get(), &BufferSession::taken, this, nullptr);
    const auto recorder = std::move(m_recorder);
    QString told;
    try {
        recorder->finish();
        const auto totals = recorder->totals();
        told = tr("Recorded %L1 samples and %L2 events of %L3 buffers.")
                   .arg(totals.samples)
                   .arg(totals.events)
                   .arg(totals.buffers);
        if (totals.skipped > 0) told += tr(" %L1 samples are missing.").arg(totals.skipped);
    } catch (const std::runtime_error& error) {
        told = shownSentence(error.what());
    }
    note({}, told);
    Q_EMIT recordingChanged({});
    return told;
}

// ---- Values come in

void Workbench::pump() {
    for (const auto& session : m_sessions) session->pump();
    if (m_watchlist && now() >= m_watchDue) {
        m_watchlist->pump();
        m_watchDue = now() + watchIntervalSeconds;
    }
    if (!m_recorder || !m_recorder->problem()) return;
    // It has ended by itself: a full disk, say. What was kept stays readable.
    Q_EMIT recordingChanged(stopRecording());
}

double Workbench::wall(const Event& event) const {
    const BufferSession* session = find(event.buffer);
    return session != nullptr ? session->feed().wall(event.time) : m_sampler->timebase().wall(event.time);
}

void Workbench::note(const QString& buffer, const QString& text) {
    m_log.append({.time = now(), .kind = EventKind::Note, .buffer = buffer, .detail = text});
}

// ---- This machine's buffers

QStringList Workbench::names(QString* problem) const {
    QStringList names;
    try {
        for (const auto& segment : shared_cbuff::list_segments()) names << shownName(segment.name);
    } catch (const CBuffException& error) {
        if (problem != nullptr) *problem = shownSentence(error.what());
    }
    return names;
}

QString Workbench::removalQuestion(const QString& name) const {
    const QString question =
        tr("Remove %1? Its name goes at once; who is attached keeps its memory until it leaves.").arg(name);
    try {
        const auto segment = shared_cbuff::inspect_segment(nameBytes(name));
        const auto risk = segment ? machine::removalRisk(*segment) : machine::RemovalRisk{};
        if (risk.kind == Risk::liveWriter) {
            return tr("%1 has a live writer, pid %2. Removing it cuts new readers off from that program.\n\n")
                       .arg(name, QString::number(risk.writerPid)) +
                   question;
        }
        if (risk.kind == Risk::noBlock)
            return tr("%1 has no control block: it may belong to another program.\n\n").arg(name) + question;
        if (risk.kind == Risk::damaged || risk.kind == Risk::unreadable) {
            return tr("Whether %1 is in use cannot be told: %2.\n\n").arg(name, shownSentence(risk.reason)) + question;
        }
    } catch (const CBuffException&) {
        // the removal itself will say
    }
    return question;
}

QString Workbench::remove(const QString& name) {
    QString problem;
    try {
        if (!shared_cbuff::remove_buffer(nameBytes(name))) problem = tr("%1 was gone already.").arg(name);
    } catch (const CBuffException& error) {
        problem = shownSentence(error.what());
    }
    m_scanner.scanNow();
    return problem;
}

Watchlist& Workbench::watchlist() {
    if (m_watchlist) return *m_watchlist;
    m_watchlist = std::make_unique<Watchlist>(m_sampler);
    connect(&m_scanner, &SegmentScanner::scanned, m_watchlist.get(), &Watchlist::update);
    m_scanner.scanNow();
    return *m_watchlist;
}

int Workbench::liveBuffers() const {
    return static_cast<int>(
        std::ranges::count_if(m_sessions, [](const auto& session) { return session->hands() != nullptr; }));
}

// ---- What is remembered

void Workbench::setHistorySeconds(double seconds) {
    m_settings.setHistorySeconds(seconds);
    for (const auto& session : m_sessions) {
        if (session->hands() != nullptr) session->story().setKeptSeconds(seconds);
    }
}

void Workbench::setSamplingRate(int hertz) {
    m_settings.setSamplingRate(hertz);
    for (const auto& session : m_sessions) session->feed().setRate(hertz);
}

}  // namespace workbench
