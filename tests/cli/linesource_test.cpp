#include "cli/linesource.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace {

using cli::LineSource;

class Pipe {
public:
    Pipe() { EXPECT_EQ(::pipe2(m_ends.data(), O_CLOEXEC), 0); }
    ~Pipe() {
        closeWriter();
        ::close(m_ends[0]);
    }
    int reader() const { return m_ends[0]; }
    void write(std::string_view text) { EXPECT_EQ(::write(m_ends[1], text.data(), text.size()), std::ssize(text)); }
    void closeWriter() {
        if (m_ends[1] >= 0) ::close(m_ends[1]);
        m_ends[1] = -1;
    }

private:
    std::array<int, 2> m_ends{-1, -1};
};

TEST(LineSource, DoesNotWaitForALineThatIsNotThere) {
    Pipe pipe;
    LineSource lines{pipe.reader()};
    EXPECT_EQ(lines.next(), std::nullopt);
    EXPECT_FALSE(lines.ended());
}

TEST(LineSource, HandsOutALineOnlyWhenItIsWhole) {
    Pipe pipe;
    LineSource lines{pipe.reader()};
    pipe.write("pau");
    EXPECT_EQ(lines.next(), std::nullopt);
    pipe.write("se\nres");
    EXPECT_EQ(lines.next(), "pause");
    EXPECT_EQ(lines.next(), std::nullopt);
    pipe.write("ume\r\n\n");
    EXPECT_EQ(lines.next(), "resume");
    EXPECT_EQ(lines.next(), "");
    EXPECT_EQ(lines.next(), std::nullopt);
}

TEST(LineSource, EndsAfterALastLineWithoutLineFeed) {
    Pipe pipe;
    LineSource lines{pipe.reader()};
    pipe.write("one\ntwo");
    pipe.closeWriter();
    EXPECT_EQ(lines.next(), "one");
    EXPECT_EQ(lines.next(), "two");
    EXPECT_EQ(lines.next(), std::nullopt);
    EXPECT_TRUE(lines.ended());
}

}  // namespace
