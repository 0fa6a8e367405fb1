// Files that are no recordings, or not any more: a sentence each, and never more than that.

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "feeds/recordingfile.hpp"
#include "recordings.hpp"
#include "sinks/recordingwriter.hpp"

namespace {

using sinks_tests::batchOf;
using sinks_tests::factsOf;
using sinks_tests::query;
using sinks_tests::readAll;
using sinks_tests::ScratchFolder;
using testing::HasSubstr;
using workbench::RecordingFile;
using workbench::RecordingWriter;
using workbench::UnreadableRecording;

class RecordingDamage : public testing::Test {
protected:
    RecordingDamage() {
        RecordingWriter writer{m_path};
        auto batch = batchOf(factsOf("b"), 0, 900);
        batch.items.push_back(
            {batch.samples.back().time, 0, 50, std::vector<std::byte>(50 * batch.facts.geometry.item_size)});
        writer.take(batch, {});
        writer.close();
    }
    static std::string whyNot(const std::string& path) {
        try {
            RecordingFile{path};
        } catch (const UnreadableRecording& error) {
            EXPECT_EQ(std::string_view{error.what()}.find('\n'), std::string_view::npos);
            return error.what();
        }
        return "";
    }
    void write(const std::string& bytes) const { std::ofstream{m_path, std::ios::binary | std::ios::trunc} << bytes; }
    std::string bytes() const {
        std::ifstream file{m_path, std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    ScratchFolder m_folder;
    const std::string m_path = m_folder.file("r.cbrec");
};

TEST_F(RecordingDamage, IsASentenceForWhatIsNoFile) {
    EXPECT_THAT(whyNot(m_folder.file("none.cbrec")), HasSubstr("there is no file"));
    EXPECT_THAT(whyNot(m_folder.path().string()), HasSubstr("is a folder"));
    EXPECT_THAT(whyNot("/dev/null"), HasSubstr("is no file"));
}

TEST_F(RecordingDamage, IsASentenceForWhatIsNoRecording) {
    write("");
    EXPECT_THAT(whyNot(m_path), HasSubstr("is empty"));
    write(std::string(5000, 'x'));
    EXPECT_THAT(whyNot(m_path), HasSubstr("is no recording"));
    write("");
    query(m_path, "CREATE TABLE recording (key, value)");
    EXPECT_THAT(whyNot(m_path), HasSubstr("of another program"));
}

TEST_F(RecordingDamage, IsASentenceForANewerVersion) {
    query(m_path, "PRAGMA user_version = 2");
    EXPECT_THAT(whyNot(m_path), HasSubstr("a recording of version 2"));
}

TEST_F(RecordingDamage, IsASentenceForTablesThatAreMissingOrOthers) {
    query(m_path, "DROP TABLE chunks");
    EXPECT_THAT(whyNot(m_path), HasSubstr("lacks some of its tables"));
    query(m_path, "CREATE VIEW chunks AS SELECT 1 AS id");
    EXPECT_THAT(whyNot(m_path), HasSubstr("some of its tables are none"));
}

TEST_F(RecordingDamage, IsASentenceForValuesThatMakeNoSense) {
    const std::string whole = bytes();
    for (const char* const change :
         {"UPDATE buffers SET item_size = 0", "UPDATE buffers SET length = 1", "UPDATE buffers SET length = -5",
          "UPDATE buffers SET name = 'a\\q'", "UPDATE chunks SET first_boot_ns = -9223372036854775808",
          "UPDATE chunks SET last_boot_ns = 9223372036854775807",
          "UPDATE recording SET value = -1 WHERE key = 'origin_boot_ns'",
          "UPDATE clock SET unix_ns = -9223372036854775808"}) {
        write(whole);
        query(m_path, change);
        EXPECT_THAT(whyNot(m_path), HasSubstr("damaged")) << change;
    }
    write(whole);
    query(m_path, "DELETE FROM buffers");
    EXPECT_THAT(whyNot(m_path), HasSubstr("is empty"));
}

TEST_F(RecordingDamage, IsNoRecordingIfItIsNoRegularFile) {
    const std::string pipe = m_folder.file("pipe.cbrec");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_THAT(whyNot(pipe), HasSubstr("is no file"));
    EXPECT_THAT(whyNot("/dev/null"), HasSubstr("is no file"));
}

TEST_F(RecordingDamage, IsPassedOverInASecondOfSamplesAndSaid) {
    const std::string path = m_folder.file("two.cbrec");
    {
        RecordingWriter writer{path};
        writer.take(batchOf(factsOf("b"), 0, 900), {});
        writer.take(batchOf(factsOf("b"), 900, 900), {});
        writer.close();
    }
    ASSERT_EQ(query(path, "SELECT id FROM chunks").size(), 2U);
    query(path, "UPDATE chunks SET data = x'0102030405' WHERE id = 2");
    RecordingFile file{path};
    EXPECT_EQ(file.missing(), "");
    EXPECT_EQ(file.samples(file.buffers()[0], 0, RecordingFile::always, 10'000).size(), 900U);
    EXPECT_EQ(file.missing(), "1 second of samples is damaged");
}

TEST_F(RecordingDamage, IsNeverMoreThanASentenceWhereverTheFileEnds) {
    const std::string whole = bytes();
    for (std::size_t size = 0; size < whole.size(); size += whole.size() / 60 + 1) {
        write(whole.substr(0, size));
        readAll(m_path);
    }
}

TEST_F(RecordingDamage, IsNeverMoreThanASentenceWhateverBytesChange) {
    const std::string whole = bytes();
    const char* const given = std::getenv("CBUFF_SEED");
    const unsigned seed = given != nullptr ? static_cast<unsigned>(std::atoi(given)) : 10U;
    SCOPED_TRACE(seed);
    std::mt19937 random{seed};
    for (int turn = 0; turn < 400; ++turn) {
        std::string bent = whole;
        for (unsigned change = 0; change <= random() % 8; ++change)
            bent[random() % bent.size()] = static_cast<char>(random() & 0xff);
        write(bent);
        readAll(m_path);
    }
}

}  // namespace
