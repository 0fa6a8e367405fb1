// What `cbuff produce` and `cbuff consume` do when another process truncates the segment under them: the kernel answers
// the next touch with SIGBUS, and the program says so in a sentence and exits 1.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "shared_cbuff/observer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/segments.hpp"

namespace {

using shared_cbuff::Observer;
using test_support::Channel;
using test_support::ChildProcess;
using test_support::eventually;
using test_support::ScopedName;
using testing::HasSubstr;

/// cbuff with these arguments; all that it says, on stdout and stderr, comes in lines.
class Cbuff {
public:
    explicit Cbuff(std::vector<std::string> arguments)
        : child_{[arguments = std::move(arguments)](Channel& parent) mutable {
              std::vector<char*> words{const_cast<char*>(CBUFF_PROGRAM)};
              for (std::string& argument : arguments) words.push_back(argument.data());
              words.push_back(nullptr);
              parent.become_standard_streams();
              ::dup2(STDOUT_FILENO, STDERR_FILENO);
              ::execv(CBUFF_PROGRAM, words.data());
              return 127;
          }} {}

    ChildProcess& process() { return child_; }
    /// All that it still says, to its end.
    std::string rest() {
        std::string text;
        while (const auto line = child_.channel().receive()) text += *line + "\n";
        return text;
    }

private:
    ChildProcess child_;
};

struct Shape {
    const char* name;
    std::uint64_t left;  // bytes that the truncation leaves of a segment of some 40 KiB
};

void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }

class TruncatedSegment : public testing::TestWithParam<Shape> {};

TEST_P(TruncatedSegment, EndsProduceAndConsumeWithASentence) {
    const ScopedName name{"truncated"};
    Cbuff producer{{"produce", name, "--create", "--item-size", "8", "--length", "4096", "--rate", "max"}};
    ASSERT_TRUE(eventually([&] { return name.exists(); })) << producer.rest();
    Cbuff consumer{{"consume", name, "--rate", "max"}};
    Observer observer = Observer::attach(name);
    const auto both_run = [&] {
        const auto sample = observer.sample();
        return sample.pushed > 0 && sample.readers.size() == 1 && sample.readers[0].popped > 0;
    };
    ASSERT_TRUE(eventually(both_run));
    test_support::truncate_segment(name, GetParam().left);
    for (Cbuff* const program : {&producer, &consumer}) {
        const std::string said = program->rest();
        const auto exit = program->process().wait();
        ASSERT_TRUE(exit.has_value()) << "it runs on\n" << said;
        EXPECT_EQ(exit->signal, std::nullopt) << "killed instead of ended\n" << said;
        EXPECT_EQ(exit->code, 1) << said;
        EXPECT_THAT(said, HasSubstr("truncated by another process"));
    }
}

INSTANTIATE_TEST_SUITE_P(All, TruncatedSegment,
                         testing::Values(Shape{"ToNothing", 0}, Shape{"ToOnePage", 4096}, Shape{"InTheRing", 20'000},
                                         Shape{"InTheControlBlock", 34'000}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
