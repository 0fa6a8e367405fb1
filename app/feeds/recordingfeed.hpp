#pragma once
// One buffer of a recording as a feed: it has its own present, which plays, stands and jumps.
// Thread contract: as of SampleFeed. Feeds of one recording share its file and its present, so they belong to one
// thread.

#include <memory>
#include <vector>

#include "feeds/playbackclock.hpp"
#include "feeds/recordingfile.hpp"
#include "feeds/samplefeed.hpp"

namespace workbench {

class RecordingFeed final : public SampleFeed, private Playback {
public:
    /// How far back the past goes that comes with a jump, and from where on it is told how closely, seconds.
    static constexpr double mostPast = 24 * 3600;
    static constexpr double secondsPast = 3600;
    static constexpr double samplesPast = 10;
    static constexpr std::size_t mostPastEvents = 5000;
    /// More than these between two takes come as stretches. Enough for samplesPast and a second at any rate.
    static constexpr std::size_t mostSamples = 12'000;
    static constexpr std::size_t mostItemBytes = std::size_t{4} << 20;

    /// `buffer`: index in file->buffers().
    RecordingFeed(std::shared_ptr<RecordingFile> file, std::size_t buffer, std::shared_ptr<PlaybackClock> clock);
    /// All buffers of a recording, in one present, which stands at its end. Throws UnreadableRecording.
    static std::vector<std::unique_ptr<RecordingFeed>> open(
        const std::string& path,
        const std::function<PlaybackClock::Steady::time_point()>& steady = PlaybackClock::Steady::now);

    BufferFacts facts() const override { return buffer().facts; }
    FeedBatch take() override;
    std::optional<Items> items(std::uint64_t first, std::uint64_t count) override;
    void setRate(double) override {}  // what was sampled was sampled
    double now() const override { return m_clock->now(); }
    double wall(double time) const override;
    FeedState state() const override;
    Playback* playback() override { return this; }
    /// How far back it tells, from the next jump on: mostPast at most.
    void setPastSeconds(double seconds);

private:
    double begin() const override { return m_clock->begin(); }
    double end() const override { return m_clock->end(); }
    void play() override { m_clock->play(); }
    void pause() override { m_clock->pause(); }
    double speed() const override { return m_clock->speed(); }
    void setSpeed(double factor) override { m_clock->setSpeed(factor); }
    void step(int samples) override;
    void seek(double time) override { m_clock->seek(time); }

    const RecordedBuffer& buffer() const { return m_file->buffers()[m_buffer]; }
    void jump(FeedBatch& batch, std::int64_t to);
    void goOn(FeedBatch& batch, std::int64_t to);
    void grow();
    void fail(const UnreadableRecording& error);

    std::shared_ptr<RecordingFile> m_file;
    std::size_t m_buffer;
    std::shared_ptr<PlaybackClock> m_clock;
    double m_pastSeconds = mostPast;
    bool m_hasBegun = false;
    std::uint64_t m_jumps = 0;
    std::int64_t m_taken = 0;  // up to here everything was handed out
    PlaybackClock::Steady::time_point m_grown;
    std::string m_missing;  // as of the file's opening
    std::string m_problem;  // what ended it
};

}  // namespace workbench
