// The disk is full after a random number of bytes: the recording ends with a sentence, and what it says is true.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <random>

#include "../values/anysamples.hpp"
#include "recordings.hpp"
#include "sinks/recordingwriter.hpp"
#include "test_support/child_process.hpp"

namespace {

using namespace sinks_tests;
using test_support::Channel;
using test_support::ChildProcess;
using testing::HasSubstr;
using workbench::RecordingError;
using workbench::RecordingWriter;

/// Samples that hardly compress, so that files grow.
workbench::TimedSample noisySample(std::uint64_t index) {
    workbench::TimedSample timed = sampleAt(index);
    std::mt19937_64 noise{index};
    timed.times.boot_ns += static_cast<std::int64_t>(noise() % 9'000'000);
    timed.sample.rejected = noise() >> 2;
    timed.sample.readers[0].underflows = noise() >> 2;
    return timed;
}

/// Writes until it cannot. Tells the parent the sentence, and how many samples it believes to be kept.
int recordUntilFull(Channel& parent, const std::string& path) {
    try {
        RecordingWriter writer{path};
        for (std::uint64_t index = 0;; index += 10) {
            workbench::FeedBatch batch{.facts = factsOf("b")};
            for (std::uint64_t next = index; next < index + 10; ++next) batch.samples.push_back(noisySample(next));
            try {
                writer.take(batch, {});
            } catch (const RecordingError& error) {
                parent.send(error.what());
                parent.send(std::to_string(writer.totals().samples));
                return 0;
            }
        }
    } catch (const RecordingError& error) {
        parent.send(error.what());
        parent.send("none");
    }
    return 0;
}

/// What a file that could not grow must be all the same.
void expectTrue(const std::string& path, const std::string& believed) {
    if (believed == "none") {
        EXPECT_FALSE(std::filesystem::exists(path));
        return;
    }
    EXPECT_EQ(value(path, "PRAGMA integrity_check"), "ok");
    EXPECT_EQ(value(path, "SELECT count(*) FROM recording WHERE key = 'ended_boot_ns'"), "0");
    const auto samples = samplesOf(path);
    EXPECT_EQ(std::to_string(samples.size()), believed);
    for (std::uint64_t index = 0; index < samples.size(); ++index) {
        ASSERT_EQ(values_tests::everythingOf(samples[index], false),
                  values_tests::everythingOf(noisySample(index), false));
    }
}

TEST(FullDisk, LeavesATrueRecordingWhereFilesMayNotGrow) {
    std::mt19937_64 random{11'27};
    int kept = 0;
    for (int round = 0; round < 12; ++round) {
        const rlim_t limit = round == 0 ? 1000 : 20'000 + random() % 600'000;
        SCOPED_TRACE(limit);
        const ScratchFolder folder;
        const std::string path = folder.file("x.cbrec");
        ChildProcess child{[&](Channel& parent) {
            ::signal(SIGXFSZ, SIG_IGN);
            const rlimit limits{limit, limit};
            ::setrlimit(RLIMIT_FSIZE, &limits);
            return recordUntilFull(parent, path);
        }};
        const auto sentence = child.channel().receive();
        const auto believed = child.channel().receive();
        ASSERT_TRUE(sentence && believed);
        EXPECT_THAT(*sentence, HasSubstr("largest size that a file may have"));
        child.wait();
        expectTrue(path, *believed);
        if (*believed != "none" && *believed != "0") ++kept;
    }
    EXPECT_GT(kept, 0);
}

/// A file system of a few pages, where one may make one.
class SmallDisk {
public:
    explicit SmallDisk(std::uint64_t bytes) {
        const std::string options = "size=" + std::to_string(bytes);
        m_isMounted = ::mount("tmpfs", m_folder.path().c_str(), "tmpfs", 0, options.c_str()) == 0;
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (m_isMounted) ::umount2(m_folder.path().c_str(), MNT_DETACH);
    }
    bool isMounted() const { return m_isMounted; }
    std::string file(const std::string& name) const { return m_folder.file(name); }

private:
    ScratchFolder m_folder;
    bool m_isMounted = false;
};

TEST(FullDisk, LeavesATrueRecordingOnATmpfsThatIsFull) {
    std::mt19937_64 random{27'11};
    for (int round = 0; round < 6; ++round) {
        const SmallDisk disk{(round == 0 ? 4 : 60 + random() % 300) * 4096};
        if (!disk.isMounted()) GTEST_SKIP() << "no file system can be mounted here";
        SCOPED_TRACE(round);
        const std::string path = disk.file("x.cbrec");
        ChildProcess child{[&](Channel& parent) { return recordUntilFull(parent, path); }};
        const auto sentence = child.channel().receive();
        const auto believed = child.channel().receive();
        ASSERT_TRUE(sentence && believed);
        EXPECT_THAT(*sentence, HasSubstr("is full"));
        child.wait();
        expectTrue(path, *believed);
    }
}

}  // namespace
