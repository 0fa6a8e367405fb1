// The stretches of a recording: samples, what they amount to, events, items.

#include <algorithm>
#include <cmath>

#include "feeds/recordingfile.hpp"
#include "feeds/recordingschema.hpp"
#include "values/names.hpp"
#include "values/samplecodec.hpp"

namespace workbench {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
/// Of the boot clock's seconds: more have no nanoseconds in 64 bits.
constexpr std::int64_t lastSecond = (std::int64_t{1} << 61) / second_ns;
/// What one run of items may be: more is never written, and not worth the memory.
constexpr std::uint64_t mostRunBytes = std::uint64_t{64} << 20;

ValueRange rangeOf(const ReadingStatement& row, int column) {
    return {row.counter(column), row.counter(column + 1), row.counter(column + 2)};
}

}  // namespace

/// Where to begin to read so that the sample at this moment is among what comes.
std::int64_t RecordingFile::chunkStart(const RecordedBuffer& buffer, std::int64_t boot_ns) {
    auto& row = m_read.chunkAt.with(buffer.id, boot_ns);
    const std::int64_t start = row.next() ? row.integer(0) : 0;
    row.reset();
    return start;
}

const std::vector<TimedSample>& RecordingFile::decoded(const RecordedBuffer& buffer, std::int64_t chunk) {
    Decoded& kept = m_decoded[buffer.id];
    if (kept.chunk == chunk) return kept.samples;
    kept = {.chunk = chunk, .samples = {}};
    auto& row = m_read.chunkData.with(chunk);
    try {
        if (row.next()) kept.samples = decodeSamples(row.blob(0), m_origin);
    } catch (const CodecError&) {
        m_unreadable.insert(chunk);
    } catch (const UnreadableRecording&) {
        m_unreadable.insert(chunk);
    }
    row.reset();
    // Only what is in order can be searched, and be of a past that grows.
    std::int64_t last = -1;
    std::erase_if(kept.samples, [&](const TimedSample& timed) {
        const bool isOdd = timed.times.boot_ns <= last;
        last = std::max(last, timed.times.boot_ns);
        return isOdd;
    });
    return kept.samples;
}

std::vector<TimedSample> RecordingFile::samples(const RecordedBuffer& buffer, std::int64_t after, std::int64_t to,
                                                std::size_t most) {
    std::vector<TimedSample> found;
    std::int64_t last = after;
    auto& chunks = m_read.chunksBetween.with(buffer.id, chunkStart(buffer, after), to);
    while (found.size() < most && chunks.next()) {
        for (const TimedSample& timed : decoded(buffer, chunks.integer(0))) {
            if (timed.times.boot_ns <= last || timed.times.boot_ns > to) continue;
            if (found.size() == most) break;
            last = timed.times.boot_ns;
            found.push_back(timed);
        }
    }
    chunks.reset();
    return found;
}

std::optional<TimedSample> RecordingFile::sampleAt(const RecordedBuffer& buffer, std::int64_t boot_ns) {
    const auto moments = momentsBefore(buffer, boot_ns == always ? always : boot_ns + 1, 1);
    if (moments.empty()) return std::nullopt;
    auto found = samples(buffer, moments[0] - 1, moments[0], 1);
    return found.empty() ? std::nullopt : std::optional{std::move(found[0])};
}

std::vector<std::int64_t> RecordingFile::momentsBefore(const RecordedBuffer& buffer, std::int64_t boot_ns,
                                                       std::size_t most) {
    std::vector<std::int64_t> moments;
    std::int64_t before = boot_ns;
    while (moments.size() < most) {
        auto& row = m_read.chunkAt.with(buffer.id, before - 1);
        if (!row.next()) break;
        const std::int64_t first = row.integer(0);
        const std::int64_t chunk = row.integer(1);
        row.reset();
        const auto& samples = decoded(buffer, chunk);
        for (auto timed = samples.rbegin(); timed != samples.rend() && moments.size() < most; ++timed) {
            if (timed->times.boot_ns < before) moments.push_back(before = timed->times.boot_ns);
        }
        if (first <= 0) break;
        before = std::min(before, first);  // also past one that makes no sense
    }
    return moments;
}

std::uint64_t RecordingFile::sampleCount(const RecordedBuffer& buffer, std::int64_t after, std::int64_t to) {
    std::uint64_t count = 0;
    auto& chunks = m_read.chunksBetween.with(buffer.id, chunkStart(buffer, after), to);
    while (chunks.next()) count += std::min<std::uint64_t>(chunks.counter(1), maxChunkSamples);
    return count;
}

std::vector<PastStretch> RecordingFile::stretches(const RecordedBuffer& buffer, StretchLength length,
                                                  std::int64_t from_s, std::int64_t to_s) {
    std::vector<PastStretch> found;
    const bool isMinute = length == StretchLength::minute;
    auto& row = (isMinute ? m_read.minutes : m_read.seconds)
                    .with(buffer.id, std::max(from_s, std::int64_t{0}), std::min(to_s, lastSecond));
    std::int64_t begin_s = -1;
    while (row.next()) {
        if (row.integer(1) != begin_s) {
            begin_s = row.integer(1);
            const std::int64_t end_s = begin_s + (isMinute ? 60 : 1);
            found.emplace_back();
            found.back().from = timeOf(begin_s * second_ns);
            found.back().to = timeOf(end_s * second_ns);
        }
        PastStretch& stretch = found.back();
        if (row.isNull(0)) {
            stretch.usage = rangeOf(row, 2);
            stretch.pushed = row.counter(5);
            stretch.rejected = row.counter(6);
        } else if (const Reader* const who = reader(row.integer(0)); who != nullptr && who->buffer == buffer.id) {
            stretch.readers.push_back({.key = who->key,
                                       .label = who->label,
                                       .pid = who->pid,
                                       .usage = rangeOf(row, 2),
                                       .popped = row.counter(7),
                                       .lost = row.counter(8),
                                       .underflows = row.counter(9)});
        }
    }
    return found;
}

Event RecordingFile::eventOf(const RecordedBuffer& buffer, const ReadingStatement& row) const {
    Event event{.time = timeOf(row.integer(0)),
                .kind = static_cast<EventKind>(row.integer(2)),
                .buffer = shownName(buffer.facts.name),
                .amount = row.counter(4),
                .count = row.counter(5),
                .lost = row.counter(6),
                .pid = static_cast<std::uint32_t>(row.integer(7)),
                .epoch = row.counter(8),
                .isConsumer = row.integer(9) != 0,
                .detail = QString::fromStdString(row.text(10)),
                .until = timeOf(row.integer(1))};
    if (row.isNull(3)) return event;
    const Reader* const who = reader(row.integer(3));
    if (who != nullptr) event.reader = {buffer.facts.identity, who->key, shownName(who->label), who->pid};
    return event;
}

std::vector<Event> RecordingFile::events(const RecordedBuffer& buffer, std::int64_t after, std::int64_t to,
                                         std::size_t most) {
    constexpr auto lastKind = static_cast<std::int64_t>(EventKind::Rejected);
    std::vector<Event> found;
    const auto limit = static_cast<std::int64_t>(most);
    for (auto& row = m_read.events.with(buffer.id, after, to, limit); row.next();) {
        // Kinds of a newer program have no words here.
        if (row.integer(2) < 0 || row.integer(2) > lastKind) continue;
        found.push_back(eventOf(buffer, row));
    }
    for (auto& row = m_read.notes.with(buffer.id, after, to, limit); row.next();) {
        const double time = timeOf(row.integer(0));
        found.push_back({.time = time,
                         .kind = EventKind::Note,
                         .buffer = shownName(buffer.facts.name),
                         .detail = QString::fromStdString(row.text(1)),
                         .until = time});
    }
    std::ranges::reverse(found);
    std::ranges::stable_sort(found, {}, &Event::time);
    if (found.size() > most) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(most));
    return found;
}

std::vector<SampleGap> RecordingFile::sampleGaps(const RecordedBuffer& buffer, std::int64_t after, std::int64_t to) {
    std::vector<SampleGap> found;
    for (auto& row = m_read.gaps.with(buffer.id, after, to); row.next();) {
        if (row.text(0) == recording::gap::samples)
            found.push_back({timeOf(row.integer(1)), timeOf(row.integer(2)), row.counter(4)});
    }
    return found;
}

std::vector<ItemGap> RecordingFile::itemGaps(const RecordedBuffer& buffer, std::int64_t after, std::int64_t to) {
    std::vector<ItemGap> found;
    for (auto& row = m_read.gaps.with(buffer.id, after, to); row.next();) {
        if (row.text(0) == recording::gap::items)
            found.push_back({timeOf(row.integer(2)), row.counter(3), row.counter(4)});
    }
    return found;
}

/// Of a row with `count` and `data` in these columns; empty if they make no sense.
std::vector<std::byte> RecordingFile::bytesOf(const RecordedBuffer& buffer, const ReadingStatement& row, int count,
                                              int data) const {
    const std::uint64_t size = buffer.facts.geometry.item_size;
    if (row.counter(count) > mostRunBytes / size) return {};
    try {
        return unpackBytes(row.blob(data), static_cast<std::size_t>(row.counter(count) * size));
    } catch (const CodecError&) {
        return {};
    }
}

std::vector<TimedItems> RecordingFile::itemRuns(const RecordedBuffer& buffer, std::int64_t after, std::int64_t to,
                                                std::size_t mostBytes) {
    std::vector<TimedItems> found;
    std::size_t bytes = 0;
    auto& row = m_read.runsBetween.with(buffer.id, after, to);
    while ((found.empty() || bytes < mostBytes) && row.next()) {
        auto data = bytesOf(buffer, row, 1, 3);
        if (data.empty()) continue;
        bytes += data.size();
        found.push_back({timeOf(row.integer(2)), row.counter(0), row.counter(1), std::move(data)});
    }
    row.reset();
    return found;
}

std::optional<Items> RecordingFile::items(const RecordedBuffer& buffer, std::uint64_t first, std::uint64_t count,
                                          std::int64_t to) {
    const auto number = static_cast<std::int64_t>(std::min<std::uint64_t>(first, std::int64_t{1} << 62));
    auto& at = m_read.runAt.with(buffer.id, number);
    const std::int64_t start = at.next() ? at.integer(0) : 0;
    at.reset();
    const std::uint64_t size = buffer.facts.geometry.item_size;
    const std::uint64_t most = std::min(count, std::max<std::uint64_t>(1, mostRunBytes / size));
    Items items;
    auto& row = m_read.runsFrom.with(buffer.id, start);
    while (items.count < most && row.next()) {
        const std::uint64_t begin = row.counter(0);
        const std::uint64_t end = begin + row.counter(1);
        if (end <= first || end < begin || row.integer(2) > to) continue;
        const std::uint64_t wanted = items.count == 0 ? std::max(begin, first) : items.first + items.count;
        if (begin > wanted) break;  // a gap ends what belongs together
        const auto data = bytesOf(buffer, row, 1, 3);
        if (data.empty() || wanted >= end) continue;
        if (items.count == 0) items.first = wanted;
        const std::uint64_t taken = std::min(most - items.count, end - wanted);
        const auto from = data.begin() + static_cast<std::ptrdiff_t>((wanted - begin) * size);
        items.bytes.insert(items.bytes.end(), from, from + static_cast<std::ptrdiff_t>(taken * size));
        items.count += taken;
    }
    row.reset();
    return items.count == 0 ? std::nullopt : std::optional{std::move(items)};
}

std::optional<RecordingFile::ItemNumbers> RecordingFile::itemNumbers(const RecordedBuffer& buffer, std::int64_t to) {
    auto& last = m_read.lastRun.with(buffer.id, to);
    if (!last.next()) return std::nullopt;
    const std::uint64_t end = last.counter(0) + last.counter(1);
    last.reset();
    auto& first = m_read.firstRun.with(buffer.id);
    if (!first.next()) return std::nullopt;
    const std::uint64_t begin = first.counter(0);
    first.reset();
    return begin < end ? std::optional{ItemNumbers{begin, end}} : std::nullopt;
}

}  // namespace workbench
