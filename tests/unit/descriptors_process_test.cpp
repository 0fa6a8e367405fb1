// A forked child that can open no file: it gives back what it shares with its parent all the same.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>

#include "shared_cbuff/writer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::Channel;
using test_support::ChildProcess;
using test_support::ScopedName;

/// A forked child gives its parent's files back by opening another in their place; where it may open none, it closes
/// them.
TEST(ForkedChild, DoesNotKeepADeadWritersRoleThoughItMayOpenNothing) {
    const ScopedName name{"fork"};
    ChildProcess parent{[&](Channel& test) -> int {
        const Writer writer = Writer::create(name, {.item_size = 2, .length = 4});
        const rlimit none{1, 1};  // only stdin; poll() wants one
        if (::setrlimit(RLIMIT_NOFILE, &none) != 0) return 1;
        if (::fork() == 0) {
            ::alarm(600);  // should this test die first
            test.send(std::to_string(::getpid()));
            ::pause();
            ::_exit(0);
        }
        static_cast<void>(test.receive());
        return 0;
    }};
    const auto child = parent.channel().receive();
    ASSERT_TRUE(child.has_value());
    parent.kill();
    EXPECT_NO_THROW(Writer::take_over(name));
    EXPECT_EQ(::kill(static_cast<pid_t>(std::stol(*child)), SIGKILL), 0) << "the child was to outlive its parent";
}

}  // namespace
