#include "cli/sampletext.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "values/printable.hpp"

namespace {

using cli::describeOn;
using cli::Screen;
using shared_cbuff::ReaderState;
using shared_cbuff::Sample;
using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

/// Alive, with `count` readers called r0, r1, ...
Sample sampleWithReaders(std::uint32_t count) {
    Sample sample;
    sample.geometry = {8, 100};
    sample.state = shared_cbuff::BufferState::alive;
    sample.writer = {.state = shared_cbuff::WriterState::alive, .pid = 4711};
    sample.pushed = 1'000'000;
    sample.max_readers = 64;
    sample.has_living_reader = count > 0;
    for (std::uint32_t slot = 0; slot < count; ++slot) {
        shared_cbuff::ReaderSample reader;
        reader.slot = slot;
        reader.generation = 1;
        reader.pid = 5000 + slot;
        std::ranges::copy(std::string{"r"}.append(std::to_string(slot)), reader.label_bytes.begin());
        sample.readers.push_back(reader);
    }
    return sample;
}

TEST(SampleText, FitsEveryScreen) {
    Sample sample = sampleWithReaders(20);
    std::ranges::copy("日本語日本語日本語日本語", sample.readers[0].label_bytes.begin());
    const std::string name = std::string(200, 'n') + "\xff日本";
    for (std::size_t rows = 1; rows < 50; ++rows) {
        for (std::size_t columns = 1; columns < 170; columns += columns < 20 ? 1 : 7) {
            const auto lines = describeOn({rows, columns}, name, sample, &sample);
            ASSERT_LE(lines.size(), rows);
            for (const std::string& line : lines) {
                ASSERT_LE(workbench::displayWidth(line), columns) << rows << " x " << columns << ": " << line;
            }
        }
    }
}

TEST(SampleText, SaysHowManyReadersAreNotShownAndWhatIsTheMatterWithThem) {
    const Sample before = sampleWithReaders(20);
    Sample sample = before;
    sample.readers[0].state = ReaderState::dead;  // shown, so not told of again
    sample.readers[17].state = ReaderState::dead;
    sample.readers[18].lost = 5;
    sample.readers[19].usage = 100;
    const auto lines = describeOn({23, 80}, "b", sample, &before);
    EXPECT_EQ(lines.size(), 23u);
    EXPECT_THAT(lines.front(), HasSubstr("name"));
    EXPECT_THAT(lines.back(), testing::MatchesRegex("\\+1[0-9] more \\(1 dead, 1 losing, 1 full\\)"));
}

TEST(SampleText, KeepsTheMostImportantLinesAndColumnsOnASmallScreen) {
    const auto lines = describeOn({9, 40}, "b", sampleWithReaders(20));
    for (const char* title : {"name ", "state ", "usage "}) EXPECT_THAT(lines, Contains(StartsWith(title)));
    const auto titles = std::ranges::find_if(lines, [](const auto& line) { return line.find("LABEL") != line.npos; });
    ASSERT_NE(titles, lines.end());
    for (const char* title : {"STATE", "USAGE", "LOST"}) EXPECT_THAT(*titles, HasSubstr(title));
    EXPECT_THAT(*titles, Not(HasSubstr("CURSOR")));
    EXPECT_THAT(lines.back(), StartsWith("+18 more"));
}

TEST(SampleText, ShowsEverythingWhereThereIsRoom) {
    const Sample sample = sampleWithReaders(20);
    std::string text;
    for (const std::string& line : describeOn({60, 200}, "b", sample)) text += line + '\n';
    EXPECT_EQ(text, cli::describe("b", sample));
}

}  // namespace
