#include "helpers/helperprocess.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <algorithm>
#include <string>
#include <vector>

#include "shared_cbuff/geometry.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/eventually.hpp"
#include "test_support/segments.hpp"

namespace workbench {
namespace {

using shared_cbuff::Writer;
using test_support::ScopedName;

constexpr int patienceMs = static_cast<int>(test_support::patience.count());

TEST(HelperOptions, MakeTheCommandLineAUserWouldType) {
    HelperOptions options;
    options.buffer = QStringLiteral("-odd name");
    options.rate = std::nullopt;
    options.count = 5;
    options.catchUp = false;
    options.burst = 3;
    options.seed = 9;
    EXPECT_EQ(options.arguments().join(u' '),
              QStringLiteral("produce --control --jsonl --rate max --count 5 --no-catch-up --pattern counter --burst 3 "
                             "--seed 9 -- -odd name"));
}

TEST(HelperOptions, GiveConsumersTheirOwnOptionsOnly) {
    HelperOptions options;
    options.role = HelperRole::Consumer;
    options.buffer = QStringLiteral("b");
    options.rate = 0.5;
    options.batch = 4;
    options.verifyCounter = true;
    options.label = QStringLiteral("slow");
    options.fromNewest = true;
    EXPECT_EQ(options.arguments().join(u' '),
              QStringLiteral(
                  "consume --control --jsonl --rate 0.5 --batch 4 --verify counter --from newest --label slow -- b"));
}

/// A helper, what it told, and waiting for it: the event loop wakes at each change, nobody sleeps.
class Watched {
public:
    explicit Watched(HelperOptions options) : m_helper{std::move(options)} {
        QObject::connect(&m_helper, &HelperProcess::acknowledged, &m_helper,
                         [this](const HelperAck& ack) { m_acks.push_back(ack); });
        QObject::connect(&m_helper, &HelperProcess::ended, &m_helper, [this] { ++m_ends; });
    }

    HelperProcess* operator->() { return &m_helper; }
    const HelperStatus& status() const { return m_helper.status(); }
    int ends() const { return m_ends; }

    template <class Predicate>
    bool waitUntil(Predicate&& predicate) {
        QSignalSpy changes{&m_helper, &HelperProcess::changed};
        while (!predicate()) {
            if (!changes.wait(patienceMs)) return false;
        }
        return true;
    }
    bool waitFor(HelperState state) {
        return waitUntil([&] { return status().state == state; });
    }
    bool waitForEnd() {
        return waitUntil([&] { return m_ends > 0; }) && m_ends == 1;
    }
    /// The answer to this order, or a refusal of the test's own if none came.
    HelperAck answerTo(std::optional<std::uint64_t> id) {
        const auto find = [&] { return std::ranges::find(m_acks, id, &HelperAck::id); };
        const bool came = id && waitUntil([&] { return find() != m_acks.end(); });
        return came ? *find() : HelperAck{.error = "no answer came"};
    }

private:
    HelperProcess m_helper;
    std::vector<HelperAck> m_acks;
    int m_ends = 0;
};

HelperOptions producerOf(const ScopedName& name) {
    HelperOptions options;
    options.buffer = QString::fromStdString(name.str());
    options.create = true;
    options.itemSize = 8;
    options.length = 16;
    options.rate = 1000;
    return options;
}

HelperOptions consumerOf(const ScopedName& name) {
    HelperOptions options;
    options.role = HelperRole::Consumer;
    options.buffer = QString::fromStdString(name.str());
    return options;
}

/// As a program with the Python package leaves it before its first push.
void makeClassic(const ScopedName& name, const shared_cbuff::Geometry& geometry) {
    test_support::make_segment(name, std::vector<std::byte>(shared_cbuff::classic_segment_size(geometry)));
}

/// A program that a shell script plays; it is given what a helper is given.
class Impostor {
public:
    explicit Impostor(const QByteArray& script) {
        QFile file{path()};
        EXPECT_TRUE(file.open(QIODevice::WriteOnly));
        file.write("#!/bin/sh\n" + script + '\n');
        file.close();
        EXPECT_TRUE(file.setPermissions(QFile::ReadOwner | QFile::ExeOwner));
    }
    QString path() const { return m_folder.filePath(QStringLiteral("cbuff")); }

private:
    QTemporaryDir m_folder;
};

// ---- Real helpers

TEST(HelperProcess, TellsWhoTheProducerIsAndWhatItPushed) {
    const ScopedName name;
    HelperOptions options = producerOf(name);
    options.count = 5;
    Watched producer{options};
    producer->start();
    ASSERT_TRUE(producer.waitForEnd());
    EXPECT_EQ(producer.status().state, HelperState::Ended);
    EXPECT_EQ(producer.status().message, QStringLiteral("all 5 items are pushed"));
    const HelperStart& start = producer.status().start.value();
    EXPECT_EQ(start, (HelperStart{HelperRole::Producer, producer.status().pid, name.str(), 8, 16, true, {}}));
    EXPECT_EQ(producer.status().report.value().totals, HelperTotals(ProducerTotals{.pushed = 5}));
    EXPECT_FALSE(name.exists());
}

TEST(HelperProcess, TellsWhichSlotTheConsumerHasAndWhatItPopped) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    HelperOptions options = consumerOf(name);
    options.verifyCounter = true;
    options.count = 4;
    for (std::uint64_t item = 0; item < 7; ++item) writer.push(item);
    Watched consumer{options};
    consumer->start();
    ASSERT_TRUE(consumer.waitForEnd());
    EXPECT_EQ(consumer.status().state, HelperState::Ended);
    EXPECT_EQ(consumer.status().start.value().slot, 0u);
    const auto& totals = std::get<ConsumerTotals>(consumer.status().report.value().totals);
    EXPECT_EQ(totals.popped, 4u);
    EXPECT_EQ(totals.verify, VerifyTotals{});
}

TEST(HelperProcess, GivesAConsumerOfAClassicSegmentItsGeometry) {
    const ScopedName name;
    makeClassic(name, {3, 16});
    HelperOptions options = consumerOf(name);
    options.itemSize = 3;
    options.length = 16;
    Watched consumer{options};
    consumer->start();
    ASSERT_TRUE(consumer.waitFor(HelperState::Running)) << consumer.status().message.toStdString();
    const HelperStart& start = consumer.status().start.value();
    EXPECT_EQ(start.itemSize, 3u);
    EXPECT_EQ(start.length, 16u);
    EXPECT_EQ(start.slot, std::nullopt);
    consumer->stop();
    EXPECT_TRUE(consumer.waitForEnd());
}

TEST(HelperProcess, FailsOnAClassicSegmentWithoutAGeometry) {
    const ScopedName name;
    makeClassic(name, {3, 16});
    Watched consumer{consumerOf(name)};
    consumer->start();
    ASSERT_TRUE(consumer.waitForEnd());
    EXPECT_EQ(consumer.status().state, HelperState::Failed);
    EXPECT_TRUE(consumer.status().message.contains(QStringLiteral("geometry")))
        << consumer.status().message.toStdString();
}

TEST(HelperProcess, TellsTheAnswerToEachOrder) {
    const ScopedName name;
    Watched producer{producerOf(name)};
    producer->start();
    const auto paused = producer->pause();
    const auto stepped = producer->step(3);
    const auto rated = producer->setRate(2.5);
    const auto fast = producer->setRate(std::nullopt);
    const auto tooFast = producer->setRate(1e10);
    const auto resumed = producer->resume();
    const auto tooLate = producer->step(3);
    EXPECT_EQ(producer.answerTo(paused), (HelperAck{paused, "pause", true, ""}));
    EXPECT_EQ(producer.answerTo(stepped), (HelperAck{stepped, "step 3", true, ""}));
    EXPECT_EQ(producer.answerTo(rated), (HelperAck{rated, "rate 2.5", true, ""}));
    EXPECT_EQ(producer.answerTo(fast), (HelperAck{fast, "rate max", true, ""}));
    EXPECT_FALSE(producer.answerTo(tooFast).ok);
    EXPECT_EQ(producer.answerTo(resumed), (HelperAck{resumed, "resume", true, ""}));
    EXPECT_EQ(producer.answerTo(tooLate),
              (HelperAck{tooLate, "step 3", false, "step works only while paused; send pause first"}));
    EXPECT_EQ(producer.status().rateTarget, std::nullopt);
    const auto stopped = producer->stop();
    EXPECT_EQ(producer.answerTo(stopped), (HelperAck{stopped, "stop", true, ""}));
    ASSERT_TRUE(producer.waitForEnd());
    EXPECT_EQ(producer.status().state, HelperState::Ended);
    EXPECT_EQ(producer.status().message, QStringLiteral("stopped by the controlling program"));
}

TEST(HelperProcess, TakesNoOrderAfterItsEnd) {
    const ScopedName name;
    HelperOptions options = producerOf(name);
    options.count = 1;
    Watched producer{options};
    EXPECT_EQ(producer->pause(), std::nullopt) << "nor before its start";
    producer->start();
    ASSERT_TRUE(producer.waitForEnd());
    EXPECT_EQ(producer->resume(), std::nullopt);
    EXPECT_FALSE(producer->isAlive());
}

TEST(HelperProcess, FailsWithWhatItCouldNotDo) {
    const ScopedName name;
    Watched consumer{consumerOf(name)};
    consumer->start();
    ASSERT_TRUE(consumer.waitForEnd());
    EXPECT_EQ(consumer.status().state, HelperState::Failed);
    EXPECT_TRUE(consumer.status().message.contains(QStringLiteral("no buffer of this name")))
        << consumer.status().message.toStdString();
    EXPECT_FALSE(consumer.status().start);
}

TEST(HelperProcess, SaysWhetherItWasKilledFromHereOrFromElsewhere) {
    for (const bool fromHere : {true, false}) {
        const ScopedName name;
        Watched producer{producerOf(name)};
        producer->start();
        ASSERT_TRUE(producer.waitFor(HelperState::Running));
        if (fromHere) producer->kill();
        if (!fromHere) ::kill(static_cast<pid_t>(producer.status().pid), SIGABRT);
        ASSERT_TRUE(producer.waitForEnd());
        EXPECT_EQ(producer.status().state, HelperState::Crashed);
        EXPECT_EQ(producer.status().message, fromHere ? QStringLiteral("was killed from here")
                                                      : QStringLiteral("was ended by signal 6 (Aborted)"));
    }
}

TEST(HelperProcess, LeavesNoProcessWhenItGoes) {
    const ScopedName name;
    pid_t pid = 0;
    {
        Watched producer{producerOf(name)};
        producer->start();
        ASSERT_TRUE(producer.waitFor(HelperState::Running));
        pid = static_cast<pid_t>(producer.status().pid);
        EXPECT_EQ(::kill(pid, 0), 0);
    }
    EXPECT_NE(::kill(pid, 0), 0);
}

TEST(HelperProcess, EndsAllOfThemAtOnceAndInOrder) {
    const ScopedName first;
    const ScopedName second;
    Watched one{producerOf(first)};
    Watched other{producerOf(second)};
    for (Watched* helper : {&one, &other}) {
        (*helper)->start();
        ASSERT_TRUE(helper->waitFor(HelperState::Running));
    }
    HelperProcess::endAll({one.operator->(), other.operator->()});
    for (Watched* helper : {&one, &other}) {
        EXPECT_EQ(helper->status().state, HelperState::Ended);
        EXPECT_EQ(helper->ends(), 1);
    }
    EXPECT_FALSE(first.exists());
    EXPECT_FALSE(second.exists());
}

// ---- Programs that are not what they should be

TEST(HelperProcess, ThatIsMissingSaysWhichProgramCannotRun) {
    const ScopedName name;
    Watched producer{producerOf(name)};
    producer->setProgram(QStringLiteral("/nonexistent/cbuff"));
    producer->start();
    ASSERT_TRUE(producer.waitForEnd());
    EXPECT_EQ(producer.status().state, HelperState::Crashed);
    EXPECT_TRUE(producer.status().message.startsWith(QStringLiteral("could not be started: ")));
    EXPECT_FALSE(producer->isAlive());
}

TEST(HelperProcess, ThatIsNowhereSaysWhereItWasLookedFor) {
    const ScopedName name;
    Watched producer{producerOf(name)};
    producer->setProgram({});  // what findProgram() says then
    producer->start();
    EXPECT_EQ(producer.ends(), 1);
    EXPECT_EQ(producer.status().state, HelperState::Crashed);
    EXPECT_TRUE(producer.status().message.contains(QStringLiteral("neither beside this one nor in PATH")));
}

TEST(HelperProcess, ShowsTheLastLineOfStderr) {
    const ScopedName name;
    const Impostor program{"echo first >&2; echo 'the last one' >&2; exit 4"};
    Watched producer{producerOf(name)};
    producer->setProgram(program.path());
    producer->start();
    ASSERT_TRUE(producer.waitForEnd());
    EXPECT_EQ(producer.status().state, HelperState::Failed);
    EXPECT_EQ(producer.status().message, QStringLiteral("the last one"));
}

TEST(HelperProcess, SaysTheExitStatusOfOneThatSaysNothing) {
    const ScopedName name;
    const Impostor program{"exit 4"};
    Watched producer{producerOf(name)};
    producer->setProgram(program.path());
    producer->start();
    ASSERT_TRUE(producer.waitForEnd());
    EXPECT_EQ(producer.status().state, HelperState::Failed);
    EXPECT_EQ(producer.status().message, QStringLiteral("ended with exit status 4"));
}

TEST(HelperProcess, PassesOverGarbageOnStdout) {
    const ScopedName name;
    const std::string start = encode(HelperStart{.pid = 42, .name = "b"}, {1, 2});
    const Impostor program{"echo hello; echo '{'; echo; echo '" + QByteArray::fromStdString(start) +
                           "'; echo bye; printf 'no line feed'; read order"};
    Watched producer{producerOf(name)};
    producer->setProgram(program.path());
    producer->start();
    ASSERT_TRUE(producer.waitFor(HelperState::Running));
    EXPECT_EQ(producer.status().pid, 42);
    producer->stop();
    ASSERT_TRUE(producer.waitForEnd());
    EXPECT_EQ(producer.status().state, HelperState::Ended);
}

TEST(HelperProcess, SendsItsOrdersWithTheirIds) {
    const ScopedName name;
    const Impostor program{"read one; read two; echo \"$one, $two\" >&2; exit 1"};
    Watched producer{producerOf(name)};
    producer->setProgram(program.path());
    producer->start();
    EXPECT_EQ(producer->setRate(0.5), 1u);
    EXPECT_EQ(producer->step(7), 2u);
    ASSERT_TRUE(producer.waitForEnd());
    EXPECT_EQ(producer.status().message, QStringLiteral("rate 0.5 #1, step 7 #2"));
}

}  // namespace
}  // namespace workbench
