// cbuff consume: pops items at a rate, and checks them if asked to.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/loopflags.hpp"
#include "cli/readerwatch.hpp"
#include "helpers/busguard.hpp"
#include "helpers/verify.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"

namespace cli {
namespace {

using shared_cbuff::Observer;
using shared_cbuff::Reader;

constexpr std::uint64_t chunkItems = 1024;
constexpr std::uint64_t chunkBytes = 1 << 20;

struct ConsumeOptions {
    BufferTarget target;
    LoopFlags loop;
    std::optional<std::uint64_t> batch;
    std::string verify;
    ReaderFlags reader;
};

class Consumer : public Worker {
public:
    Consumer(Reader reader, Observer observer, std::uint64_t batch, bool verify)
        : m_reader{std::move(reader)},
          m_watch{*m_reader, std::move(observer)},
          m_name{m_reader->name()},
          m_itemSize{m_reader->geometry().item_size},
          m_batch{batch},
          m_capacity{std::clamp<std::uint64_t>(chunkBytes / m_itemSize, 1,
                                               std::min(std::max(batch, chunkItems), m_reader->geometry().length))},
          m_items(m_capacity * m_itemSize) {
        if (verify) m_check.emplace(m_itemSize);
    }

    Consumer(const Consumer&) = delete;
    Consumer& operator=(const Consumer&) = delete;

    Progress work(std::uint64_t items, Pace pace) override {
        const Progress progress = pace == Pace::scheduled ? workSlots(items) : workFreely(items);
        noteIfPlausible(progress.moved, items);
        return progress;
    }

    std::uint64_t chunk() const override { return std::max(m_batch, chunkItems / m_batch * m_batch); }
    bool ready() override { return m_reader->usage() > 0; }
    std::optional<Ending> inspect() override {
        note();
        return m_watch.inspect();
    }
    void finish() override {
        totals();
        m_damage = m_watch.damage();
        // Whoever waited for this reader goes on, however long the last record waits for somebody to read it.
        m_reader.reset();
    }

    Ending judged(Ending ending) override {
        if (m_damage && ending.exitStatus == exitDone) return *m_damage;
        if (!m_check || m_check->passed()) return ending;
        ending.message += fmt::format("; verification failed: {}", checkSummary());
        if (m_check->gaps() != m_check->lostAfterFirst()) {
            ending.message +=
                fmt::format(" ({} items were lost after the first one that was popped)", m_check->lostAfterFirst());
        }
        if (ending.exitStatus == exitDone) ending.exitStatus = exitRefused;
        return ending;
    }

    std::string_view verb() const override { return "popped"; }
    std::string_view obstacle() const override { return "there are no more"; }

    workbench::HelperStart introduction() const override {
        return {.role = workbench::HelperRole::Consumer,
                .name = workbench::printableText(m_reader->name()),
                .itemSize = m_itemSize,
                .length = m_reader->geometry().length,
                .slot = m_reader->slot()};
    }

    workbench::HelperTotals totals() override;
    std::string summary() override;

private:
    Progress workFreely(std::uint64_t items) {
        std::uint64_t popped = 0;
        while (popped < items) {
            const std::uint64_t got = popPatiently(std::min(m_batch, items - popped));
            popped += got;
            if (got == 0) break;  // one underflow; ready() then waits without popping, so a dry time counts once
        }
        return {popped, popped};
    }

    /// Every slot passes: one that finds nothing is one underflow.
    Progress workSlots(std::uint64_t items) {
        std::uint64_t popped = 0;
        for (std::uint64_t done = 0; done < items; done += m_batch) {
            std::uint64_t left = std::min(m_batch, items - done);
            do {
                const std::uint64_t wanted = std::min(left, m_capacity);
                const std::uint64_t got = pop(wanted);
                popped += got;
                left -= got;
                if (got < wanted) break;
            } while (left > 0 && m_reader->usage() > 0);
        }
        return {popped, items};
    }

    /// Up to `count` items, never more than the buffer here holds.
    std::uint64_t pop(std::uint64_t count) {
        const std::uint64_t lostBefore = m_reader->counters().lost;
        const std::uint64_t got =
            m_reader->pop_many(std::span{m_items}.first(std::min(count, m_capacity) * m_itemSize));
        if (workbench::segmentWasTruncated()) return 0;  // zeros may have come instead of items
        if (m_check) verify(got, lostBefore);
        return got;
    }

    std::uint64_t popPatiently(std::uint64_t count) {
        // The newest item of a classic buffer is trusted only after a while.
        if (!m_reader->is_classic() || m_reader->usage() > 1) return pop(count);
        const std::uint64_t lostBefore = m_reader->counters().lost;
        const bool got = m_reader->pop_for(std::span{m_items}.first(m_itemSize), classicPatience);
        if (workbench::segmentWasTruncated()) return 0;
        if (got && m_check) verify(1, lostBefore);
        return got ? 1 : 0;
    }

    void verify(std::uint64_t count, std::uint64_t lostBefore) {
        // A pop loses before its first item, never between its items.
        m_lostUnseen += m_reader->counters().lost - lostBefore;
        for (std::uint64_t index = 0; index < count; ++index) {
            m_check->add(std::span{m_items}.subspan(index * m_itemSize, m_itemSize), std::exchange(m_lostUnseen, 0));
        }
    }

    /// Keeps what the counters say now, unless the segment was damaged: then they say nothing.
    void note();
    /// The same after each piece of work. Looking for damage takes longer than the work, so counters that went on as
    /// they had to are kept without.
    void noteIfPlausible(std::uint64_t moved, std::uint64_t asked);

    std::string checkSummary() const {
        return fmt::format("{} gaps, {} duplicates, {} reordered", m_check->gaps(), m_check->duplicates(),
                           m_check->reordered());
    }

    std::optional<Reader> m_reader;  // until finish()
    ReaderWatch m_watch;
    std::string m_name;
    std::uint64_t m_itemSize;
    std::uint64_t m_batch;
    std::uint64_t m_capacity;  // items that fit m_items
    std::vector<std::byte> m_items;
    std::optional<workbench::CounterCheck> m_check;
    std::uint64_t m_lostUnseen = 0;           // lost since the last item that was checked
    shared_cbuff::ReaderCounters m_counters;  // as they stood when the segment was last seen whole
    std::uint64_t m_usage = 0;
    std::optional<Ending> m_damage;  // found at the end
};

void Consumer::note() {
    if (!m_reader) return;
    const auto counters = m_reader->counters();
    const std::uint64_t usage = m_reader->usage();
    if (m_watch.damage()) return;
    m_counters = counters;
    m_usage = usage;
}

void Consumer::noteIfPlausible(std::uint64_t moved, std::uint64_t asked) {
    const auto counters = m_reader->counters();
    const bool asUsual = counters.popped - m_counters.popped == moved && counters.lost == m_counters.lost &&
                         counters.overruns == m_counters.overruns &&
                         counters.underflows - m_counters.underflows <= asked &&
                         counters.high_water <= m_reader->geometry().length && !workbench::segmentWasTruncated();
    if (!asUsual) return note();
    m_counters = counters;
}

workbench::HelperTotals Consumer::totals() {
    note();
    workbench::ConsumerTotals totals{.popped = m_counters.popped,
                                     .lost = m_counters.lost,
                                     .overruns = m_counters.overruns,
                                     .underflows = m_counters.underflows,
                                     .usage = m_usage,
                                     .highWater = m_counters.high_water};
    if (m_check) totals.verify = {m_check->gaps(), m_check->duplicates(), m_check->reordered()};
    return totals;
}

std::string Consumer::summary() {
    const auto& counters = m_counters;
    return fmt::format("popped {} items from \"{}\", {} lost in {} overruns, {} underflows{}", counters.popped, m_name,
                       counters.lost, counters.overruns, counters.underflows,
                       m_check ? "; " + checkSummary() : std::string{});
}

Consumer makeConsumer(const ConsumeOptions& options, const LoopOptions& loop) {
    auto [reader, observer] = attachWatched(options.target, options.reader);
    return {std::move(reader), std::move(observer), options.batch.value_or(loop.rate ? 1 : chunkItems),
            options.verify == "counter"};
}

int consume(const ConsumeOptions& options) {
    try {
        checkStreams(options.loop);
        Reports reports{STDOUT_FILENO};
        const LoopOptions loop = options.loop.options(options.batch.value_or(1));
        Consumer consumer = makeConsumer(options, loop);
        return HelperLoop{consumer, loop, reports}.run();
    } catch (const std::runtime_error& error) {
        if (options.loop.jsonl)
            reportFailedStart(workbench::roleWord(workbench::HelperRole::Consumer), options.target.name, error);
        throw;
    }
}

}  // namespace

void addConsume(CLI::App& program, Action& chosen) {
    const auto options = std::make_shared<ConsumeOptions>();
    CLI::App& command = *program.add_subcommand("consume", "Pop items at a rate, as a reader; prints none");
    addTarget(command, options->target);
    addWait(command, options->target);
    addLoop(command, options->loop, "max");
    command.add_option("--batch", options->batch, "Items a pop; the rate stays the same (default 1, at max 1024)")
        ->transform(wholeNumber(1, workbench::mostSteps));
    command.add_option("--verify", options->verify, "counter: check that the items are consecutive numbers")
        ->check(CLI::IsMember({"counter"}));
    addReader(command, options->reader);
    command.callback([options, &chosen] {
        options->target.controlled = options->loop.control;
        chosen = [options] { return consume(*options); };
    });
}

}  // namespace cli
