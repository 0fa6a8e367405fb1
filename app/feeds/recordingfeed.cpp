#include "feeds/recordingfeed.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace workbench {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
/// A time is a double, a moment is not: a sample so close to the present is of the present.
constexpr std::int64_t slack_ns = 500;
constexpr std::chrono::seconds growInterval{1};
constexpr int mostSteps = 10'000;

std::int64_t nanoseconds(double seconds) { return std::llround(seconds * 1e9); }

std::int64_t floorTo(std::int64_t value, std::int64_t unit) { return std::max(value, std::int64_t{0}) / unit * unit; }

template <class T>
void append(std::vector<T>& to, std::vector<T> more) {
    to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

RecordingFeed::RecordingFeed(std::shared_ptr<RecordingFile> file, std::size_t buffer,
                             std::shared_ptr<PlaybackClock> clock)
    : m_file{std::move(file)},
      m_buffer{buffer},
      m_clock{std::move(clock)},
      m_grown{m_clock->steady()},
      m_missing{m_file->missing()} {}

std::vector<std::unique_ptr<RecordingFeed>> RecordingFeed::open(
    const std::string& path, const std::function<PlaybackClock::Steady::time_point()>& steady) {
    auto file = std::make_shared<RecordingFile>(path);
    const auto clock =
        std::make_shared<PlaybackClock>(file->timeOf(file->begin_boot_ns()), file->timeOf(file->end_boot_ns()), steady);
    std::vector<std::unique_ptr<RecordingFeed>> feeds;
    for (std::size_t index = 0; index < file->buffers().size(); ++index)
        feeds.push_back(std::make_unique<RecordingFeed>(file, index, clock));
    return feeds;
}

void RecordingFeed::setPastSeconds(double seconds) { m_pastSeconds = std::clamp(seconds, 0.0, mostPast); }

double RecordingFeed::wall(double time) const {
    return static_cast<double>(m_file->unixOf(m_file->bootOf(time))) / 1e9;
}

FeedBatch RecordingFeed::take() {
    FeedBatch batch{.facts = facts()};
    if (!m_problem.empty()) return batch;
    try {
        grow();
        const std::int64_t to = m_file->bootOf(m_clock->now()) + slack_ns;
        const bool jumps = !m_hasBegun || m_jumps != m_clock->jumps() || to < m_taken;
        m_hasBegun = true;
        m_jumps = m_clock->jumps();
        if (jumps)
            jump(batch, to);
        else if (to > m_taken)
            goOn(batch, to);
        m_taken = to;
    } catch (const UnreadableRecording& error) {
        fail(error);
    }
    return batch;
}

/// The past of the present, the more closely the nearer it is: minutes, seconds, samples.
namespace {

struct Counted {
    std::uint64_t amount = 0;
    std::uint64_t count = 0;
};

/// What an event of this kind adds up, as it stood in a sample; nothing of other kinds, or if its reader is not there.
Counted countedIn(const shared_cbuff::Sample& sample, const Event& event) {
    if (event.kind == EventKind::Rejected) return {sample.rejected, 0};
    const auto reader = std::ranges::find_if(
        sample.readers, [&](const auto& candidate) { return event.reader && candidate.key() == event.reader->key; });
    if (reader == sample.readers.end()) return {};
    if (event.kind == EventKind::Overflow) return {reader->lost, reader->overruns};
    return event.kind == EventKind::Underflow ? Counted{reader->underflows, 0} : Counted{};
}

std::uint64_t without(std::uint64_t sum, std::uint64_t before, std::uint64_t after) {
    return sum - std::min(sum, after - std::min(before, after));
}

/// An event that sums up what went on for a while may reach into the samples, which tell that part themselves.
void endWithFirstSample(FeedBatch& batch) {
    if (batch.samples.empty()) return;
    constexpr double slack = 1e-6;  // of times as doubles
    const TimedSample& first = batch.samples.front();
    std::erase_if(batch.pastEvents, [&](Event& event) {
        if (event.until <= first.time + slack) return false;
        const auto behind = std::ranges::upper_bound(batch.samples, event.until + slack, {}, &TimedSample::time);
        const Counted before = countedIn(first.sample, event);
        const Counted after = countedIn(std::prev(behind)->sample, event);
        event.amount = without(event.amount, before.amount, after.amount);
        event.count = without(event.count, before.count, after.count);
        event.until = first.time;
        return event.amount == 0;
    });
}

}  // namespace

void RecordingFeed::jump(FeedBatch& batch, std::int64_t to) {
    batch.restarted = true;
    const std::int64_t oldest = to - nanoseconds(m_pastSeconds);
    const std::int64_t samples_s = floorTo(to - nanoseconds(samplesPast), second_ns) / second_ns;
    const std::int64_t seconds_s = floorTo(to - nanoseconds(secondsPast), 60 * second_ns) / second_ns;
    const std::int64_t oldest_s = floorTo(oldest + second_ns - 1, second_ns) / second_ns;
    if (oldest_s < seconds_s) {
        // A minute that begins before the history asked for is none of it.
        const std::int64_t whole_s = (oldest_s + 59) / 60 * 60;
        append(batch.past, m_file->stretches(buffer(), StretchLength::minute, whole_s, seconds_s));
    }
    append(batch.past, m_file->stretches(buffer(), StretchLength::second, std::max(seconds_s, oldest_s), samples_s));
    const std::int64_t after = std::max(samples_s * second_ns, oldest) - 1;
    batch.samples = m_file->samples(buffer(), after, to, mostSamples);
    // What happens after the first sample is found in the samples: so that it is not told twice, what is told ends
    // there.
    const std::int64_t first = batch.samples.empty() ? to : batch.samples.front().times.boot_ns;
    batch.pastEvents = m_file->events(buffer(), oldest, first, mostPastEvents);
    endWithFirstSample(batch);
    batch.sampleGaps = m_file->sampleGaps(buffer(), after, to);
    for (const SampleGap& gap : batch.sampleGaps) batch.skipped += gap.skipped;
}

void RecordingFeed::goOn(FeedBatch& batch, std::int64_t to) {
    if (to - m_taken > nanoseconds(secondsPast)) return jump(batch, to);
    std::int64_t after = m_taken;
    if (m_file->sampleCount(buffer(), after, to) > mostSamples) {
        // Too much to tell sample by sample: the newest ones, and what the others amount to.
        const std::int64_t to_s = floorTo(to - second_ns, second_ns) / second_ns;
        batch.past = m_file->stretches(buffer(), StretchLength::second, after / second_ns, to_s);
        // A part of the first one was told already; it is no new past, but no extreme may be missing either.
        if (!batch.past.empty()) batch.past.front().from = std::max(batch.past.front().from, m_file->timeOf(after));
        after = std::max(after, to_s * second_ns - 1);
    }
    batch.samples = m_file->samples(buffer(), after, to, mostSamples);
    batch.sampleGaps = m_file->sampleGaps(buffer(), m_taken, to);
    for (const SampleGap& gap : batch.sampleGaps) batch.skipped += gap.skipped;
    batch.items = m_file->itemRuns(buffer(), m_taken, to, mostItemBytes);
    batch.gaps = m_file->itemGaps(buffer(), m_taken, to);
}

/// What another process has written meanwhile.
void RecordingFeed::grow() {
    if (!m_file->isGrowing()) return;
    const auto now = m_clock->steady();
    if (now - m_grown < growInterval) return;
    m_grown = now;
    m_file->refresh();
    m_missing = m_file->missing();
    m_clock->setEnd(m_file->timeOf(m_file->end_boot_ns()));
}

void RecordingFeed::fail(const UnreadableRecording& error) {
    m_problem = error.what();
    m_clock->pause();
}

std::optional<Items> RecordingFeed::items(std::uint64_t first, std::uint64_t count) {
    if (!m_problem.empty() || count == 0) return std::nullopt;
    try {
        const std::int64_t to = m_file->bootOf(m_clock->now()) + slack_ns;
        const auto numbers = m_file->itemNumbers(buffer(), to);
        if (!numbers) return std::nullopt;
        if (buffer().facts.isClassic()) {  // which numbers none: the newest ones
            const std::uint64_t newest = numbers->end - std::min(numbers->end, count);
            return m_file->items(buffer(), std::max(newest, numbers->first), count, to);
        }
        const auto sample = m_file->sampleAt(buffer(), to);
        const std::uint64_t pushed = sample ? sample->sample.pushed : 0;
        const std::uint64_t oldest = pushed - std::min(pushed, sample ? sample->sample.retained : 0);
        const std::uint64_t begin = std::max(first, oldest);
        return begin < pushed ? m_file->items(buffer(), begin, std::min(count, pushed - begin), to) : std::nullopt;
    } catch (const UnreadableRecording& error) {
        fail(error);
        return std::nullopt;
    }
}

FeedState RecordingFeed::state() const {
    if (!m_problem.empty()) return {FeedState::Kind::ended, m_problem};
    const std::string rest = m_missing.empty() ? "" : "; " + m_missing;
    if (!m_clock->isPlaying()) return {FeedState::Kind::paused, "the recording is paused" + rest};
    if (m_clock->isAtEnd()) return {FeedState::Kind::ended, "the recording ends here" + rest};
    return {FeedState::Kind::running, m_missing};
}

void RecordingFeed::step(int samples) {
    m_clock->pause();
    const int count = std::clamp(samples, -mostSteps, mostSteps);
    const std::int64_t present = m_file->bootOf(m_clock->now());
    try {
        if (count > 0) {
            const auto next =
                m_file->samples(buffer(), present + slack_ns, RecordingFile::always, static_cast<std::size_t>(count));
            if (!next.empty()) m_clock->advance(m_file->timeOf(next.back().times.boot_ns));
        } else if (count < 0) {
            const auto before = m_file->momentsBefore(buffer(), present - slack_ns, static_cast<std::size_t>(-count));
            if (!before.empty()) m_clock->seek(m_file->timeOf(before.back()));
        }
    } catch (const UnreadableRecording& error) {
        fail(error);
    }
}

}  // namespace workbench
