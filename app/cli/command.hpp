#pragma once
// What the commands share: exit statuses, errors, the buffer that a command works on, checks of numbers.
// Thread contract: the command line is read and run by one thread.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

#include "shared_cbuff/observer.hpp"
#include "values/itemtext.hpp"

namespace cli {

inline constexpr int exitDone = 0;
inline constexpr int exitRefused = 1;
inline constexpr int exitUsage = 2;
inline constexpr int exitTimeout = 124;
inline constexpr int exitInterrupted = 130;

/// The command was understood but cannot be done: exitRefused, with a sentence for the user.
class Refusal : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Options that contradict each other: exitUsage, with a sentence for the user, and lines that show where.
class UsageError : public std::runtime_error {
public:
    explicit UsageError(const std::string& sentence, std::string picture = {})
        : std::runtime_error{sentence}, m_picture{std::move(picture)} {}
    const std::string& picture() const noexcept { return m_picture; }

private:
    std::string m_picture;
};

/// A command, ready to run; its result is the exit status.
using Action = std::function<int()>;

/// A buffer as named on the command line.
struct BufferTarget {
    std::string name;
    std::optional<std::uint64_t> itemSize;
    std::optional<std::uint64_t> length;
    std::string wait;  ///< of --wait: empty if it was not given, else "true" or seconds
    std::string file;  ///< a copy of a segment to look into instead; empty if --file is not given

    bool controlled = false;  ///< a program steers us through stdin: when it goes, nobody waits any more

    bool waits() const noexcept { return !wait.empty(); }
    /// How long at most; nothing: for as long as it takes.
    std::optional<double> wait_s() const;
    /// The file to look into, if one is meant: --file, or a name that holds a slash after its first character, or one
    /// that ends in .seg or .cbrec, unless only a buffer has it.
    std::optional<std::string> filePath() const;
    /// Whether there is a file of this name.
    bool namesFile() const;
    /// Nothing if neither --item-size nor --length is given. Throws UsageError if only one of them is.
    std::optional<shared_cbuff::Geometry> geometry() const;
};

/// Adds NAME, as printableText() shows it.
CLI::Option& addName(CLI::App& command, std::string& name);
/// Adds NAME, --item-size and --length.
void addTarget(CLI::App& command, BufferTarget& target);
/// Adds --wait[=S]. A following word is never taken for S: it is a NAME or an ITEM.
CLI::Option* addWait(CLI::App& command, BufferTarget& target);
/// After addTarget(), for commands that only look: adds --file, which stands for NAME.
void addFile(CLI::App& command, BufferTarget& target);

/// How items are printed and read; at most one of them. None: as numbers.
struct FormFlags {
    bool text = false;
    bool hex = false;
    bool raw = false;
    bool jsonl = false;
    workbench::ItemForm form() const noexcept;
};
/// Adds --text, --hex, --raw and --jsonl, which exclude each other.
void addForm(CLI::App& command, FormFlags& flags);

/// Adds --from oldest|newest; `start` holds the default.
void addStart(CLI::App& command, shared_cbuff::StartAt& start);

/// What a new buffer is made of, besides its geometry.
struct CreationFlags {
    std::string policy = "overwrite";
    std::uint32_t maxReaders = shared_cbuff::default_max_readers;
    std::string mode;   ///< octal; empty if not given
    std::string group;  ///< name or number; empty if not given
    shared_cbuff::OverflowPolicy overflowPolicy() const noexcept;
    /// 0600 unless given, or 0660 with a group: it would be of no use to it otherwise.
    std::uint32_t modeBits() const;
    /// Throws Refusal if there is no such group.
    std::optional<std::uint32_t> groupId() const;
};
/// Adds --policy, --max-readers, --mode and --group.
void addCreation(CLI::App& command, CreationFlags& flags);

/// Text as printableText() shows it becomes the bytes that it means.
CLI::Validator escapedBytes();

/// Checks of option values, each refusing with a sentence.
CLI::Validator wholeNumber(std::uint64_t least, std::uint64_t most);
CLI::Validator positiveSeconds();
CLI::Validator rateOrMax();

/// Most seconds an option takes: a year.
inline constexpr double mostSeconds = 366.0 * 24 * 3600;
/// Largest count that JSON and every counter here holds exactly.
inline constexpr std::uint64_t mostItems = std::uint64_t{1} << 62;

}  // namespace cli
