// RECORDING.md: what it tells people to type works.

#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "recordings.hpp"
#include "sinks/recordingwriter.hpp"

namespace {

using namespace sinks_tests;

TEST(RecordingDocument, OffersQueriesThatWork) {
    const ScratchFolder folder;
    const std::string path = folder.file("trace.cbrec");
    workbench::RecordingWriter writer{path};
    auto batch = batchOf(factsOf("sensor"), 0, 12'100);
    batch.gaps = {{.time = batch.samples.back().time, .first = 1, .count = 2}};
    const workbench::EventReader slow{{1, 2}, {2, 3}, QStringLiteral("slow"), 44};
    const workbench::Event event{.time = batch.samples[9].time,
                                 .kind = workbench::EventKind::Overflow,
                                 .reader = slow,
                                 .amount = 7,
                                 .until = batch.samples[9].time};
    writer.take(batch, {&event, 1});
    writer.close();
    std::ifstream document{RECORDING_MD};
    int tried = 0;
    for (std::string line; std::getline(document, line);) {
        std::smatch found;
        if (!std::regex_match(line, found, std::regex{R"re(    sqlite3 trace\.cbrec "([^"]*)")re"})) continue;
        EXPECT_FALSE(query(path, found[1]).empty()) << found[1];
        ++tried;
    }
    EXPECT_EQ(tried, 7);
}

}  // namespace
