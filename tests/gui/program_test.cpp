#include <gtest/gtest.h>
#include <signal.h>

#include <QFile>
#include <QImage>
#include <QProcess>
#include <QProcessEnvironment>
#include <QTemporaryDir>
#include <QTest>

#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/eventually.hpp"
#include "test_support/segments.hpp"

namespace workbench {
namespace {

using test_support::ScopedName;

constexpr int patienceMs = static_cast<int>(test_support::patience.count());

/// Field 4 of /proc/PID/stat: tells our demo's helpers from those of another demo on the machine.
qint64 parentOf(std::uint32_t pid) {
    QFile stat{QStringLiteral("/proc/%1/stat").arg(pid)};
    if (!stat.open(QIODevice::ReadOnly)) return 0;
    const QByteArray line = stat.readAll();
    return line.mid(line.lastIndexOf(')') + 2).split(' ').value(1).toLongLong();
}

class Program : public testing::Test {
protected:
    void start(const QStringList& arguments) {
        m_process.start(QStringLiteral(CBUFF_WORKBENCH_PROGRAM), arguments);
        ASSERT_TRUE(m_process.waitForStarted(patienceMs));
    }
    int run(const QStringList& arguments) {
        m_process.start(QStringLiteral(CBUFF_WORKBENCH_PROGRAM), arguments);
        EXPECT_TRUE(m_process.waitForFinished(patienceMs));
        return m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }
    ~Program() override {
        m_process.kill();
        m_process.waitForFinished(patienceMs);
    }
    /// Not the shell any more that it began as.
    bool isTheProgram() const {
        return QFile::symLinkTarget(QStringLiteral("/proc/%1/exe").arg(m_process.processId()))
            .endsWith(QStringLiteral("cbuff-workbench"));
    }
    QProcess m_process;
    QTemporaryDir m_folder;
};

TEST_F(Program, TellsHelpAndVersion) {
    EXPECT_EQ(run({QStringLiteral("--help")}), 0);
    EXPECT_TRUE(m_process.readAllStandardOutput().contains("--screenshot"));
    EXPECT_EQ(run({QStringLiteral("--version")}), 0);
    EXPECT_TRUE(m_process.readAllStandardOutput().contains("0.1.0"));
}

TEST_F(Program, NeedsNoDisplayForHelp) {
    QProcessEnvironment bare;
    bare.insert(QStringLiteral("PATH"), QStringLiteral("/usr/bin:/bin"));
    m_process.setProcessEnvironment(bare);
    EXPECT_EQ(run({QStringLiteral("--help")}), 0);
    EXPECT_EQ(run({QStringLiteral("--version")}), 0);
}

TEST_F(Program, SaysThatThereIsNoDisplay) {
    QProcessEnvironment bare = QProcessEnvironment::systemEnvironment();
    for (const char* variable : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
        bare.remove(QString::fromLatin1(variable));
    for (const char* display : {"", ":64999"}) {
        if (*display != '\0') bare.insert(QStringLiteral("DISPLAY"), QString::fromLatin1(display));
        m_process.setProcessEnvironment(bare);
        EXPECT_EQ(run({QStringLiteral("--demo")}), 1);
        const QByteArray said = m_process.readAllStandardError();
        EXPECT_TRUE(said.startsWith("cbuff-workbench: no display: ")) << said.toStdString();
        EXPECT_TRUE(said.contains("QT_QPA_PLATFORM=offscreen")) << said.toStdString();
        EXPECT_EQ(said.count('\n'), 1) << said.toStdString();
    }
}

TEST_F(Program, JudgesTheCommandLineBeforeTheDisplay) {
    QProcessEnvironment bare = QProcessEnvironment::systemEnvironment();
    for (const char* variable : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
        bare.remove(QString::fromLatin1(variable));
    m_process.setProcessEnvironment(bare);
    for (const char* wrong : {"--nope", "--after=x"}) {
        EXPECT_EQ(run({QString::fromLatin1(wrong)}), 2) << wrong;
        EXPECT_FALSE(m_process.readAllStandardError().contains("display")) << wrong;
    }
    bare.insert(QStringLiteral("DISPLAY"), QStringLiteral(""));
    m_process.setProcessEnvironment(bare);
    run({QStringLiteral("--demo")});
    EXPECT_FALSE(m_process.readAllStandardError().contains(" ;"));
}

TEST_F(Program, NamesThePlatformThatIsNotThere) {
    QProcessEnvironment wrong = QProcessEnvironment::systemEnvironment();
    wrong.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("nonsense"));
    m_process.setProcessEnvironment(wrong);
    EXPECT_EQ(run({QStringLiteral("--demo")}), 1);
    const QByteArray said = m_process.readAllStandardError();
    EXPECT_TRUE(said.contains("nonsense")) << said.toStdString();
    EXPECT_TRUE(said.contains("offscreen")) << said.toStdString();
    EXPECT_FALSE(said.contains("DISPLAY")) << said.toStdString();
}

TEST_F(Program, SaysWhenItsVersionCannotBeWritten) {
    for (const char* streams : {">&-", "> /dev/full"}) {
        for (const char* wish : {"--version", "--help"}) {
            m_process.start(QStringLiteral("/bin/sh"),
                            {QStringLiteral("-c"),
                             QStringLiteral("exec \"$0\" %1 %2").arg(QLatin1String{wish}, QLatin1String{streams}),
                             QStringLiteral(CBUFF_WORKBENCH_PROGRAM)});
            ASSERT_TRUE(m_process.waitForFinished(patienceMs));
            EXPECT_EQ(m_process.exitCode(), 1) << wish << streams;
            EXPECT_TRUE(m_process.readAllStandardError().contains("stdout")) << wish << streams;
        }
    }
}

TEST_F(Program, TakesNoWarningForASignalWithoutStandardStreams) {
    const QString file = m_folder.filePath(QStringLiteral("picture.png"));
    m_process.start(QStringLiteral("/bin/sh"),
                    {QStringLiteral("-c"),
                     QStringLiteral("exec \"$0\" no-such-buffer --screenshot \"$1\" --after 0.5 <&- >&- 2>&-"),
                     QStringLiteral(CBUFF_WORKBENCH_PROGRAM), file});
    ASSERT_TRUE(m_process.waitForFinished(patienceMs));
    EXPECT_EQ(m_process.exitCode(), 0);
    EXPECT_TRUE(QFile::exists(file));
}

TEST_F(Program, LeavesAnInterruptAloneThatWasIgnored) {
    const QString file = m_folder.filePath(QStringLiteral("picture.png"));
    m_process.start(
        QStringLiteral("/bin/sh"),
        {QStringLiteral("-c"), QStringLiteral("trap '' INT TERM; exec \"$0\" --screenshot \"$1\" --after 0.5"),
         QStringLiteral(CBUFF_WORKBENCH_PROGRAM), file});
    // Again and again, from before the program to its end: 130 if one of them counted.
    ASSERT_TRUE(m_process.waitForStarted(patienceMs));
    while (!m_process.waitForFinished(20) && m_process.state() != QProcess::NotRunning) {
        if (isTheProgram()) {
            ::kill(static_cast<pid_t>(m_process.processId()), SIGINT);
            ::kill(static_cast<pid_t>(m_process.processId()), SIGTERM);
        }
    }
    EXPECT_EQ(m_process.exitStatus(), QProcess::NormalExit);
    EXPECT_EQ(m_process.exitCode(), 0);
}

TEST_F(Program, RefusesAnUnknownOption) {
    EXPECT_EQ(run({QStringLiteral("--nope")}), 2);
    EXPECT_TRUE(m_process.readAllStandardError().contains("nope"));
}

TEST_F(Program, SaysWhyThereIsNoDemo) {
    // No file may grow beyond 1 KiB, so no segment can be reserved.
    m_process.start(
        QStringLiteral("/bin/sh"),
        {QStringLiteral("-c"), QStringLiteral("ulimit -f 2; exec \"$0\" --demo --screenshot \"$1\" --after 0"),
         QStringLiteral(CBUFF_WORKBENCH_PROGRAM), m_folder.filePath(QStringLiteral("never.png"))});
    ASSERT_TRUE(m_process.waitForFinished(patienceMs));
    EXPECT_EQ(m_process.exitCode(), 1);
    EXPECT_TRUE(m_process.readAllStandardError().contains("file size limit"));
}

TEST_F(Program, RefusesWrongArgumentsWithASentence) {
    for (const char* wrong : {"--after=x", "--after=-1", "--size=big", "--theme=pink"}) {
        EXPECT_EQ(run({QString::fromLatin1(wrong)}), 2) << wrong;
        EXPECT_TRUE(m_process.readAllStandardError().contains("takes")) << wrong;
    }
}

TEST_F(Program, TakesAScreenshotOfARealBuffer) {
    const ScopedName name{"picture"};
    const auto writer = shared_cbuff::Writer::create(name, {.item_size = 8, .length = 16});
    const QString file = m_folder.filePath(QStringLiteral("picture.png"));
    EXPECT_EQ(run({QString::fromStdString(name), QStringLiteral("--screenshot"), file, QStringLiteral("--after"),
                   QStringLiteral("0.5"), QStringLiteral("--size"), QStringLiteral("1000x700")}),
              0);
    const QImage picture{file};
    EXPECT_EQ(picture.size(), QSize(1000, 700));
    EXPECT_TRUE(name.exists());
}

TEST_F(Program, SaysWhenAPictureCannotBeWritten) {
    EXPECT_EQ(run({QStringLiteral("--screenshot"), QStringLiteral("/no/such/folder/p.png"), QStringLiteral("--after"),
                   QStringLiteral("0")}),
              1);
    EXPECT_TRUE(m_process.readAllStandardError().contains("/no/such/folder/p.png"));
}

TEST_F(Program, RunsTheDemoIntoAnOverflowAndLeavesNothingBehind) {
    start({QStringLiteral("--demo")});
    std::string name;
    const auto overflows = [&] {
        for (const auto& segment : shared_cbuff::list_segments()) {
            if (!segment.sample || !segment.name.starts_with("demo")) continue;
            for (const auto& reader : segment.sample->readers) {
                if (reader.label() != "slow" || reader.lost == 0) continue;
                if (parentOf(reader.pid) != m_process.processId()) continue;
                name = segment.name;
                return segment.sample->readers.size() == 2;
            }
        }
        return false;
    };
    EXPECT_TRUE(QTest::qWaitFor(overflows, patienceMs));
    ASSERT_FALSE(name.empty());
    ::kill(static_cast<pid_t>(m_process.processId()), SIGHUP);  // its terminal was closed
    ASSERT_TRUE(m_process.waitForFinished(patienceMs));
    EXPECT_EQ(m_process.exitCode(), 130);
    shared_cbuff::SegmentIdentity present;
    EXPECT_FALSE(shared_cbuff::Segment::find(name, present));
}

}  // namespace
}  // namespace workbench
