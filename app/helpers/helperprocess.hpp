#pragma once
// A producer or consumer on a buffer: the very `cbuff produce` or `cbuff consume` a user has, run as a child process,
// steered by orders on its stdin and seen only through its messages on stdout (helpers/protocol.hpp).
// Thread contract: the GUI's thread. A helper that crashes takes nothing with it.

#include <QObject>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

#include "helpers/helperconversation.hpp"

namespace workbench {

QString toString(HelperRole role);
QString toString(HelperState state);

/// What a helper is started with; the options of `cbuff produce` and `cbuff consume`.
struct HelperOptions {
    HelperRole role = HelperRole::Producer;
    QString buffer = {};
    std::optional<double> rate = 100;            ///< items/s; nothing: as fast as it can
    std::optional<qint64> count = std::nullopt;  ///< items, then it ends
    std::optional<double> durationSeconds = std::nullopt;
    bool catchUp = true;  ///< missed slots are made up for, not dropped
    // producers
    QString pattern = QStringLiteral("counter");
    int burst = 1;
    std::optional<qint64> seed = std::nullopt;
    // consumers
    int batch = 1;
    bool verifyCounter = false;
    bool fromNewest = false;
    QString label = {};
    // when the producer also creates the buffer, or the segment is classic
    bool create = false;
    std::optional<qint64> itemSize = std::nullopt;
    std::optional<qint64> length = std::nullopt;
    bool reject = false;

    QStringList arguments() const;
};

class HelperProcess : public QObject {
    Q_OBJECT
public:
    explicit HelperProcess(HelperOptions options, QObject* parent = nullptr);
    /// Kills it if it still runs. Where there is time for a goodbye, endAll() gives it.
    ~HelperProcess() override;
    /// Asks all of them to stop, waits for a moment that they share, and kills those that are left.
    static void endAll(const std::vector<HelperProcess*>& helpers);

    /// Another program than findProgram() gives; before start().
    void setProgram(const QString& path) { m_program = path; }
    void start();
    // Orders: the id that acknowledged() will tell, or nothing if it does not run any more.
    std::optional<std::uint64_t> setRate(std::optional<double> itemsPerSecond);
    std::optional<std::uint64_t> pause();
    std::optional<std::uint64_t> resume();
    std::optional<std::uint64_t> step(std::uint64_t items);
    std::optional<std::uint64_t> stop();
    void kill();

    bool isAlive() const;
    const HelperOptions& options() const { return m_options; }
    const HelperStatus& status() const { return m_conversation.status(); }

    /// The `cbuff` that stands beside this program, else the one in PATH; empty if there is none.
    static QString findProgram();

Q_SIGNALS:
    void changed();
    /// The answer to an order, done or refused: shownAck() has the words.
    void acknowledged(const workbench::HelperAck& ack);
    /// Once, when it has ended in whatever way; status() says how.
    void ended();

private:
    std::optional<std::uint64_t> send(const HelperOrder& order);
    void readOutput();
    void readErrors();
    void finish(int exitCode, QProcess::ExitStatus exitStatus);
    void failToStart(QProcess::ProcessError error);
    void tellEnd();

    HelperOptions m_options;
    std::optional<QString> m_program;
    HelperConversation m_conversation;
    QProcess m_process;
    bool m_killed = false;
    bool m_endTold = false;
};

}  // namespace workbench
