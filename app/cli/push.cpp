// cbuff push: pushes the items given, as the writer for the time of the call.

#include <fmt/format.h>
#include <unistd.h>

#include <vector>

#include "cli/attaching.hpp"
#include "cli/commands.hpp"
#include "cli/itemsource.hpp"
#include "cli/output.hpp"
#include "cli/pushroom.hpp"
#include "cli/signals.hpp"
#include "helpers/busguard.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/outlook.hpp"
#include "shared_cbuff/writer.hpp"
#include "values/standardstreams.hpp"

namespace cli {
namespace {

using shared_cbuff::Observer;
using shared_cbuff::Writer;
using workbench::ItemForm;
using workbench::ItemTextError;

constexpr auto inspectionInterval = std::chrono::milliseconds{100};

struct PushOptions {
    BufferTarget target;
    FormFlags form;
    std::vector<std::string> items;
    std::optional<double> room_s;
    bool verbose = false;
};

Writer takeOver(const BufferTarget& target) {
    return attachAwaited(target, [&] { return Writer::take_over(target.name, target.geometry()); });
}

class Interrupted : public std::exception {};

class Push {
public:
    Push(const PushOptions& options, Observer observer, Writer writer)
        : m_options{options},
          m_observer{std::move(observer)},
          m_writer{std::move(writer)},
          m_room{m_writer, m_observer},
          m_item(m_writer.geometry().item_size) {}

    Push(const Push&) = delete;
    Push& operator=(const Push&) = delete;

    void push(const Piece& piece) {
        if (!piece.range) return pushOne(piece.item);
        for (std::uint64_t step = 0;; ++step) {
            workbench::putNumber(piece.range->at(step), m_item);
            pushOne(m_item);
            if (step == piece.range->steps()) return;
        }
    }

    std::uint64_t pushed() const noexcept { return m_pushed; }

    /// Throws Refusal if what is pushed can reach nobody any more. A look every tenth of a second.
    void inspect() {
        const auto now = Clock::now();
        if (!workbench::segmentWasTruncated() && now < m_inspectionDue) return;
        m_inspectionDue = now + inspectionInterval;
        if (workbench::segmentWasTruncated() || !m_writer.intact())
            vanished("was truncated by another process; remove it");
        const auto outlook = shared_cbuff::outlook(m_observer.sample());
        if (!outlook.can_attach) vanished(outlook.why);
    }

    /// The same look, now: after the last item.
    void inspectNow() {
        m_inspectionDue = {};
        inspect();
    }

private:
    void pushOne(std::span<const std::byte> item) {
        if (interrupted()) throw Interrupted{};
        inspect();
        while (!m_writer.push(item)) {
            inspect();
            if (!m_options.room_s) refuse();
            const std::chrono::nanoseconds patience{static_cast<std::int64_t>(*m_options.room_s * 1e9)};
            if (m_room.waitUntilLikely(Clock::now() + patience)) continue;
            if (interrupted()) throw Interrupted{};
            refuse();
        }
        if (workbench::segmentWasTruncated()) inspect();
        ++m_pushed;
    }

    [[noreturn]] void vanished(std::string_view what) {
        throw Refusal{fmt::format("the buffer \"{}\" {}", m_writer.name(), what)};
    }

    [[noreturn]] void refuse() {
        const auto holder = m_room.holder();
        throw Refusal{fmt::format("the buffer \"{}\" is full and rejects new items; {} holds it up{}", m_writer.name(),
                                  holder.value_or("a reader that has just left"),
                                  m_options.room_s ? "" : "; wait for room with --room S")};
    }

    const PushOptions& m_options;
    Observer m_observer;
    Writer m_writer;
    PushRoom m_room;
    std::vector<std::byte> m_item;
    std::uint64_t m_pushed = 0;
    Clock::time_point m_inspectionDue{};
};

std::string countOf(const std::vector<Piece>& pieces) {
    double count = 0;  // ranges may add up to more than 64 bits
    for (const Piece& piece : pieces) count += piece.range ? static_cast<double>(piece.range->steps()) + 1 : 1;
    return fmt::format("{:.0f}", count);
}

void pushArguments(Push& push, const std::vector<Piece>& pieces) {
    try {
        for (const Piece& piece : pieces) push.push(piece);
        push.inspectNow();
    } catch (const Refusal& refusal) {
        throw Refusal{fmt::format("{} of {} items were pushed: {}", push.pushed(), countOf(pieces), refusal.what())};
    }
}

void pushStream(Push& push, const FormFlags& form, std::uint64_t itemSize) {
    ItemSource source{STDIN_FILENO, form, itemSize};
    try {
        while (!source.ended()) {
            if (interrupted()) throw Interrupted{};
            if (const auto piece = source.next()) {
                push.push(*piece);
            } else if (!source.ended()) {
                push.inspect();
                waitUntil(Clock::now() + longestWait, source.descriptor());
            }
        }
        push.inspectNow();
    } catch (const ItemTextError& error) {
        throw Refusal{fmt::format("{}; the {} items before it were pushed", error.what(), push.pushed())};
    } catch (const Refusal& refusal) {
        throw Refusal{fmt::format("{}: {}; {} items were pushed", source.place(), refusal.what(), push.pushed())};
    }
    if (source.lost() > 0) {
        message(
            fmt::format("{} items were lost before they were read, says the input; they were skipped", source.lost()));
    }
}

int push(const PushOptions& options) {
    const ItemForm form = options.form.form();
    const bool streamed = options.items.size() == 1 && options.items.front() == "-";
    if (!streamed && (options.form.raw || options.form.jsonl)) {
        throw UsageError{"--raw and --jsonl are read from stdin: give - instead of items"};
    }
    if (streamed && !workbench::isReadable(STDIN_FILENO)) {
        throw Refusal{"stdin is closed or not open for reading; pipe the items in, or give them as arguments"};
    }
    Observer observer = attachObserver(options.target);
    const std::uint64_t itemSize = observer.geometry().item_size;
    std::vector<Piece> pieces;  // all understood before the first is pushed
    if (!streamed) {
        try {
            for (const std::string& item : options.items) pieces.push_back(parsePiece(item, form, itemSize));
        } catch (const ItemTextError& error) {
            throw Refusal{fmt::format("push to \"{}\": {}; nothing was pushed", options.target.name, error.what())};
        }
    }
    Push push{options, std::move(observer), takeOver(options.target)};
    try {
        streamed ? pushStream(push, options.form, itemSize) : pushArguments(push, pieces);
    } catch (const Interrupted&) {
        message(fmt::format("interrupted after {} items were pushed", push.pushed()));
        return exitInterrupted;
    }
    if (options.verbose) message(fmt::format("{} items were pushed", push.pushed()));
    return exitDone;
}

}  // namespace

void addPush(CLI::App& program, Action& chosen) {
    const auto options = std::make_shared<PushOptions>();
    CLI::App& command =
        *program.add_subcommand("push", "Push items, taking the vacant writer role for the time of the call");
    addTarget(command, options->target);
    addWait(command, options->target);
    command
        .add_option("ITEM", options->items,
                    "42, 0x2a, a range 10..20 (both ends included), or - for items from stdin, one a line")
        ->required();
    addForm(command, options->form);
    command.add_option("--room", options->room_s, "Wait up to so many seconds for room for each item (policy reject)")
        ->check(positiveSeconds());
    command.add_flag("-v,--verbose", options->verbose, "Say how many were pushed");
    command.callback([options, &chosen] { chosen = [options] { return push(*options); }; });
}

}  // namespace cli
