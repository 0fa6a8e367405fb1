#pragma once
// One end of the talk with a helper, without the process: orders with their ids on the way out, what it says on the way
// in, and the status that comes of both.
// Thread contract: one thread. Asks no clock and opens nothing.

#include <QByteArray>
#include <QCoreApplication>
#include <QString>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "helpers/protocol.hpp"

namespace workbench {

/// Ended: as asked. Failed: it refused or gave up, and said why. Crashed: a signal ended it, or it could not start.
enum class HelperState { Starting, Running, Paused, Ended, Failed, Crashed };

/// What a helper last said of itself.
struct HelperStatus {
    HelperState state = HelperState::Starting;
    qint64 pid = 0;
    double rate = 0;                                    ///< items/s over its last interval
    std::optional<double> rateTarget = std::nullopt;    ///< nothing: as fast as it can
    std::optional<HelperStart> start = std::nullopt;    ///< nothing until it has introduced itself
    std::optional<HelperReport> report = std::nullopt;  ///< its last counters; nothing until it has told some
    std::optional<HelperAck> lastAck = std::nullopt;    ///< its answer to the last order that it has answered
    QString message = {};                               ///< its last word: what an order came to, or why it ended
};

/// What an order came to, in words.
QString shownAck(const HelperAck& ack);

class HelperConversation {
    Q_DECLARE_TR_FUNCTIONS(HelperConversation)
public:
    explicit HelperConversation(std::optional<double> rateTarget) { m_status.rateTarget = rateTarget; }

    const HelperStatus& status() const { return m_status; }
    /// It has ended, in whatever way; nothing that comes later changes how.
    bool isOver() const { return m_over; }

    /// The line to send, with the next id and a line feed.
    QByteArray order(const HelperOrder& order);
    /// The id of the latest order; 0 before the first.
    std::uint64_t lastId() const { return m_lastId; }

    /// Bytes from its stdout, wherever they are cut. True if they said something of the protocol; lines that are none
    /// of it, and those longer than longestLine, are passed over.
    bool takeOutput(std::string_view bytes);
    /// Bytes from its stderr: the last line is its last word if it has no better one.
    void takeErrors(std::string_view bytes);
    /// The acknowledgements since the last call, in order.
    std::vector<HelperAck> takeAcks() { return std::exchange(m_acks, {}); }

    void started(qint64 pid) { m_status.pid = pid; }
    void couldNotStart(const QString& why) { conclude(HelperState::Crashed, why); }
    void exited(int exitCode);
    void endedBySignal(int signal);
    void killedFromHere();

    static constexpr std::size_t longestLine = 1 << 16;

private:
    bool takeLine(std::string_view line);
    void take(const HelperStart& start);
    void take(const HelperReport& report);
    void take(const HelperAck& ack);
    void take(const HelperEnd& end);
    void conclude(HelperState state, const QString& message);

    HelperStatus m_status;
    std::uint64_t m_lastId = 0;
    std::string m_line;      // of stdout, not yet whole
    bool m_tooLong = false;  // the rest of that line is passed over
    std::string m_errors;    // the end of stderr
    QString m_endMessage;
    std::vector<HelperAck> m_acks;
    bool m_over = false;
};

}  // namespace workbench
