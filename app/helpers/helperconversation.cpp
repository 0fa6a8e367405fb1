#include "helpers/helperconversation.hpp"

#include <QLocale>
#include <cstring>
#include <stdexcept>

#include "values/names.hpp"

namespace workbench {
namespace {

constexpr std::size_t keptErrors = 2000;

std::string_view withoutBlankEnd(std::string_view text) {
    const auto last = text.find_last_not_of(" \t\r\n");
    return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

/// The last line that is not blank.
std::string_view lastLine(std::string_view text) {
    text = withoutBlankEnd(text);
    return text.substr(text.find_last_of('\n') + 1);  // npos + 1 is 0
}

/// What was ordered; nothing if the helper echoes something that is no order.
std::optional<HelperOrder> orderOf(const HelperAck& ack) {
    try {
        return parseOrder(ack.command);
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

}  // namespace

QString shownAck(const HelperAck& ack) {
    if (!ack.ok) return shownSentence(ack.error);
    const auto order = orderOf(ack);
    if (!order) return shownSentence(ack.command);
    switch (order->verb) {
        case HelperVerb::rate:
            return order->rate
                       ? HelperConversation::tr("rate set to %1 items/s").arg(QLocale{}.toString(*order->rate, 'g', 12))
                       : HelperConversation::tr("rate set to as fast as it can");
        case HelperVerb::pause:
            return HelperConversation::tr("paused");
        case HelperVerb::resume:
            return HelperConversation::tr("resumed");
        case HelperVerb::step:
            return HelperConversation::tr("stepped by %L1 items").arg(order->count);
        case HelperVerb::stop:
            return HelperConversation::tr("stopping");
    }
    return {};
}

QByteArray HelperConversation::order(const HelperOrder& order) {
    return QByteArray::fromStdString(encode(order, ++m_lastId)) + '\n';
}

bool HelperConversation::takeOutput(std::string_view bytes) {
    bool any = false;
    while (!bytes.empty()) {
        const auto feed = bytes.find('\n');
        const std::string_view part = bytes.substr(0, feed);
        m_tooLong = m_tooLong || m_line.size() + part.size() > longestLine;
        m_tooLong ? m_line.clear() : static_cast<void>(m_line.append(part));
        if (feed == std::string_view::npos) break;
        if (!m_tooLong) any = takeLine(m_line) || any;
        m_line.clear();
        m_tooLong = false;
        bytes.remove_prefix(feed + 1);
    }
    return any;
}

void HelperConversation::takeErrors(std::string_view bytes) {
    m_errors.append(bytes);
    if (m_errors.size() > keptErrors) m_errors.erase(0, m_errors.size() - keptErrors);
}

bool HelperConversation::takeLine(std::string_view line) {
    const auto decoded = decodeMessage(line);
    if (!decoded || m_over) return false;
    std::visit([this](const auto& message) { take(message); }, decoded->message);
    return true;
}

void HelperConversation::take(const HelperStart& start) {
    m_status.start = start;
    m_status.pid = start.pid;
    m_status.state = HelperState::Running;
}

void HelperConversation::take(const HelperReport& report) {
    m_status.report = report;
    m_status.rate = report.rate.value_or(0);
    m_status.rateTarget = report.rateTarget;
    m_status.state = report.paused ? HelperState::Paused : HelperState::Running;
}

/// A report follows, but it may find no room; an acknowledgement always arrives.
void HelperConversation::take(const HelperAck& ack) {
    m_status.lastAck = ack;
    m_status.message = shownAck(ack);
    m_acks.push_back(ack);
    const auto order = ack.ok ? orderOf(ack) : std::nullopt;
    if (!order) return;
    if (order->verb == HelperVerb::rate) m_status.rateTarget = order->rate;
    if (order->verb == HelperVerb::pause) m_status.state = HelperState::Paused;
    if (order->verb == HelperVerb::resume) m_status.state = HelperState::Running;
}

void HelperConversation::take(const HelperEnd& end) {
    if (end.totals) m_status.report = end.totals;
    m_status.rate = 0;
    m_endMessage = shownSentence(end.message);
    m_status.message = m_endMessage;
}

void HelperConversation::exited(int exitCode) {
    QString message = m_endMessage;
    if (message.isEmpty()) message = shownSentence(lastLine(m_errors));
    if (message.isEmpty()) message = tr("ended with exit status %1").arg(exitCode);
    conclude(exitCode == 0 ? HelperState::Ended : HelperState::Failed, message);
}

void HelperConversation::endedBySignal(int signal) {
    const QString name = QString::fromLocal8Bit(::strsignal(signal));
    conclude(HelperState::Crashed, tr("was ended by signal %1 (%2)").arg(signal).arg(name));
}

void HelperConversation::killedFromHere() { conclude(HelperState::Crashed, tr("was killed from here")); }

void HelperConversation::conclude(HelperState state, const QString& message) {
    if (m_over) return;
    m_over = true;
    m_status.state = state;
    m_status.message = message;
    m_status.rate = 0;
}

}  // namespace workbench
