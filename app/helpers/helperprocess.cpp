#include "helpers/helperprocess.hpp"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QStandardPaths>
#include <algorithm>
#include <csignal>

namespace workbench {
namespace {

constexpr int goodbyeMs = 1500;

QString number(double value) { return QString::number(value, 'g', 12); }

QString rateText(const std::optional<double>& rate) { return rate ? number(*rate) : QStringLiteral("max"); }

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

HelperProcess::HelperProcess(HelperOptions options, QObject* parent)
    : QObject{parent}, m_options{std::move(options)}, m_conversation{m_options.rate} {
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
    const QString program = m_program ? *m_program : findProgram();
    if (program.isEmpty()) {
        m_conversation.couldNotStart(
            tr("the program cbuff was found neither beside this one nor in PATH; build or install it"));
        return tellEnd();
    }
    m_process.start(program, m_options.arguments());
    m_conversation.started(m_process.processId());
}

bool HelperProcess::isAlive() const { return m_process.state() != QProcess::NotRunning; }

std::optional<std::uint64_t> HelperProcess::send(const HelperOrder& order) {
    if (!isAlive()) return std::nullopt;
    m_process.write(m_conversation.order(order));
    return m_conversation.lastId();
}

std::optional<std::uint64_t> HelperProcess::setRate(std::optional<double> itemsPerSecond) {
    return send({.verb = HelperVerb::rate, .rate = itemsPerSecond});
}

std::optional<std::uint64_t> HelperProcess::pause() { return send({.verb = HelperVerb::pause}); }
std::optional<std::uint64_t> HelperProcess::resume() { return send({.verb = HelperVerb::resume}); }
std::optional<std::uint64_t> HelperProcess::step(std::uint64_t items) {
    return send({.verb = HelperVerb::step, .count = items});
}
std::optional<std::uint64_t> HelperProcess::stop() { return send({.verb = HelperVerb::stop}); }

void HelperProcess::kill() {
    m_killed = true;
    m_process.kill();
}

void HelperProcess::readOutput() {
    const QByteArray bytes = m_process.readAllStandardOutput();
    if (!m_conversation.takeOutput({bytes.data(), static_cast<std::size_t>(bytes.size())})) return;
    for (const HelperAck& ack : m_conversation.takeAcks()) Q_EMIT acknowledged(ack);
    Q_EMIT changed();
}

void HelperProcess::readErrors() {
    const QByteArray bytes = m_process.readAllStandardError();
    m_conversation.takeErrors({bytes.data(), static_cast<std::size_t>(bytes.size())});
}

void HelperProcess::finish(int exitCode, QProcess::ExitStatus exitStatus) {
    readOutput();
    readErrors();
    if (exitStatus == QProcess::NormalExit) {
        m_conversation.exited(exitCode);
    } else if (m_killed) {
        m_conversation.killedFromHere();
    } else {
        m_conversation.endedBySignal(exitCode);
    }
    tellEnd();
}

void HelperProcess::failToStart(QProcess::ProcessError error) {
    if (error != QProcess::FailedToStart) return;  // all else comes through finish()
    m_conversation.couldNotStart(tr("could not be started: %1").arg(m_process.errorString()));
    tellEnd();
}

void HelperProcess::tellEnd() {
    if (m_endTold) return;
    m_endTold = true;
    Q_EMIT changed();
    Q_EMIT ended();
}

}  // namespace workbench
