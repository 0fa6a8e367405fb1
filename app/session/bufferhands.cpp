#include "session/bufferhands.hpp"

#include <algorithm>

#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/outlook.hpp"
#include "values/names.hpp"

namespace workbench {
namespace {

using shared_cbuff::CBuffException;
using shared_cbuff::Trouble;

QString sentence(const CBuffException& error) { return shownSentence(error.what()); }

}  // namespace

// ---- Coming and going

BufferHands::BufferHands(const BufferStory& story, QObject* parent) : QObject{parent}, m_story{story} {}

BufferHands::BufferHands(const BufferStory& story, shared_cbuff::Writer writer, QObject* parent)
    : BufferHands{story, parent} {
    m_writer.emplace(std::move(writer));
    m_createdHere = true;
}

BufferHands::~BufferHands() {
    std::vector<HelperProcess*> helpers;
    for (auto& helper : m_helpers) {
        helper->disconnect(this);
        helpers.push_back(helper.get());
    }
    HelperProcess::endAll(helpers);
    m_helpers.clear();  // before the buffer goes: a producer among them may hold the writer role
    m_reader.reset();
    if (m_createdHere) removeWhatWasCreated();
}

/// Unless somebody else now writes to it, or has put another one in its place.
void BufferHands::removeWhatWasCreated() {
    try {
        if (!m_writer && isStillNamed())
            m_writer.emplace(shared_cbuff::Writer::take_over(nameBytes(), m_story.facts().geometry));
        if (m_writer) m_writer->close();
    } catch (const CBuffException&) {
        // it is somebody else's by now
    }
}

bool BufferHands::isStillNamed() const { return shared_cbuff::find_segment(nameBytes()) == m_story.facts().identity; }

bool BufferHands::isNameTaken() const {
    const auto there = shared_cbuff::find_segment(nameBytes());
    return there && there != m_story.facts().identity;
}

// ---- What can be done

QString BufferHands::whyNotAttachable() const {
    if (m_story.isDamaged())
        return tr("The segment is damaged: %1.").arg(shownSentence(m_story.latest()->sample.damage));
    if (!isStillNamed()) return tr("The buffer has lost its name, so nobody can attach to it any more.");
    return {};
}

QString BufferHands::whyNoProducer() const {
    if (isClassic()) return pushAbility().reason;
    if (QString why = whyNotAttachable(); !why.isEmpty()) return why;
    const PushAbility ability = pushAbility();
    return ability.holdsRole || ability.canTake ? QString{} : ability.reason;
}

QString BufferHands::whyNotPoppable() const {
    if (hasReader() && readerUsage() > 0) return {};  // what is left can be taken
    return whyNotAttachable();
}

PushAbility BufferHands::pushAbility() const {
    if (isClassic())
        return {false, false, tr("A classic segment does not say who writes, so nothing is pushed to it from here.")};
    const auto& latest = m_story.latest();
    const auto outlook = latest ? shared_cbuff::outlook(latest->sample) : shared_cbuff::Outlook{};
    if (outlook.trouble == Trouble::damaged) return {false, false, whyNotAttachable()};
    if (m_writer) return {true, false, tr("The writer role is held here.")};
    if (!latest) return {false, false, tr("Waiting for the first sample.")};
    const auto pid = latest->sample.writer.pid;
    if (!outlook.can_attach)
        return {false, false, tr("The buffer has lost its name, so its writer role can no longer be taken.")};
    if (outlook.can_push) {
        return {false, true,
                outlook.trouble == Trouble::abandoned
                    ? tr("The last writer, pid %1, died. The role can be taken over.").arg(pid)
                    : tr("The writer role is vacant. Take it to push.")};
    }
    if (latest->sample.writer.is_locked)
        return {false, false,
                tr("The writer role is locked by a process that does not say who it is. Stop that process.")};
    const bool isOurs = std::ranges::any_of(
        m_helpers, [&](const auto& helper) { return helper->isAlive() && helper->status().pid == pid; });
    return {false, false,
            isOurs ? tr("The writer role is held by the producer with pid %1; stop it to push by hand.").arg(pid)
                   : tr("The writer role is held by pid %1. Stop that process, or push through it.").arg(pid)};
}

// ---- Pushing

CommandResult BufferHands::takeWriterRole() {
    if (m_writer) return {};
    if (const QString why = whyNotAttachable(); !why.isEmpty()) return {0, why};
    try {
        m_writer.emplace(shared_cbuff::Writer::take_over(nameBytes(), m_story.facts().geometry));
    } catch (const CBuffException& error) {
        return {0, sentence(error)};
    }
    Q_EMIT writerRoleChanged();
    return {};
}

void BufferHands::releaseWriterRole() {
    if (!m_writer) return;
    m_writer->release();
    m_writer.reset();
    Q_EMIT writerRoleChanged();
}

CommandResult BufferHands::push(const std::vector<std::byte>& items) {
    if (!m_writer) return {0, pushAbility().reason};
    if (!m_writer->intact()) return {0, tr("The segment was truncated by another process; nothing was pushed.")};
    const std::uint64_t wanted = items.size() / m_story.facts().geometry.item_size;
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

// ---- Popping

CommandResult BufferHands::attachReader() {
    if (m_reader) return {};
    if (const QString why = whyNotAttachable(); !why.isEmpty()) return {0, why};
    try {
        shared_cbuff::ReaderOptions options;
        options.label = "workbench";
        if (isClassic()) options.geometry = m_story.facts().geometry;
        m_reader.emplace(shared_cbuff::Reader::attach(nameBytes(), options));
    } catch (const CBuffException& error) {
        return {0, sentence(error)};
    }
    Q_EMIT readerChanged();
    Q_EMIT readerMoved();
    return {};
}

void BufferHands::detachReader() {
    if (!m_reader) return;
    m_reader.reset();
    Q_EMIT readerChanged();
    Q_EMIT readerMoved();
}

std::uint64_t BufferHands::readerUsage() const {
    try {
        return m_reader && m_reader->intact() ? m_reader->usage() : 0;
    } catch (const CBuffException&) {
        return 0;  // the next sample tells what is wrong with the segment
    }
}

std::optional<std::uint64_t> BufferHands::readerPosition() const {
    return m_reader ? std::optional{m_reader->position()} : std::nullopt;
}

ItemsResult BufferHands::pop(std::uint64_t count) {
    ItemsResult result;
    if (const CommandResult attached = attachReader(); !attached.ok()) {
        result.problem = attached.problem;
        return result;
    }
    if (!m_reader->intact()) {
        result.problem = tr("The segment was truncated by another process; nothing was popped.");
        return result;
    }
    const auto [itemSize, length] = m_story.facts().geometry;
    result.bytes.resize(std::min(count, length) * itemSize);
    try {
        result.count = m_reader->pop_many(result.bytes);
        result.bytes.resize(result.count * itemSize);
        if (result.count == 0) result.problem = tr("Nothing to pop: this reader has taken every item (an underflow).");
    } catch (const CBuffException& error) {
        result.bytes.clear();
        result.problem = sentence(error);
    }
    Q_EMIT readerMoved();
    return result;
}

// ---- Helpers

HelperProcess* BufferHands::startHelper(HelperOptions options) {
    options.buffer = m_story.name();
    if (isClassic()) {
        options.itemSize = static_cast<qint64>(m_story.facts().geometry.item_size);
        options.length = static_cast<qint64>(m_story.facts().geometry.length);
    }
    if (options.role == HelperRole::Producer && m_writer) {
        releaseWriterRole();
        Q_EMIT happened({.kind = EventKind::RoleHanded});
    }
    auto* helper = m_helpers.emplace_back(std::make_unique<HelperProcess>(std::move(options))).get();
    connect(helper, &HelperProcess::changed, this, &BufferHands::helpersChanged);
    connect(helper, &HelperProcess::ended, this, [this, helper] {
        const bool crashed = helper->status().state == HelperState::Crashed;
        tellOf(crashed ? EventKind::HelperCrashed : EventKind::HelperEnded, *helper);
        Q_EMIT helpersChanged();
    });
    helper->start();
    tellOf(EventKind::HelperStarted, *helper);
    Q_EMIT helpersChanged();
    return helper;
}

void BufferHands::tellOf(EventKind kind, const HelperProcess& helper) {
    Q_EMIT happened({.kind = kind,
                     .pid = static_cast<std::uint32_t>(helper.status().pid),
                     .isConsumer = helper.options().role == HelperRole::Consumer,
                     .detail = kind == EventKind::HelperStarted ? QString{} : helper.status().message});
}

void BufferHands::removeHelper(HelperProcess* helper) {
    std::erase_if(m_helpers, [&](const auto& held) { return held.get() == helper; });
    Q_EMIT helpersChanged();
}

void BufferHands::stopHelpers() {
    for (const auto& helper : m_helpers) helper->stop();
}

}  // namespace workbench
