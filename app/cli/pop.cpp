// cbuff pop: takes items as a reader and prints them.

#include <fmt/format.h>

#include <limits>
#include <vector>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/readerwatch.hpp"
#include "cli/signals.hpp"
#include "cli/waiting.hpp"
#include "shared_cbuff/reader.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;
using shared_cbuff::Observer;
using shared_cbuff::Reader;
using shared_cbuff::StartAt;

constexpr std::uint64_t endless = std::numeric_limits<std::uint64_t>::max();
constexpr auto pollInterval = 1ms;
constexpr auto inspectionInterval = 100ms;

struct PopOptions {
    BufferTarget target;
    FormFlags form;
    std::optional<std::uint64_t> count;
    bool all = false;
    bool follow = false;
    std::string label;
    StartAt from = StartAt::oldest;
};

class Pop {
public:
    Pop(const PopOptions& options, Reader reader, Observer observer, Output& output)
        : m_options{options},
          m_reader{std::move(reader)},
          m_watch{m_reader, std::move(observer)},
          m_output{output},
          m_item(m_reader.geometry().item_size),
          m_wanted{wanted()} {}

    Pop(const Pop&) = delete;
    Pop& operator=(const Pop&) = delete;

    int run() {
        int status = exitDone;
        while (m_popped < m_wanted && status == exitDone) {
            if (interrupted()) {
                status = exitInterrupted;
            } else if (takeOne()) {
                print();
            } else if (m_options.follow) {
                flush();
                if (!waitForMore(status)) break;
            } else {
                break;
            }
        }
        flush();
        return conclude(status);
    }

private:
    /// Fixed when the command starts, so that it ends while a writer goes on.
    std::uint64_t wanted() {
        if (m_options.count && *m_options.count > 0) return *m_options.count;
        if (m_options.follow) return endless;
        return m_options.all || m_options.count ? m_reader.usage() : 1;
    }

    bool takeOne() {
        if (m_reader.usage() == 0) return false;
        return m_reader.is_classic() ? m_reader.pop_for(m_item, classicPatience) : m_reader.pop(m_item);
    }

    void print() {
        ++m_popped;
        m_output.gather(workbench::formatItem(m_item, m_options.form.form()) + '\n');
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

    /// False when nothing will follow; `status` says how it ended then.
    bool waitForMore(int& status) {
        auto inspectionDue = Clock::now();
        while (m_reader.usage() == 0) {
            if (interrupted()) return true;
            const auto now = Clock::now();
            if (now >= inspectionDue) {
                inspectionDue = now + inspectionInterval;
                if (const auto ending = m_watch.inspect()) {
                    message(ending->message);
                    status = ending->exitStatus;
                    return false;
                }
            }
            waitUntil(now + pollInterval);
        }
        return true;
    }

    int conclude(int status) {
        const auto counters = m_reader.counters();
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
    std::vector<std::byte> m_item;
    std::uint64_t m_wanted;
    std::uint64_t m_popped = 0;
    std::uint64_t m_written = 0;  // of those popped, the ones that were flushed
};

int pop(const PopOptions& options) {
    Output output = Output::ofProduct();
    auto [reader, observer] = attachWatched(options.target, options.from, options.label);
    return Pop{options, std::move(reader), std::move(observer), output}.run();
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
    command.add_option("--label", options->label, "Told to observers, at most 40 bytes")->transform(escapedBytes());
    addStart(command, options->from);
    addForm(command, options->form);
    command.callback([options, &chosen] { chosen = [options] { return pop(*options); }; });
}

}  // namespace cli
