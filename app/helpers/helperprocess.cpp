#include "helpers/helperprocess.hpp"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QJsonDocument>
#include <QStandardPaths>
#include <algorithm>
#include <csignal>
#include <cstring>

namespace workbench {
namespace {

constexpr int goodbyeMs = 1500;
constexpr qsizetype keptErrors = 2000;

QString number(double value) { return QString::number(value, 'g', 12); }

QString rateText(const std::optional<double>& rate) { return rate ? number(*rate) : QStringLiteral("max"); }

QString signalName(int signal) {
    const char* text = ::strsignal(signal);
    return QStringLiteral("%1 (%2)").arg(signal).arg(QString::fromLocal8Bit(text));
}

}  // namespace

QString toString(HelperRole role) {
    return role == HelperRole::Producer ? HelperProcess::tr("producer") : HelperProcess::tr("consumer");
}

QString toString(HelperState state) {
    switch (state) {
        case HelperState::Starting:
            return HelperProcess::tr("starting");
        case HelperState::Running:
            return HelperProcess::tr("running");
        case HelperState::Paused:
            return HelperProcess::tr("paused");
        case HelperState::Ended:
            return HelperProcess::tr("ended");
        case HelperState::Failed:
            return HelperProcess::tr("failed");
        case HelperState::Crashed:
            return HelperProcess::tr("crashed");
    }
    return {};
}

QStringList HelperOptions::arguments() const {
    const bool producer = role == HelperRole::Producer;
    QStringList list{producer ? QStringLiteral("produce") : QStringLiteral("consume"), QStringLiteral("--control"),
                     QStringLiteral("--jsonl"), QStringLiteral("--rate"), rateText(rate)};
    const auto option = [&](const char* name, const QString& value) { list << QLatin1String{name} << value; };
    const auto flag = [&](bool set, const char* name) {
        if (set) list << QLatin1String{name};
    };
    if (count) option("--count", QString::number(*count));
    if (durationSeconds) option("--duration", number(*durationSeconds));
    flag(!catchUp, "--no-catch-up");
    if (itemSize && length) {
        option("--item-size", QString::number(*itemSize));
        option("--length", QString::number(*length));
    }
    if (producer) {
        option("--pattern", pattern);
        option("--burst", QString::number(burst));
        if (seed) option("--seed", QString::number(*seed));
        flag(create, "--create");
        if (create && reject) option("--policy", QStringLiteral("reject"));
    } else {
        option("--batch", QString::number(batch));
        if (verifyCounter) option("--verify", QStringLiteral("counter"));
        if (fromNewest) option("--from", QStringLiteral("newest"));
        if (!label.isEmpty()) option("--label", label);
    }
    list << QStringLiteral("--") << buffer;  // a name may begin with a dash
    return list;
}

HelperProcess::HelperProcess(HelperOptions options, QObject* parent) : QObject{parent}, m_options{std::move(options)} {
    m_status.rateTarget = m_options.rate;
    m_process.setProcessChannelMode(QProcess::SeparateChannels);
    m_process.setChildProcessModifier([] { ::signal(SIGXFSZ, SIG_DFL); });  // ignored by us, else by the helper
    connect(&m_process, &QProcess::readyReadStandardOutput, this, &HelperProcess::readOutput);
    connect(&m_process, &QProcess::readyReadStandardError, this, &HelperProcess::readErrors);
    connect(&m_process, &QProcess::finished, this, &HelperProcess::finish);
    connect(&m_process, &QProcess::errorOccurred, this, &HelperProcess::failToStart);
}

HelperProcess::~HelperProcess() {
    m_process.disconnect(this);
    if (!isAlive()) return;
    m_process.kill();
    m_process.waitForFinished(goodbyeMs);
}

void HelperProcess::endAll(const std::vector<HelperProcess*>& helpers) {
    for (HelperProcess* helper : helpers) {
        helper->stop();
        helper->m_process.closeWriteChannel();
    }
    QElapsedTimer waited;
    waited.start();
    for (HelperProcess* helper : helpers) {
        const auto left = std::max<qint64>(0, goodbyeMs - waited.elapsed());
        if (helper->isAlive()) helper->m_process.waitForFinished(static_cast<int>(left));
    }
}

QString HelperProcess::findProgram() {
    const QString beside = QCoreApplication::applicationDirPath() + QStringLiteral("/cbuff");
    if (QFileInfo{beside}.isExecutable()) return beside;
    return QStandardPaths::findExecutable(QStringLiteral("cbuff"));
}

void HelperProcess::start() {
    const QString program = findProgram();
    if (program.isEmpty()) {
        return conclude(HelperState::Crashed,
                        tr("the program cbuff was found neither beside this one nor in PATH; build or install it"));
    }
    m_process.start(program, m_options.arguments());
    m_status.pid = m_process.processId();
}

bool HelperProcess::isAlive() const { return m_process.state() != QProcess::NotRunning; }

void HelperProcess::send(const QString& line) {
    if (isAlive()) m_process.write(line.toUtf8() + '\n');
}

void HelperProcess::setRate(std::optional<double> itemsPerSecond) {
    send(QStringLiteral("rate ") + rateText(itemsPerSecond));
    m_status.rateTarget = itemsPerSecond;
    Q_EMIT changed();
}

void HelperProcess::pause() { send(QStringLiteral("pause")); }
void HelperProcess::resume() { send(QStringLiteral("resume")); }
void HelperProcess::step(int items) { send(QStringLiteral("step %1").arg(items)); }
void HelperProcess::stop() { send(QStringLiteral("stop")); }

void HelperProcess::kill() {
    m_killed = true;
    m_process.kill();
}

void HelperProcess::readOutput() {
    bool any = false;
    while (m_process.canReadLine()) {
        const auto document = QJsonDocument::fromJson(m_process.readLine());
        if (!document.isObject()) continue;  // not of the protocol: nothing we could act on
        take(document.object());
        any = true;
    }
    if (any) Q_EMIT changed();
}

void HelperProcess::readErrors() {
    m_errors += m_process.readAllStandardError();
    if (m_errors.size() > keptErrors) m_errors = m_errors.last(keptErrors);
}

void HelperProcess::take(const QJsonObject& line) {
    const QString event = line.value(u"event").toString();
    if (event == u"ack") {
        if (!line.value(u"ok").toBool()) m_status.message = line.value(u"error").toString();
        return;
    }
    if (event == u"start") {
        m_status.pid = line.value(u"pid").toInteger(m_status.pid);
        m_status.state = HelperState::Running;
        return;
    }
    if (event != u"report" && event != u"end") return;
    m_status.counters = line;
    m_status.rate = line.value(u"rate").toDouble();
    if (event == u"end") {
        m_status.message = line.value(u"message").toString();
        m_status.rate = 0;
        return;
    }
    const QJsonValue target = line.value(u"rate_target");
    m_status.rateTarget = target.isDouble() ? std::optional{target.toDouble()} : std::nullopt;
    m_status.state = line.value(u"paused").toBool() ? HelperState::Paused : HelperState::Running;
}

void HelperProcess::finish(int exitCode, QProcess::ExitStatus exitStatus) {
    readOutput();
    readErrors();
    if (exitStatus == QProcess::CrashExit) {
        const QString how =
            m_killed ? tr("was killed from here") : tr("was ended by signal %1").arg(signalName(exitCode));
        return conclude(HelperState::Crashed, how);
    }
    QString message = m_status.message;
    if (message.isEmpty()) message = QString::fromUtf8(m_errors).trimmed().section(u'\n', -1);
    if (message.isEmpty()) message = tr("ended with exit status %1").arg(exitCode);
    conclude(exitCode == 0 ? HelperState::Ended : HelperState::Failed, message);
}

void HelperProcess::failToStart(QProcess::ProcessError error) {
    if (error != QProcess::FailedToStart) return;  // all else comes through finish()
    conclude(HelperState::Crashed, tr("could not be started: %1").arg(m_process.errorString()));
}

void HelperProcess::conclude(HelperState state, const QString& message) {
    if (m_concluded) return;
    m_concluded = true;
    m_status.state = state;
    m_status.message = message;
    m_status.rate = 0;
    Q_EMIT changed();
    Q_EMIT ended();
}

}  // namespace workbench
