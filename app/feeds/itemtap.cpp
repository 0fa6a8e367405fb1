#include "feeds/itemtap.hpp"

#include <algorithm>
#include <utility>

#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/errors.hpp"

namespace workbench {
namespace {

using Clock = std::chrono::steady_clock;

/// Copied at once: a part that the writer laps is copied in vain, again and again, so it is small.
constexpr std::uint64_t partBytes = 4096;
constexpr unsigned mostDefeats = 16;

shared_cbuff::Reader attachTo(const shared_cbuff::Observer& observer) {
    auto reader = shared_cbuff::Reader::attach(
        observer.name(),
        {.geometry = observer.geometry(), .start = shared_cbuff::StartAt::oldest, .registered = false});
    // Whoever replaced it before cannot have put it back since.
    const auto named = shared_cbuff::find_segment(observer.name());
    if (!named || *named != observer.identity()) {
        throw shared_cbuff::BufferNotFound{"read the items of", observer.name(),
                                           "its name was removed or leads to another buffer by now; begin anew"};
    }
    return reader;
}

/// The run that these items continue, or a new one.
TimedItems& runFor(TappedItems& into, double time, std::uint64_t first) {
    if (!into.items.empty()) {
        TimedItems& last = into.items.back();
        if (last.time == time && last.first + last.count == first) return last;
    }
    return into.items.emplace_back(TimedItems{.time = time, .first = first, .count = 0, .bytes = {}});
}

}  // namespace

TapReader::TapReader(const shared_cbuff::Observer& observer)
    : m_reader{attachTo(observer)}, m_next{m_reader.is_classic() ? 0 : m_reader.position()} {
    const auto [item_size, length] = m_reader.geometry();
    const std::uint64_t items =
        std::clamp<std::uint64_t>(partBytes / item_size, 1, std::max<std::uint64_t>(1, length / 4));
    m_part.resize(items * item_size);
}

/// One part. Returns how many items came; those lost before them are told in `into`.
std::uint64_t TapReader::popInto(double time, TappedItems& into) {
    const std::uint64_t item_size = m_reader.geometry().item_size;
    const std::uint64_t count = m_reader.pop_many(m_part);
    const std::uint64_t end = m_reader.is_classic() ? m_next + count : m_reader.position();
    const std::uint64_t first = end - count;
    // What was overwritten before the first item came was never ours to lose.
    if (first > m_next && m_hasBegun) into.gaps.push_back({.time = time, .first = m_next, .count = first - m_next});
    m_next = end;
    if (count == 0) return 0;
    m_hasBegun = true;
    TimedItems& run = runFor(into, time, first);
    run.count += count;
    const auto bytes = static_cast<std::ptrdiff_t>(count * item_size);
    run.bytes.insert(run.bytes.end(), m_part.begin(), m_part.begin() + bytes);
    return count;
}

TapReader::Rest TapReader::look(double time, Rest sinceLast, TappedItems& into) {
    if (!m_reader.intact()) {
        throw shared_cbuff::CorruptBuffer{"read the items of", m_reader.name(), "the segment was truncated"};
    }
    const std::uint64_t begin = m_next;
    const std::uint64_t length = m_reader.geometry().length;
    const std::uint64_t partItems = m_part.size() / m_reader.geometry().item_size;
    std::uint64_t came = 0;
    // No more than one ring: a writer that is as fast as we are would never let us go.
    for (std::uint64_t count = partItems; count == partItems && came < length; came += count) {
        count = popInto(time, into);
    }
    return restAfter(came, m_next - begin - came, sinceLast);
}

TapReader::Rest TapReader::restAfter(std::uint64_t came, std::uint64_t lost, Rest sinceLast) {
    const std::uint64_t quarter = std::max<std::uint64_t>(1, m_reader.geometry().length / 4);
    if (lost == 0) m_defeats = 0;
    if (lost > 0 && !std::exchange(m_isCatchingUp, false)) {
        m_defeats = std::min(m_defeats + 1, mostDefeats);
        if (m_defeats > 1) {  // once is bad luck
            m_isCatchingUp = true;
            return std::min<Rest>(longestPause, longestRest * (1 << std::min(m_defeats, 8u)));
        }
    }
    m_isCatchingUp = false;
    if (lost > 0) return shortestRest;
    if (came == 0) return std::min<Rest>(longestRest, std::max<Rest>(shortestRest, 2 * sinceLast));
    const double untilQuarter =
        static_cast<double>(sinceLast.count()) * static_cast<double>(quarter) / static_cast<double>(came);
    return std::clamp<Rest>(Rest{static_cast<Rest::rep>(std::min(untilQuarter, 1e12))}, shortestRest, longestRest);
}

// ---- In a thread of its own

ItemTap::ItemTap(const shared_cbuff::Observer& observer, std::function<double()> now)
    : m_reader{observer}, m_now{std::move(now)}, m_worker{[this] { run(); }} {}

ItemTap::~ItemTap() { stop(); }

TappedItems ItemTap::take() {
    const std::scoped_lock lock{m_mutex};
    m_bytes = 0;
    return std::exchange(m_pending, {});
}

void ItemTap::stop() {
    {
        const std::scoped_lock lock{m_mutex};
        m_stopping = true;
        m_changed.notify_all();
    }
    if (m_worker.joinable()) m_worker.join();
}

std::string ItemTap::problem() const {
    const std::scoped_lock lock{m_mutex};
    return m_problem;
}

void ItemTap::run() {
    auto last = Clock::now();
    try {
        std::unique_lock lock{m_mutex};
        for (bool isLast = false; !isLast;) {
            isLast = m_stopping;
            lock.unlock();
            TappedItems tapped;
            const auto now = Clock::now();
            const auto rest = m_reader.look(m_now(), now - last, tapped);
            last = now;
            lock.lock();
            add(tapped);
            if (!isLast) m_changed.wait_until(lock, now + rest, [this] { return m_stopping; });
        }
    } catch (const std::exception& error) {
        const std::scoped_lock lock{m_mutex};
        m_problem = error.what();
    }
}

/// With the mutex held.
void ItemTap::add(TappedItems& tapped) {
    m_pending.gaps.insert(m_pending.gaps.end(), tapped.gaps.begin(), tapped.gaps.end());
    for (TimedItems& items : tapped.items) {
        if (m_bytes + items.bytes.size() > pendingBytes) {
            m_pending.gaps.push_back({.time = items.time, .first = items.first, .count = items.count});
            continue;
        }
        m_bytes += items.bytes.size();
        m_pending.items.push_back(std::move(items));
    }
}

}  // namespace workbench
