// cbuff watch: a live view of a buffer, as an observer.

#include <fmt/format.h>

#include "cli/attaching.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/sampletext.hpp"
#include "cli/signals.hpp"
#include "cli/waiting.hpp"
#include "shared_cbuff/outlook.hpp"
#include "values/samplejson.hpp"

namespace cli {
namespace {

using shared_cbuff::Observer;
using shared_cbuff::Sample;

struct WatchOptions {
    BufferTarget target;
    double interval_s = 1;
    std::optional<std::uint64_t> count;
    bool jsonl = false;
};

class Watch {
public:
    Watch(const WatchOptions& options, Observer observer, Output& output)
        : m_options{options},
          m_observer{std::move(observer)},
          m_output{output},
          m_redraws{!options.jsonl && output.isTerminal()} {}

    int run() {
        const std::chrono::nanoseconds interval{static_cast<std::int64_t>(m_options.interval_s * 1e9)};
        auto due = Clock::now();
        for (std::uint64_t shown = 0;;) {
            const Sample sample = m_observer.sample();
            show(sample);
            if (const auto status = endOf(sample)) return *status;
            if (++shown == m_options.count) return exitDone;
            // The next instant of the schedule that is still to come: a pause of the terminal is no reason to hurry.
            while (due <= Clock::now()) due += interval;
            while (Clock::now() < due && !interrupted()) waitUntil(due);
            if (interrupted()) return exitInterrupted;
        }
    }

private:
    void show(const Sample& sample) {
        if (m_options.jsonl) {
            m_output.line(workbench::toJson(m_options.target.name, sample));
        } else if (m_redraws) {
            redraw(describe(m_options.target.name, sample, m_earlier ? &*m_earlier : nullptr));
        } else {
            m_output.line(describe(m_options.target.name, sample, m_earlier ? &*m_earlier : nullptr));
        }
        m_earlier = sample;
    }

    /// In place: home, each line cleared to its end, and what is left below cleared.
    void redraw(const std::string& text) {
        std::string screen = m_earlier ? "\x1b[H" : "\x1b[2J\x1b[H";
        for (const char character : text)
            screen += character == '\n' ? std::string{"\x1b[K\n"} : std::string{character};
        m_output.print(screen + "\x1b[J");
        m_output.flush();
    }

    std::optional<int> endOf(const Sample& sample) const {
        const auto outlook = shared_cbuff::outlook(sample);
        if (outlook.can_attach) return std::nullopt;
        message(fmt::format("the buffer \"{}\" {}", m_options.target.name, outlook.why));
        return outlook.trouble == shared_cbuff::Trouble::closed ? exitDone : exitRefused;
    }

    const WatchOptions& m_options;
    Observer m_observer;
    Output& m_output;
    bool m_redraws;
    std::optional<Sample> m_earlier;
};

int watch(const WatchOptions& options) {
    Output output = Output::ofProduct();
    return Watch{options, attachObserver(options.target), output}.run();
}

}  // namespace

void addWatch(CLI::App& program, Action& chosen) {
    const auto options = std::make_shared<WatchOptions>();
    CLI::App& command = *program.add_subcommand("watch", "Show a buffer live, without taking part");
    addTarget(command, options->target);
    addWait(command, options->target);
    command.add_option("--interval", options->interval_s, "Seconds between two looks")
        ->check(positiveSeconds())
        ->capture_default_str();
    command.add_option("--count", options->count, "End after so many looks")->transform(wholeNumber(1, mostItems));
    command.add_flag("--jsonl", options->jsonl, "One JSON object a line");
    command.callback([options, &chosen] { chosen = [options] { return watch(*options); }; });
}

}  // namespace cli
