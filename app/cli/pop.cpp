// cbuff pop: takes items as a reader and prints them.

#include <fmt/format.h>

#include <limits>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/itemprinter.hpp"
#include "cli/output.hpp"
#include "cli/readerwatch.hpp"
#include "cli/signals.hpp"
#include "cli/waiting.hpp"
#include "helpers/busguard.hpp"
#include "shared_cbuff/reader.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;
using shared_cbuff::Observer;
using shared_cbuff::Reader;

constexpr std::uint64_t endless = std::numeric_limits<std::uint64_t>::max();
constexpr auto pollInterval = 1ms;
constexpr auto inspectionInterval = 100ms;

struct PopOptions {
    BufferTarget target;
    FormFlags form;
    std::optional<std::uint64_t> count;
    bool all = false;
    bool follow = false;
    ReaderFlags reader;
};

class Pop {
public:
    /// `start` is the number of the item that the reader begins with, if known.
    Pop(const PopOptions& options, Reader reader, Observer observer, std::optional<std::uint64_t> start, Output& output)
        : m_options{options},
          m_reader{std::move(reader)},
          m_watch{m_reader, std::move(observer)},
          m_output{output},
          m_printer{options.form},
          m_start{start},
          m_item(m_reader.geometry().item_size),
          m_wanted{wanted()} {}

    Pop(const Pop&) = delete;
    Pop& operator=(const Pop&) = delete;

    int run() {
        try {
            const int status = takeAll();
            flush();
            return conclude(status);
        } catch (const shared_cbuff::CBuffException& error) {
            flush();  // what was popped before
            throw Refusal{fmt::format("{}; {} items were popped before", error.what(), m_popped)};
        }
    }

private:
    /// Fixed when the command starts, so that it ends while a writer goes on.
    std::uint64_t wanted() {
        if (m_options.count && *m_options.count > 0) return *m_options.count;
        if (m_options.follow) return endless;
        return m_options.all || m_options.count ? m_reader.usage() : 1;
    }

    int takeAll() {
        while (m_popped < m_wanted) {
            if (interrupted()) return tell({"interrupted", "interrupted by a signal", exitInterrupted});
            const bool took = takeOne();
            const auto counters = m_reader.counters();
            if (const auto ending = damage(took, counters)) return tell(*ending);
            printWhatCame(took, counters);
            if (took) continue;
            if (!m_options.follow) break;
            flush();
            if (const auto ending = waitForMore()) return tell(*ending);
        }
        const auto ending = m_watch.damage();  // then the last items may be anything
        return ending ? tell(*ending) : exitDone;
    }

    static int tell(const Ending& ending) {
        message(ending.message);
        return ending.exitStatus;
    }

    bool takeOne() {
        try {
            if (m_reader.usage() == 0) return false;
            return m_reader.is_classic() ? m_reader.pop_for(m_item, classicPatience) : m_reader.pop(m_item);
        } catch (const shared_cbuff::CBuffException&) {
            if (!m_watch.damage()) throw;  // else takeAll() has a better word for it
            return false;
        }
    }

    /// Looked for every tenth of a second, and at once where what came, or did not come, may be its doing.
    std::optional<Ending> damage(bool took, const shared_cbuff::ReaderCounters& counters) {
        const auto now = Clock::now();
        const bool asUsual = took && counters.lost == m_counters.lost && counters.overruns == m_counters.overruns;
        if (asUsual && !workbench::segmentWasTruncated() && now < m_inspectionDue) return std::nullopt;
        m_inspectionDue = now + inspectionInterval;
        return m_watch.damage();
    }

    /// A loss stands before the item that came after it.
    void printWhatCame(bool took, const shared_cbuff::ReaderCounters& counters) {
        const std::uint64_t lostBefore = std::exchange(m_counters, counters).lost;
        const auto numberAt = [&](std::uint64_t lost) {
            return m_start ? std::optional{*m_start + m_popped + lost} : std::nullopt;
        };
        if (m_counters.lost > lostBefore)
            m_output.gather(m_printer.text(Loss{m_counters.lost - lostBefore, numberAt(lostBefore)}));
        if (!took) return;
        m_output.gather(m_printer.text(m_item, numberAt(m_counters.lost)));
        ++m_popped;
        if (m_output.isAmple()) flush();
    }

    /// What was taken and does not get out is not lost unsaid.
    void flush() {
        try {
            m_output.flush();
        } catch (const std::runtime_error& error) {
            throw Refusal{fmt::format("{}; {} items were popped, and of the last {} some are missing in the output",
                                      error.what(), m_popped, m_popped - m_written)};
        }
        m_written = m_popped;
    }

    /// Why nothing will follow, if so.
    std::optional<Ending> waitForMore() {
        auto inspectionDue = Clock::now();
        while (m_reader.usage() == 0 && !interrupted() && !workbench::segmentWasTruncated()) {
            const auto now = Clock::now();
            if (now >= inspectionDue) {
                inspectionDue = now + inspectionInterval;
                if (auto ending = m_watch.inspect()) return ending;
            }
            waitUntil(now + pollInterval);
        }
        return std::nullopt;
    }

    int conclude(int status) {
        const auto& counters = m_counters;
        if (counters.lost > 0) {
            message(fmt::format("{} items were overwritten before they could be popped ({} overruns)", counters.lost,
                                counters.overruns));
        }
        if (m_options.follow || status != exitDone) return status;
        if (m_popped == 0) {
            throw Refusal{
                fmt::format("there is nothing to read in \"{}\"; wait for items with --follow", m_reader.name())};
        }
        if (m_popped < m_wanted) message(fmt::format("only {} of {} items were there", m_popped, m_wanted));
        return status;
    }

    const PopOptions& m_options;
    Reader m_reader;
    ReaderWatch m_watch;
    Output& m_output;
    ItemPrinter m_printer;
    std::optional<std::uint64_t> m_start;
    shared_cbuff::ReaderCounters m_counters;  // as they stood when the segment was last seen whole
    Clock::time_point m_inspectionDue{};
    std::vector<std::byte> m_item;
    std::uint64_t m_wanted;
    std::uint64_t m_popped = 0;
    std::uint64_t m_written = 0;  // of those popped, the ones that were flushed
};

/// Nothing for a reader without a slot, of whom the buffer does not say where it began.
std::optional<std::uint64_t> startOf(const Reader& reader, Observer& observer) {
    for (const auto& other : observer.sample().readers) {
        if (other.slot == reader.slot()) return other.start;
    }
    return std::nullopt;
}

int pop(const PopOptions& options) {
    Output output = Output::ofProduct();
    auto [reader, observer] = attachWatched(options.target, options.reader);
    const auto start = startOf(reader, observer);
    return Pop{options, std::move(reader), std::move(observer), start, output}.run();
}

}  // namespace

void addPop(CLI::App& program, Action& chosen) {
    const auto options = std::make_shared<PopOptions>();
    CLI::App& command = *program.add_subcommand("pop", "Print items as a reader with a cursor of its own, one a line");
    addTarget(command, options->target);
    addWait(command, options->target);
    auto* const count = command.add_option("-n", options->count, "How many (default 1; 0: as --all)");
    count->transform(wholeNumber(0, mostItems));
    command.add_flag("--all", options->all, "All that are there when the command starts")->excludes(count);
    command.add_flag("--follow", options->follow, "Wait for more, until -n is reached or the buffer is closed");
    addReader(command, options->reader);
    addForm(command, options->form);
    command.callback([options, &chosen] { chosen = [options] { return pop(*options); }; });
}

}  // namespace cli
