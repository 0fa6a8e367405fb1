// cbuff produce: pushes items at a rate.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "cli/attaching.hpp"
#include "cli/commands.hpp"
#include "cli/loopflags.hpp"
#include "cli/pushroom.hpp"
#include "helpers/busguard.hpp"
#include "helpers/pattern.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/outlook.hpp"
#include "shared_cbuff/writer.hpp"

namespace cli {
namespace {

using shared_cbuff::Observer;
using shared_cbuff::OverflowPolicy;
using shared_cbuff::Writer;
using workbench::Pattern;

constexpr std::uint64_t chunkItems = 1024;
constexpr std::uint64_t chunkBytes = 1 << 20;

struct ProduceOptions {
    BufferTarget target;
    CreationFlags creation;
    LoopFlags loop;
    bool create = false;
    std::string pattern = "counter";
    std::uint64_t burst = 1;
    std::uint64_t seed = 1;
};

class Producer : public Worker {
public:
    Producer(Writer writer, Observer observer, Pattern pattern, bool created)
        : m_writer{std::move(writer)},
          m_observer{std::move(observer)},
          m_room{m_writer, m_observer},
          m_pattern{std::move(pattern)},
          m_created{created},
          m_itemSize{m_writer.geometry().item_size},
          m_chunk{std::clamp<std::uint64_t>(chunkBytes / m_itemSize, 1, chunkItems)},
          m_items(m_chunk * m_itemSize),
          m_pushedBefore{m_writer.pushed()},
          m_rejectedBefore{m_writer.rejected()},
          m_pushed{m_pushedBefore},
          m_rejected{m_rejectedBefore} {
        m_pattern.startCounterAt(m_pushedBefore);
    }

    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;

    Progress work(std::uint64_t items, Pace) override {
        const std::uint64_t pushed =
            m_writer.policy() == OverflowPolicy::reject ? pushWhileRoom(items) : pushAll(items);
        // Looking for damage takes longer than the work, so counters that went on as they had to are kept without.
        const std::uint64_t rejected = m_writer.rejected();
        if (rejected - m_rejected > 1 || workbench::segmentWasTruncated()) {
            note();
        } else {
            m_pushed = m_writer.pushed();
            m_rejected = rejected;
        }
        return {pushed, pushed};
    }

    std::uint64_t chunk() const override { return m_chunk; }
    bool ready() override { return m_room.isLikely(); }

    std::optional<Ending> inspect() override {
        note();
        const auto vanished = [&](std::string_view what) {
            return Ending{"vanished", fmt::format("the buffer \"{}\" {}", m_writer.name(), what), exitRefused};
        };
        if (wasTruncated()) return vanished("was truncated by another process; remove it and start again");
        const auto outlook = shared_cbuff::outlook(m_observer.sample());
        return outlook.can_attach ? std::nullopt : std::optional{vanished(outlook.why)};
    }

    void finish() override {
        note();
        if (!m_writer.intact()) return;
        m_created ? m_writer.close() : m_writer.release();
    }

    std::string_view verb() const override { return "pushed"; }
    std::string_view obstacle() const override { return "the buffer is full and its policy is reject"; }

    workbench::HelperStart introduction() const override {
        return {.role = workbench::HelperRole::Producer,
                .name = workbench::printableText(m_writer.name()),
                .itemSize = m_itemSize,
                .length = m_writer.geometry().length,
                .created = m_created};
    }

    workbench::HelperTotals totals() override {
        return workbench::ProducerTotals{.pushed = pushed(), .rejected = rejected()};
    }

    std::string summary() override {
        return fmt::format("pushed {} items to \"{}\"{}", pushed(), m_writer.name(),
                           rejected() > 0 ? fmt::format(", {} of them had to wait for room", rejected()) : "");
    }

private:
    std::uint64_t pushed() const { return m_pushed - m_pushedBefore; }
    std::uint64_t rejected() const { return m_rejected - m_rejectedBefore; }
    bool wasTruncated() const { return workbench::segmentWasTruncated() || !m_writer.intact(); }
    /// Keeps what the counters say now, unless the segment was damaged: then they say nothing.
    void note() {
        const std::uint64_t pushed = m_writer.pushed();
        const std::uint64_t rejected = m_writer.rejected();
        if (wasTruncated() || m_observer.sample().state == shared_cbuff::BufferState::damaged) return;
        m_pushed = pushed;
        m_rejected = rejected;
    }
    std::span<std::byte> firstItem() { return std::span{m_items}.first(m_itemSize); }

    std::uint64_t pushAll(std::uint64_t items) {
        items = std::min(items, m_chunk);
        for (std::uint64_t index = 0; index < items; ++index) {
            m_pattern.next(std::span{m_items}.subspan(index * m_itemSize, m_itemSize));
        }
        return m_writer.push_many(std::span{m_items}.first(items * m_itemSize));
    }

    /// One by one, so that exactly the item that has to wait is counted as rejected.
    std::uint64_t pushWhileRoom(std::uint64_t items) {
        for (std::uint64_t pushed = 0; pushed < items; ++pushed) {
            if (!m_isWaiting) m_pattern.next(firstItem());
            m_isWaiting = !m_writer.push(firstItem());
            if (m_isWaiting) return pushed;
        }
        return items;
    }

    Writer m_writer;
    Observer m_observer;
    PushRoom m_room;
    Pattern m_pattern;
    bool m_created;
    bool m_isWaiting = false;  // the first item has been made but found no room yet
    std::uint64_t m_itemSize;
    std::uint64_t m_chunk;
    std::vector<std::byte> m_items;
    std::uint64_t m_pushedBefore;
    std::uint64_t m_rejectedBefore;
    std::uint64_t m_pushed;  // as they stood when the segment was last seen whole
    std::uint64_t m_rejected;
};

Producer makeCreator(const ProduceOptions& options) {
    const auto geometry = options.target.geometry();
    if (!geometry) throw UsageError{"--create needs --item-size and --length"};
    Pattern pattern = Pattern::parse(options.pattern, geometry->item_size, options.seed);
    Writer writer = Writer::create(options.target.name, {.item_size = geometry->item_size,
                                                         .length = geometry->length,
                                                         .policy = options.creation.overflowPolicy(),
                                                         .max_readers = options.creation.maxReaders,
                                                         .mode = options.creation.modeBits(),
                                                         .group = options.creation.groupId()});
    Observer observer = Observer::attach(options.target.name);
    return {std::move(writer), std::move(observer), std::move(pattern), true};
}

Producer makeSuccessor(const ProduceOptions& options) {
    const auto geometry = options.target.geometry();
    Observer observer = attachObserver(options.target);
    // Before the role is taken: a pattern that does not fit changes nothing.
    Pattern pattern = Pattern::parse(options.pattern, observer.geometry().item_size, options.seed);
    Writer writer = attachAwaited(options.target, [&] { return Writer::take_over(options.target.name, geometry); });
    return {std::move(writer), std::move(observer), std::move(pattern), false};
}

int produce(const ProduceOptions& options) {
    try {
        checkStreams(options.loop);
        Reports reports{STDOUT_FILENO};
        Producer producer = options.create ? makeCreator(options) : makeSuccessor(options);
        return HelperLoop{producer, options.loop.options(options.burst), reports}.run();
    } catch (const std::runtime_error& error) {
        if (options.loop.jsonl)
            reportFailedStart(workbench::roleWord(workbench::HelperRole::Producer), options.target.name, error);
        throw;
    }
}

}  // namespace

void addProduce(CLI::App& program, Action& chosen) {
    const auto options = std::make_shared<ProduceOptions>();
    CLI::App& command = *program.add_subcommand("produce", "Push items at a rate, as the writer");
    addTarget(command, options->target);
    auto* const create = command.add_flag("--create", options->create,
                                          "Create the buffer, and remove it at the end; without it, take over the "
                                          "vacant writer role and leave the buffer in place");
    addWait(command, options->target)->excludes(create);
    addCreation(command, options->creation);
    for (const char* name : {"--policy", "--max-readers", "--mode", "--group"}) command.get_option(name)->needs(create);
    addLoop(command, options->loop, "100");
    command
        .add_option("--pattern", options->pattern,
                    "counter (the number of the item), constant:V, random, ramp:A:B (A to B, again and again) or "
                    "sine:A:P (0 to A and back within P items)")
        ->capture_default_str();
    command.add_option("--burst", options->burst, "Items at a time; the rate stays the same on average")
        ->transform(wholeNumber(1, workbench::mostSteps))
        ->capture_default_str();
    command.add_option("--seed", options->seed, "Of the random pattern")
        ->transform(wholeNumber(0, std::numeric_limits<std::uint64_t>::max()))
        ->capture_default_str();
    command.callback([options, &chosen] {
        options->target.controlled = options->loop.control;
        chosen = [options] { return produce(*options); };
    });
}

}  // namespace cli
