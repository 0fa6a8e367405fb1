// The states that readers, observers and people are told, and the words for them.

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string_view>

#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::RawBuffer;
using test_support::ScopedName;

TEST(States, OfAWriterHaveTheWordsOfTheBuffersStates) {
    EXPECT_EQ(to_string(WriterState::alive), "alive");
    EXPECT_EQ(to_string(WriterState::vacant), "vacant");
    EXPECT_EQ(to_string(WriterState::abandoned), "abandoned");
    EXPECT_EQ(to_string(WriterState::closed), "closed");
    EXPECT_EQ(to_string(WriterState::unknown), "unknown");
}

TEST(States, OfABufferHaveAWordEach) {
    std::set<std::string_view> words;
    for (const BufferState state :
         {BufferState::alive, BufferState::vacant, BufferState::abandoned, BufferState::closed, BufferState::unlinked,
          BufferState::replaced, BufferState::damaged, BufferState::unknown}) {
        words.insert(to_string(state));
    }
    EXPECT_EQ(words, (std::set<std::string_view>{"alive", "vacant", "abandoned", "closed", "unlinked", "replaced",
                                                 "damaged", "unknown"}));
}

TEST(States, OfAReaderHaveAWordEach) {
    EXPECT_EQ(to_string(ReaderState::alive), "alive");
    EXPECT_EQ(to_string(ReaderState::dead), "dead");
    EXPECT_EQ(to_string(ReaderState::evicted), "evicted");
    EXPECT_EQ(to_string(ReaderState::unknown), "unknown");
}

/// One that died leaves its pid and no lock.
TEST(States, OfTheWriterAreToldToAReader) {
    const ScopedName name{"states"};
    Writer writer = Writer::create(name, {.item_size = 2, .length = 4});
    const Reader reader = Reader::attach(name);
    EXPECT_EQ(reader.writer_state(), WriterState::alive);
    writer.release();
    EXPECT_EQ(reader.writer_state(), WriterState::vacant);
    const RawBuffer raw{name};
    raw.writer_line().pid = 4711;
    EXPECT_EQ(reader.writer_state(), WriterState::abandoned);
    raw.writer_line().closed = 1;
    EXPECT_EQ(reader.writer_state(), WriterState::closed);
}

}  // namespace
