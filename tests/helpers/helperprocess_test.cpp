#include "helpers/helperprocess.hpp"

#include <gtest/gtest.h>

namespace workbench {
namespace {

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

}  // namespace
}  // namespace workbench
