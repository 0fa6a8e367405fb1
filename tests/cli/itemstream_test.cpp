// Items through every form in which `cbuff pop` and `cbuff peek` print them, and back through `cbuff push -`.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <QJsonDocument>
#include <fstream>
#include <random>

#include "cli/itemprinter.hpp"
#include "cli/itemsource.hpp"
#include "program.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace Qt::StringLiterals;
using cli::FormFlags;
using cli::ItemPrinter;
using cli::ItemSource;
using cli_tests::Program;
using cli_tests::Result;
using cli_tests::run;
using shared_cbuff::Observer;
using shared_cbuff::Writer;
using test_support::eventually;
using test_support::ScopedName;
using testing::AllOf;
using testing::HasSubstr;
using Item = std::vector<std::byte>;

struct Form {
    std::string option;
    FormFlags flags;
};

const std::vector<Form> forms{{"", {}},
                              {"--text", {.text = true}},
                              {"--hex", {.hex = true}},
                              {"--raw", {.raw = true}},
                              {"--jsonl", {.jsonl = true}}};

/// Random ones, and those that a form could take for something else.
std::vector<Item> itemsOf(std::size_t itemSize, std::mt19937_64& random) {
    std::vector<Item> items;
    for (const char special : std::string{"\0\n\r\t\\ 0-x\x7f\x80\xc3\xff", 13}) {
        items.emplace_back(itemSize, static_cast<std::byte>(special));
        items.emplace_back(itemSize).front() = static_cast<std::byte>(special);
        items.emplace_back(itemSize).back() = static_cast<std::byte>(special);
    }
    for (int count = 0; count < 200; ++count) {
        Item& item = items.emplace_back(itemSize);
        for (std::byte& byte : item) byte = static_cast<std::byte>(random());
    }
    return items;
}

/// A nameless file with these bytes, to be read from its beginning.
class Input {
public:
    explicit Input(std::string_view bytes) : m_descriptor{::memfd_create("input", MFD_CLOEXEC)} {
        EXPECT_EQ(::write(m_descriptor, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
        ::lseek(m_descriptor, 0, SEEK_SET);
    }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;
    ~Input() { ::close(m_descriptor); }
    int descriptor() const { return m_descriptor; }

private:
    int m_descriptor;
};

std::vector<Item> readAll(ItemSource& source) {
    std::vector<Item> items;
    while (!source.ended()) {
        if (auto piece = source.next()) items.push_back(piece->item);
    }
    return items;
}

std::vector<Item> readAll(std::string_view bytes, const FormFlags& flags, std::size_t itemSize) {
    const Input input{bytes};
    ItemSource source{input.descriptor(), flags, itemSize};
    return readAll(source);
}

TEST(ItemForms, ComeBackExactly) {
    const std::uint64_t seed = test_support::test_seed();
    SCOPED_TRACE(seed);
    std::mt19937_64 random{seed};
    for (const std::size_t itemSize : {1u, 2u, 3u, 8u, 9u, 16u, 64u}) {
        const auto items = itemsOf(itemSize, random);
        for (const Form& form : forms) {
            std::string printed;
            for (const Item& item : items) printed += ItemPrinter{form.flags}.text(item, 1);
            EXPECT_EQ(readAll(printed, form.flags, itemSize), items) << form.option << " " << itemSize;
        }
    }
}

TEST(ItemForms, ComeBackThroughThePrograms) {
    const std::uint64_t seed = test_support::test_seed();
    SCOPED_TRACE(seed);
    std::mt19937_64 random{seed};
    for (const std::size_t itemSize : {3u, 8u, 16u}) {
        const auto items = itemsOf(itemSize, random);
        const ScopedName from;
        Writer writer = Writer::create(from.str(), {.item_size = itemSize, .length = items.size()});
        for (const Item& item : items) writer.push(item);
        for (const Form& form : forms) {
            const ScopedName to;
            Writer::create(to.str(), {.item_size = itemSize, .length = items.size()}).release();
            std::vector<std::string> pop{"pop", from, "--all"};
            std::vector<std::string> push{"push", to, "-"};
            if (!form.option.empty()) pop.push_back(form.option);
            if (!form.option.empty()) push.push_back(form.option);
            const Result pushed = run(push, run(pop).out);
            EXPECT_EQ(pushed.status, 0) << form.option << pushed.err;
            const auto copy = Observer::attach(to.str()).peek(items.size());
            EXPECT_EQ(copy.bytes, Observer::attach(from.str()).peek(items.size()).bytes) << form.option;
        }
    }
}

TEST(ItemForms, OfAPeekArePushedBackToo) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 2, .length = 4});
    for (std::uint64_t item : {1, 0, 92, 65535, 10}) writer.push(item);
    writer.release();
    const auto before = Observer::attach(name.str()).peek(4).bytes;
    for (const Form& form : forms) {
        if (form.option.empty()) continue;
        EXPECT_EQ(run({"push", name, form.option, "-"}, run({"peek", name, "-n", "4", form.option}).out).status, 0);
        EXPECT_EQ(Observer::attach(name.str()).peek(4).bytes, before) << form.option;
    }
}

TEST(ItemForms, TextSaysWhereAnEscapeIsWrong) {
    const ScopedName name;
    Writer::create(name.str(), {.item_size = 8, .length = 4}).release();
    const Result argument = run({"push", name, "--text", "ab\\q"});
    EXPECT_EQ(argument.status, 1);
    EXPECT_THAT(argument.err, HasSubstr("position 3"));
    const Result line = run({"push", name, "--text", "-"}, "a\n\\x4\n");
    EXPECT_THAT(line.err, AllOf(HasSubstr("line 2"), HasSubstr("the 1 items before it were pushed")));
}

TEST(ItemForms, RawRefusesAShortTail) {
    const ScopedName name;
    Writer::create(name.str(), {.item_size = 4, .length = 4}).release();
    const Result result = run({"push", name, "--raw", "-"}, "abcdefghijk");
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, AllOf(HasSubstr("3 bytes were left over"), HasSubstr("2 items before it were pushed")));
    EXPECT_EQ(run({"pop", name, "--raw", "--all"}).out, "abcdefgh");
}

TEST(ItemForms, RawAndRecordsAreForStreamsOnly) {
    EXPECT_EQ(run({"push", "x", "--raw", "1"}).status, 2);
    EXPECT_EQ(run({"push", "x", "--jsonl", "1"}).status, 2);
    EXPECT_EQ(run({"pop", "x", "--raw", "--hex"}).status, 2);
    EXPECT_EQ(run({"pop", "x", "--raw", "--jsonl"}).status, 2);
}

TEST(ItemForms, RecordsTellNumberValueAndTimes) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 2});
    for (const std::uint64_t item : {5ull, (1ull << 62) + 1, ~0ull}) writer.push(item);
    Program pop{{"pop", name, "--all", "--jsonl"}};
    const QJsonObject first = pop.object();
    EXPECT_EQ(first["event"_L1].toString(), "item"_L1);
    EXPECT_EQ(first["number"_L1].toInteger(-1), 1);
    EXPECT_EQ(first["hex"_L1].toString(), "4000000000000001"_L1);
    EXPECT_EQ(first["value"_L1].toInteger(), (qint64{1} << 62) + 1);
    EXPECT_GT(first["time_boot_ns"_L1].toInteger(), 0);
    EXPECT_GT(first["time_unix_ns"_L1].toInteger(), 0);
    const QJsonObject second = pop.object();
    EXPECT_EQ(second["number"_L1].toInteger(-1), 2);
    EXPECT_TRUE(second["value"_L1].isUndefined());  // more than 63 bits: hex has them all
    EXPECT_EQ(pop.finish().status, 0);
    const auto peeked = run({"peek", name, "--jsonl"}).out;
    EXPECT_EQ(QJsonDocument::fromJson(QByteArray::fromStdString(peeked))["number"_L1].toInteger(-1), 2);
}

bool isStopped(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
    std::string id;
    std::string program;
    std::string state;
    return file >> id >> program >> state && state == "T";
}

TEST(ItemForms, RecordsTellALossWhereItHappened) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    writer.push(100);
    Program pop{{"pop", name, "--follow", "--jsonl"}};
    EXPECT_EQ(pop.object()["value"_L1].toInteger(), 100);
    pop.signal(SIGSTOP);
    ASSERT_TRUE(eventually([&] { return isStopped(pop.pid()); }));
    for (std::uint64_t item = 101; item <= 110; ++item) writer.push(item);
    writer.close();
    pop.signal(SIGCONT);
    const QJsonObject lost = pop.object();
    EXPECT_EQ(lost["event"_L1].toString(), "lost"_L1);
    EXPECT_EQ(lost["count"_L1].toInteger(), 6);
    EXPECT_EQ(lost["from"_L1].toInteger(), 1);
    EXPECT_EQ(lost["to"_L1].toInteger(), 6);
    for (qint64 number = 7; number <= 10; ++number) {
        const QJsonObject item = pop.object();
        EXPECT_EQ(item["number"_L1].toInteger(), number);
        EXPECT_EQ(item["value"_L1].toInteger(), 100 + number);
    }
    const Result result = pop.finish();
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.err, HasSubstr("6 items were overwritten"));
}

TEST(ItemForms, PushSkipsLossesAndSaysHowMany) {
    const ScopedName name;
    Writer::create(name.str(), {.item_size = 1, .length = 4}).release();
    const Result result = run({"push", name, "--jsonl", "-"},
                              "{\"event\":\"item\",\"hex\":\"01\"}\n{\"event\":\"lost\",\"count\":6}\n"
                              "{\"event\":\"lost\",\"count\":1}\n{\"event\":\"item\",\"hex\":\"02\"}\n");
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.err, HasSubstr("7 items were lost"));
    EXPECT_EQ(run({"pop", name, "--all"}).out, "1\n2\n");
    const Result wrong = run({"push", name, "--jsonl", "-"}, "{\"event\":\"report\"}\n");
    EXPECT_EQ(wrong.status, 1);
    EXPECT_THAT(wrong.err, HasSubstr("line 1: this is no record of an item"));
}

TEST(ItemForms, PushRefusesARecordThatContradictsItself) {
    const ScopedName name;
    Writer::create(name.str(), {.item_size = 2, .length = 4}).release();
    for (const char* value : {"7", "5.5", "\"5\"", "-1"}) {
        const Result result =
            run({"push", name, "--jsonl", "-"}, std::string{"{\"event\":\"item\",\"hex\":\"0005\",\"value\":5}\n"
                                                            "{\"event\":\"item\",\"hex\":\"0005\",\"value\":"} +
                                                    value + "}\n");
        EXPECT_EQ(result.status, 1) << value;
        EXPECT_THAT(result.err, HasSubstr("line 2: the value is not that of hex \"0005\"")) << value;
        EXPECT_EQ(run({"pop", name, "--all"}).out.substr(0, 2), "5\n") << value;
    }
}

}  // namespace
