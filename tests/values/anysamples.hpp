#pragma once
// Samples in which every field has a value of its own, and what is kept of samples, for tests of what must keep it all.
// Thread contract: pure functions.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>

#include "values/timedsample.hpp"

namespace values_tests {

inline void setLabel(shared_cbuff::ReaderSample& reader, std::string_view label) {
    reader.label_bytes.fill('\0');
    std::ranges::copy(label.substr(0, reader.label_bytes.size()), reader.label_bytes.begin());
}

inline shared_cbuff::ReaderSample fullReader(std::uint32_t slot) {
    shared_cbuff::ReaderSample reader;
    reader.slot = slot;
    reader.state = shared_cbuff::ReaderState::dead;
    reader.pid = 4'000'000'001;
    reader.start_time = 302;
    reader.generation = 303;
    reader.start = 304;
    reader.cursor = (std::uint64_t{1} << 62) - 305;
    reader.popped = 306;
    reader.usage = 307;
    reader.lost = 308;
    reader.pending = 309;
    reader.overruns = 310;
    reader.underflows = 311;
    reader.high_water = 312;
    reader.lost_is_lower_bound = true;
    reader.unread_at_death = 313;
    setLabel(reader, "a\\b\n\xff\xc3\xa9");
    return reader;
}

/// No field has its default, and none the value of another one.
inline workbench::TimedSample fullSample() {
    workbench::TimedSample timed;
    timed.times = {1'234'567'890'123'456'789, 1'800'000'000'987'654'321};
    shared_cbuff::Sample& sample = timed.sample;
    sample.taken_at = std::chrono::steady_clock::time_point{std::chrono::nanoseconds{timed.times.boot_ns}};
    sample.geometry = {201, 202};
    sample.policy = shared_cbuff::OverflowPolicy::reject;
    sample.max_readers = 203;
    sample.created_unix_ns = 1'700'000'000'123'456'789;
    sample.state = shared_cbuff::BufferState::abandoned;
    sample.pushed = std::uint64_t{1} << 62;
    sample.intent = (std::uint64_t{1} << 62) + 1;
    sample.rejected = 206;
    sample.usage = 207;
    sample.retained = 208;
    sample.has_living_reader = true;
    sample.high_water = 209;
    sample.write_slot = 210;
    sample.writer = {shared_cbuff::WriterState::abandoned, 211, 212, 213, true};
    sample.readers = {fullReader(3), fullReader(9)};
    sample.readers.back().generation = 9'007'199'254'740'993;  // 2^53 + 1: no double holds it
    return timed;
}

/// Everything but TimedSample::time, in words: equal for equal samples, and tells the difference of others.
inline std::string everythingOf(const workbench::TimedSample& timed, bool withTakenAt = true) {
    const shared_cbuff::Sample& sample = timed.sample;
    std::ostringstream text;
    text << timed.times.boot_ns << ' ' << timed.times.unix_ns;
    if (withTakenAt) text << ' ' << sample.taken_at.time_since_epoch().count();
    text << " layout " << to_string(sample.layout) << ' ' << sample.geometry.item_size << " x "
         << sample.geometry.length << " policy " << to_string(sample.policy) << ' ' << sample.max_readers << ' '
         << sample.created_unix_ns << ' ' << to_string(sample.state) << " pushed " << sample.pushed << '/'
         << sample.intent << " rejected " << sample.rejected << " usage " << sample.usage << ' '
         << sample.has_living_reader << " retained " << sample.retained << " high " << sample.high_water << " slot "
         << sample.write_slot << " writer " << to_string(sample.writer.state) << ' ' << sample.writer.pid << ' '
         << sample.writer.start_time << ' ' << sample.writer.epoch << ' ' << sample.writer.is_locked << " damage "
         << sample.damage << '\n';
    for (const auto& reader : sample.readers) {
        text << "  " << reader.slot << ' ' << to_string(reader.state) << ' ' << reader.pid << ' ' << reader.start_time
             << " generation " << reader.generation << " cursor " << reader.start << ".." << reader.cursor << " popped "
             << reader.popped << " usage " << reader.usage << " lost " << reader.lost << '/' << reader.pending
             << " overruns " << reader.overruns << " underflows " << reader.underflows << " high " << reader.high_water
             << ' ' << reader.lost_is_lower_bound << ' '
             << (reader.unread_at_death ? std::to_string(*reader.unread_at_death) : "-") << ' '
             << std::string{reader.label_bytes.begin(), reader.label_bytes.end()} << '\n';
    }
    return text.str();
}

}  // namespace values_tests
