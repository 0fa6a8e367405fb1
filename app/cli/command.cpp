#include "cli/command.hpp"

#include <fmt/format.h>
#include <grp.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <system_error>
#include <vector>

#include "helpers/pacer.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/errors.hpp"

namespace cli {
namespace {

using shared_cbuff::OverflowPolicy;
using shared_cbuff::StartAt;

CLI::Validator octalMode() {
    return CLI::Validator{[](std::string& text) {
                              const bool octal = !text.empty() && text.size() <= 4 &&
                                                 text.find_first_not_of("01234567") == std::string::npos;
                              const bool permissions = octal && std::stoul(text, nullptr, 8) <= 0777;
                              return permissions ? std::string{}
                                                 : fmt::format(
                                                       "'{}' is no mode; give permission bits in octal from 0 "
                                                       "to 777, such as 600 or 660",
                                                       workbench::printableText(text));
                          },
                          "OCTAL"};
}

bool namesBuffer(const std::string& name) {
    try {
        return shared_cbuff::find_segment(name).has_value();
    } catch (const shared_cbuff::CBuffException&) {  // no buffer can have it
        return false;
    }
}

}  // namespace

std::optional<shared_cbuff::Geometry> BufferTarget::geometry() const {
    if (itemSize.has_value() != length.has_value()) {
        throw UsageError{"--item-size and --length belong together; give both of them or neither"};
    }
    if (!itemSize) return std::nullopt;
    return shared_cbuff::Geometry{*itemSize, *length};
}

std::optional<std::string> BufferTarget::filePath() const {
    if (!file.empty()) return file;
    if (name.find('/', 1) != std::string::npos) return name;
    const bool endsAsFile = name.ends_with(".seg") || name.ends_with(".cbrec");
    return endsAsFile && (namesFile() || !namesBuffer(name)) ? std::optional{name} : std::nullopt;
}

bool BufferTarget::namesFile() const {
    std::error_code trouble;
    return std::filesystem::is_regular_file(name, trouble);
}

CLI::Option& addName(CLI::App& command, std::string& name) {
    return *command
                .add_option("NAME", name,
                            "Name of the buffer, as `cbuff ls` shows it; behind -- if it begins with a dash")
                ->transform(escapedBytes())
                ->required();
}

void addFile(CLI::App& command, BufferTarget& target) {
    auto* const name = command.get_option("NAME")->required(false);
    command
        .add_option(
            "--file", target.file,
            "Instead of NAME: a recording (.cbrec), or a copy of a segment, made by cp /dev/shm/NAME FILE. A NAME that "
            "holds a slash after its first character is such a file, too; so is one that ends in .cbrec or .seg, "
            "unless only a buffer has it")
        ->type_name("FILE")
        ->excludes(name)
        ->check([](const std::string& text) { return text.empty() ? std::string{"the file name is empty"} : ""; });
}

void addTarget(CLI::App& command, BufferTarget& target) {
    addName(command, target.name);
    command.add_option("--item-size", target.itemSize, "Bytes an item; needed for a classic buffer, checked otherwise")
        ->transform(wholeNumber(1, shared_cbuff::max_ring_bytes));
    command.add_option("--length", target.length, "Items the ring holds; together with --item-size")
        ->transform(wholeNumber(2, shared_cbuff::max_ring_bytes));
}

std::optional<double> BufferTarget::wait_s() const {
    double seconds = 0;
    const auto [end, error] = std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
    return error == std::errc{} && end == wait.data() + wait.size() ? std::optional{seconds} : std::nullopt;
}

CLI::Option* addWait(CLI::App& command, BufferTarget& target) {
    const auto check = [](std::string& text) { return text == "true" ? std::string{} : positiveSeconds()(text); };
    return command
        .add_flag("--wait", target.wait, "Wait for a buffer that does not exist yet; --wait=S: for S seconds at most")
        ->check(CLI::Validator{check, ""});
}

workbench::ItemForm FormFlags::form() const noexcept {
    return text ? workbench::ItemForm::text : hex ? workbench::ItemForm::hex : workbench::ItemForm::number;
}

void addForm(CLI::App& command, FormFlags& flags) {
    auto* const text = command.add_flag(
        "--text", flags.text, "Items are text, with zero bytes behind it; other bytes are \\xNN, \\n, \\t, \\\\");
    auto* const hex = command.add_flag("--hex", flags.hex, "Items are hex digits, two a byte");
    auto* const raw = command.add_flag("--raw", flags.raw, "Items are bare bytes, one behind the other");
    auto* const jsonl = command.add_flag(
        "--jsonl", flags.jsonl,
        "A JSON object a line: event item with number, hex and, up to 63 bits, value; event lost with count, from, to. "
        "What counts when they are read is hex");
    hex->excludes(text);
    raw->excludes(text)->excludes(hex);
    jsonl->excludes(text)->excludes(hex)->excludes(raw);
}

void addStart(CLI::App& command, StartAt& start) {
    command
        .add_option_function<std::string>(
            "--from",
            [&start](const std::string& word) { start = word == "newest" ? StartAt::newest : StartAt::oldest; },
            fmt::format("oldest or newest (default {})", start == StartAt::newest ? "newest" : "oldest"))
        ->check(CLI::IsMember({"oldest", "newest"}));
}

OverflowPolicy CreationFlags::overflowPolicy() const noexcept {
    return policy == "reject" ? OverflowPolicy::reject : OverflowPolicy::overwrite;
}

std::uint32_t CreationFlags::modeBits() const {
    if (mode.empty()) return group.empty() ? 0600 : 0660;
    return static_cast<std::uint32_t>(std::stoul(mode, nullptr, 8));
}

std::optional<std::uint32_t> CreationFlags::groupId() const {
    if (group.empty()) return std::nullopt;
    // A name first, as chgrp does: there are groups whose name is a number.
    struct ::group entry {};
    struct ::group* found = nullptr;
    std::vector<char> texts(std::size_t{1} << 12);
    int code = 0;
    while ((code = ::getgrnam_r(group.c_str(), &entry, texts.data(), texts.size(), &found)) == ERANGE) {
        texts.resize(texts.size() * 2);
    }
    if (found != nullptr) return found->gr_gid;
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(group.data(), group.data() + group.size(), number);
    // The largest number means "do not change it" to the system.
    if (error == std::errc{} && end == group.data() + group.size() && number != static_cast<gid_t>(-1)) return number;
    throw Refusal{fmt::format("there is no group '{}'; give a name or a number, see `id` for your own",
                              workbench::printableText(group))};
}

void addCreation(CLI::App& command, CreationFlags& flags) {
    command.add_option("--policy", flags.policy, "When full: overwrite the oldest item, or reject the new one")
        ->check(CLI::IsMember({"overwrite", "reject"}))
        ->capture_default_str();
    command.add_option("--max-readers", flags.maxReaders, "Reader slots, 0 to 4096")
        ->transform(wholeNumber(0, shared_cbuff::max_max_readers))
        ->capture_default_str();
    command.add_option("--mode", flags.mode, "Permission bits in octal (default 600, with --group 660)")
        ->check(octalMode());
    command
        .add_option("--group", flags.group,
                    "Group that it belongs to, by name or number, such as one you share with "
                    "others")
        ->type_name("GROUP")
        ->check([](const std::string& text) { return text.empty() ? std::string{"the group is empty"} : ""; });
}

CLI::Validator escapedBytes() {
    const auto unescape = [](std::string& text) {
        try {
            text = workbench::unescaped(text);
            return std::string{};
        } catch (const workbench::ItemTextError& error) {
            return std::string{error.what()};
        }
    };
    return CLI::Validator{unescape, ""};
}

CLI::Validator wholeNumber(std::uint64_t least, std::uint64_t most) {
    const auto check = [least, most](std::string& text) {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
            return fmt::format("'{}' is no whole number from {} to {}", workbench::printableText(text), least, most);
        }
        text = std::to_string(value);  // without leading zeros, which would make it octal
        return std::string{};
    };
    return CLI::Validator{check, "N"};
}

CLI::Validator positiveSeconds() {
    const auto check = [](std::string& text) {
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool fits = error == std::errc{} && end == text.data() + text.size() && std::isfinite(value) &&
                          value >= 0.001 && value <= mostSeconds;
        return fits ? std::string{}
                    : fmt::format("'{}' is no time; give seconds from 0.001 to {:.0f}, such as 0.5",
                                  workbench::printableText(text), mostSeconds);
    };
    return CLI::Validator{check, "SECONDS"};
}

CLI::Validator rateOrMax() {
    const auto check = [](std::string& text) {
        try {
            workbench::parseRate(text);
            return std::string{};
        } catch (const std::invalid_argument& error) {
            return std::string{error.what()};
        }
    };
    return CLI::Validator{check, "R|max"};
}

}  // namespace cli
