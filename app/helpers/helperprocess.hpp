#pragma once
// A producer or consumer on a buffer: the very `cbuff produce` or `cbuff consume` a user has, run as a child process,
// steered by lines on its stdin and seen only through the JSON lines on its stdout.
// Thread contract: the GUI's thread. A helper that crashes takes nothing with it.

#include <QJsonObject>
#include <QObject>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

namespace workbench {

enum class HelperRole { Producer, Consumer };
/// Ended: as asked. Failed: it refused or gave up, and said why. Crashed: a signal ended it, or it could not start.
enum class HelperState { Starting, Running, Paused, Ended, Failed, Crashed };

QString toString(HelperRole role);
QString toString(HelperState state);

/// What a helper is started with; the options of `cbuff produce` and `cbuff consume`.
struct HelperOptions {
    HelperRole role = HelperRole::Producer;
    QString buffer;
    std::optional<double> rate = 100;  ///< items/s; nothing: as fast as it can
    std::optional<qint64> count;       ///< items, then it ends
    std::optional<double> durationSeconds;
    bool catchUp = true;  ///< missed slots are made up for, not dropped
    // producers
    QString pattern = QStringLiteral("counter");
    int burst = 1;
    std::optional<qint64> seed;
    // consumers
    int batch = 1;
    bool verifyCounter = false;
    bool fromNewest = false;
    QString label;
    // when the producer also creates the buffer, or the segment is classic
    bool create = false;
    std::optional<qint64> itemSize;
    std::optional<qint64> length;
    bool reject = false;

    QStringList arguments() const;
};

/// What a helper last said of itself. Counters are null until it has said them.
struct HelperStatus {
    HelperState state = HelperState::Starting;
    qint64 pid = 0;
    double rate = 0;  ///< items/s over its last interval
    std::optional<double> rateTarget;
    QJsonObject counters;  ///< of its last report
    QString message;       ///< why it ended, or what it refused
};

class HelperProcess : public QObject {
    Q_OBJECT
public:
    explicit HelperProcess(HelperOptions options, QObject* parent = nullptr);
    /// Kills it if it still runs. Where there is time for a goodbye, endAll() gives it.
    ~HelperProcess() override;
    /// Asks all of them to stop, waits for a moment that they share, and kills those that are left.
    static void endAll(const std::vector<HelperProcess*>& helpers);

    void start();
    void setRate(std::optional<double> itemsPerSecond);
    void pause();
    void resume();
    void step(int items);
    void stop();
    void kill();

    bool isAlive() const;
    const HelperOptions& options() const { return m_options; }
    const HelperStatus& status() const { return m_status; }

    /// The `cbuff` that stands beside this program, else the one in PATH; empty if there is none.
    static QString findProgram();

Q_SIGNALS:
    void changed();
    /// Once, when it has ended in whatever way; status() says how.
    void ended();

private:
    void send(const QString& line);
    void readOutput();
    void readErrors();
    void take(const QJsonObject& line);
    void finish(int exitCode, QProcess::ExitStatus exitStatus);
    void failToStart(QProcess::ProcessError error);
    void conclude(HelperState state, const QString& message);

    HelperOptions m_options;
    HelperStatus m_status;
    QProcess m_process;
    QByteArray m_errors;  // the last lines of stderr
    bool m_concluded = false;
    bool m_killed = false;
};

}  // namespace workbench
