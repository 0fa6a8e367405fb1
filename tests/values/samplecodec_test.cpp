#include "values/samplecodec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "anysamples.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace values_tests;
using shared_cbuff::BufferState;
using shared_cbuff::Layout;
using shared_cbuff::OverflowPolicy;
using shared_cbuff::ReaderState;
using shared_cbuff::WriterState;
using workbench::CodecError;
using workbench::decodeSamples;
using workbench::encodeSamples;
using workbench::TimedSample;
using workbench::Times;

using Samples = std::vector<TimedSample>;

void expectKept(const Samples& samples) {
    const auto chunk = encodeSamples(samples);
    const Samples kept = decodeSamples(chunk, {});
    ASSERT_EQ(kept.size(), samples.size());
    for (std::size_t index = 0; index < samples.size(); ++index) {
        ASSERT_EQ(everythingOf(kept[index], false), everythingOf(samples[index], false)) << "sample " << index;
    }
}

/// Follows a buffer of 1 kHz that behaves: everything in it can be told from `pushed` and the cursors.
TimedSample steadySample(std::uint64_t tick) {
    TimedSample timed;
    timed.times = {static_cast<std::int64_t>(5'000'000'000 + tick * 1'000'000), 1'800'000'000'000'000'000};
    timed.times.unix_ns += timed.times.boot_ns;
    auto& sample = timed.sample;
    sample.geometry = {8, 1024};
    sample.max_readers = 64;
    sample.state = BufferState::alive;
    sample.writer = {WriterState::alive, 1, 2, 3, false};
    sample.pushed = sample.intent = sample.high_water = 5000 + tick;
    sample.retained = 1024;
    sample.write_slot = sample.pushed % 1024;
    auto& reader = sample.readers.emplace_back();
    reader.cursor = sample.pushed - 10;
    reader.popped = reader.cursor;
    reader.usage = sample.usage = 10;
    reader.high_water = sample.high_water = 10;
    sample.has_living_reader = true;
    return timed;
}

Samples steadySamples(std::size_t count) {
    Samples samples;
    for (std::size_t tick = 0; tick < count; ++tick) samples.push_back(steadySample(tick));
    return samples;
}

TEST(SampleCodec, KeepsEveryFieldOfASample) { expectKept({fullSample()}); }

TEST(SampleCodec, KeepsTheExtremesOfEveryNumber) {
    Samples samples(3, fullSample());
    auto& sample = samples[1].sample;
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    samples[1].times = {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
    samples[2].times = {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
    sample.geometry = {most, 0};
    sample.pushed = most;
    sample.intent = 0;
    sample.readers[0].cursor = most;
    sample.readers[0].lost = 0;
    sample.readers[0].pending = most;
    sample.readers[1].unread_at_death = most;
    expectKept(samples);
}

TEST(SampleCodec, KeepsEveryState) {
    Samples samples;
    for (int number = 0; number < 8; ++number) {
        TimedSample timed = fullSample();
        timed.times.boot_ns += number;
        timed.sample.state = static_cast<BufferState>(number);
        timed.sample.writer.state = static_cast<WriterState>(number % 5);
        timed.sample.layout = static_cast<Layout>(number % 2);
        timed.sample.policy = static_cast<OverflowPolicy>(number / 2 % 2);
        timed.sample.readers[0].state = static_cast<ReaderState>(number % 4);
        timed.sample.readers[1].lost_is_lower_bound = number % 2 == 0;
        if (number > 4) timed.sample.readers[0].unread_at_death.reset();
        samples.push_back(timed);
    }
    expectKept(samples);
}

TEST(SampleCodec, KeepsReadersThatComeAndGoAndTakeEachOthersSlot) {
    Samples samples = steadySamples(50);
    for (std::size_t tick = 10; tick < 40; ++tick) {
        auto reader = fullReader(7);
        reader.generation = tick < 25 ? 1 : 2;
        samples[tick].sample.readers.push_back(reader);
        if (tick % 3 == 0) samples[tick].sample.readers.erase(samples[tick].sample.readers.begin());
    }
    expectKept(samples);
}

TEST(SampleCodec, KeepsDamagedSamplesBetweenWholeOnes) {
    Samples samples = steadySamples(20);
    for (const std::size_t tick : {0u, 7u, 8u, 19u}) {
        auto& sample = samples[tick].sample;
        sample = {};
        sample.geometry = {8, 1024};
        sample.state = BufferState::damaged;
        sample.damage = tick == 8 ? "torn\n\xff" : "truncated";
    }
    expectKept(samples);
}

TEST(SampleCodec, KeepsARandomMixOfEverything) {
    std::mt19937_64 random{20'271'127};
    const auto any = [&] { return random() >> random() % 64; };
    for (int round = 0; round < 200; ++round) {
        SCOPED_TRACE(round);
        Samples samples = steadySamples(1 + random() % 40);
        for (auto& timed : samples) {
            if (random() % 4 == 0) timed.times.boot_ns += static_cast<std::int64_t>(any() >> 1);
            if (random() % 4 == 0) timed.times.unix_ns -= static_cast<std::int64_t>(any() >> 1);
            if (random() % 3 == 0) timed.sample.pushed = any();
            if (random() % 3 == 0) timed.sample.intent = any();
            if (random() % 5 == 0) timed.sample.geometry.length = any();
            if (random() % 3 == 0) timed.sample.readers[0].cursor = any();
            if (random() % 5 == 0) timed.sample.readers[0].lost = any();
            if (random() % 5 == 0) timed.sample.readers[0].high_water = any();
            if (random() % 5 == 0) timed.sample.readers.push_back(fullReader(1 + static_cast<std::uint32_t>(any())));
            if (random() % 9 == 0) timed.sample.readers.clear();
        }
        expectKept(samples);
    }
}

TEST(SampleCodec, KeepsWhatAnObserverSawOfARealBuffer) {
    const test_support::ScopedName name;
    auto writer = shared_cbuff::Writer::create(name, {.item_size = 8, .length = 16});
    auto observer = shared_cbuff::Observer::attach(name, std::nullopt, std::chrono::nanoseconds{0});
    auto reader = shared_cbuff::Reader::attach(name, {.label = "slow"});
    Samples samples;
    for (std::uint64_t round = 0; round < 200; ++round) {
        for (std::uint64_t pushed = 0; pushed < round % 30; ++pushed) writer.push(pushed);
        std::optional<shared_cbuff::Reader> guest;
        if (round % 7 == 0) guest = shared_cbuff::Reader::attach(name, {.label = "guest"});
        for (std::uint64_t popped = 0; popped < round % 17; ++popped) reader.pop();
        TimedSample& timed = samples.emplace_back();
        timed.sample = observer.sample();
        timed.times = workbench::timesNow();
    }
    expectKept(samples);
}

/// What conservation tells is left out of a chunk, so how it is told may never change.
Samples lappedSamples() {
    Samples samples;
    for (std::uint64_t tick = 0; tick < 3; ++tick) {
        TimedSample timed = steadySample(tick);
        auto& sample = timed.sample;
        sample.intent = sample.pushed + 1;
        auto& lapped = sample.readers.emplace_back();
        lapped.slot = 1;
        lapped.generation = 2;
        lapped.cursor = 3000;
        lapped.popped = 2990;
        lapped.pending = sample.intent - 1024 - lapped.cursor;
        lapped.usage = sample.usage = sample.pushed - lapped.cursor - lapped.pending;
        lapped.lost = 10 + lapped.pending;
        lapped.overruns = 2;
        lapped.high_water = sample.high_water = 1024;
        samples.push_back(timed);
    }
    return samples;
}

TEST(SampleCodec, ReadsWhatWasWrittenBefore) {
    constexpr std::string_view hex =
        "0128b52ffd24e0b50200840303c0843d02010001020080e497d012008080d09de9ceb8fd1803882700020000080080080000"
        "004001000200030101000004f6ffb8170a000c005f9d008739ad001c746e80cb05ea82ab217378189ac01c9ac00854830037";
    std::vector<std::byte> chunk;
    for (std::size_t at = 0; at < hex.size(); at += 2)
        chunk.push_back(static_cast<std::byte>(std::stoi(std::string{hex.substr(at, 2)}, nullptr, 16)));
    const Samples kept = decodeSamples(chunk, {});
    const Samples samples = lappedSamples();
    ASSERT_EQ(kept.size(), samples.size());
    for (std::size_t index = 0; index < samples.size(); ++index)
        EXPECT_EQ(everythingOf(kept[index], false), everythingOf(samples[index], false)) << index;
}

TEST(SampleCodec, TakesHardlyAnyRoomForWhatCanBeTold) {
    // Times, pushed, cursors: a straight line each. A few bytes in all beside the label and the constants.
    EXPECT_LT(encodeSamples(steadySamples(1000)).size(), 200u);
    Samples gap = steadySamples(1000);
    gap.erase(gap.begin() + 300, gap.begin() + 400);
    EXPECT_LT(encodeSamples(gap).size(), 300u);
}

TEST(SampleCodec, TellsTimesFromTheOrigin) {
    Samples samples{fullSample()};
    samples[0].times.boot_ns = 7'500'000'000;
    const Samples kept = decodeSamples(encodeSamples(samples), {.boot_ns = 7'000'000'000, .unix_ns = 1'000'000'000});
    EXPECT_DOUBLE_EQ(kept[0].time, 1.5);
    EXPECT_EQ(kept[0].sample.taken_at.time_since_epoch(), std::chrono::nanoseconds{7'500'000'000});
}

TEST(SampleCodec, TakesNoMoreThanAChunkHolds) {
    EXPECT_THROW(encodeSamples({}), std::invalid_argument);
    EXPECT_THROW(encodeSamples(Samples(workbench::maxChunkSamples + 1, steadySample(0))), std::invalid_argument);
    TimedSample crowded = steadySample(0);
    for (std::uint32_t slot = 1; slot < 4096; ++slot) crowded.sample.readers.push_back(fullReader(slot));
    const std::size_t fitting = workbench::maxChunkReaders / 4096;
    const Samples many(fitting + 1, crowded);
    EXPECT_EQ(workbench::fittingSamples(many), fitting);
    EXPECT_THROW(encodeSamples(many), std::invalid_argument);
    EXPECT_EQ(decodeSamples(encodeSamples(Samples(fitting, crowded)), {}).size(), fitting);
    EXPECT_EQ(workbench::fittingSamples(Samples(20'000, TimedSample{})), workbench::maxChunkSamples);
    EXPECT_EQ(workbench::fittingSamples({}), 0u);
}

TEST(SampleCodec, RefusesReadersInNoOrder) {
    TimedSample timed = fullSample();
    std::swap(timed.sample.readers[0], timed.sample.readers[1]);
    EXPECT_THROW(encodeSamples(Samples{timed}), std::invalid_argument);
}

// ---- Damage

std::string refusalOf(std::span<const std::byte> chunk) {
    try {
        decodeSamples(chunk, {});
    } catch (const CodecError& error) {
        return error.what();
    }
    return {};
}

TEST(SampleCodec, RefusesANewerVersionAndNothing) {
    auto chunk = encodeSamples(steadySamples(5));
    chunk[0] = std::byte{2};
    EXPECT_THAT(refusalOf(chunk), testing::HasSubstr("version 2"));
    EXPECT_THAT(refusalOf(chunk), testing::HasSubstr("newer"));
    EXPECT_THAT(refusalOf({}), testing::HasSubstr("empty"));
}

TEST(SampleCodec, RefusesEveryShorterChunkAndEveryFlippedBit) {
    const auto chunk = encodeSamples(steadySamples(5));
    for (std::size_t size = 0; size < chunk.size(); ++size) {
        EXPECT_NE(refusalOf(std::span{chunk}.first(size)), "") << size << " bytes";
    }
    for (std::size_t bit = 0; bit < chunk.size() * 8; ++bit) {
        auto flipped = chunk;
        flipped[bit / 8] ^= std::byte{1} << bit % 8;
        // A bit that means nothing may flip; then the samples are the same.
        if (refusalOf(flipped).empty()) {
            EXPECT_EQ(encodeSamples(decodeSamples(flipped, {})), chunk) << "bit " << bit;
        }
    }
    auto longer = chunk;
    longer.push_back(std::byte{0});
    EXPECT_NE(refusalOf(longer), "");
}

TEST(PackedBytes, ComeBackAsTheyWere) {
    std::vector<std::byte> bytes(100'000);
    for (std::size_t index = 0; index < bytes.size(); ++index)
        bytes[index] = static_cast<std::byte>(index * index >> 7);
    const auto packed = workbench::packBytes(bytes);
    EXPECT_EQ(workbench::unpackBytes(packed, bytes.size()), bytes);
    EXPECT_THROW(workbench::unpackBytes(packed, bytes.size() - 1), CodecError);
    EXPECT_THROW(workbench::unpackBytes(packed, bytes.size() + 1), CodecError);
    EXPECT_THROW(workbench::unpackBytes(std::span{packed}.first(packed.size() / 2), bytes.size()), CodecError);
    EXPECT_EQ(workbench::unpackBytes(workbench::packBytes({}), 0).size(), 0u);
}

}  // namespace
