// Any bytes as a chunk of samples, or as the columns within one: samples, which can be written again without a change,
// or a sentence.
// Input: a byte that says which, then the bytes. Columns are put into a frame first: no fuzzer guesses a checksum.

#include <cstdint>
#include <span>
#include <vector>

#include "input.hpp"
#include "require.hpp"
#include "values/samplecodec.hpp"

namespace {

using fuzz::require;

bool areSame(const workbench::TimedSample& a, const workbench::TimedSample& b) {
    const auto readersAreSame = [](const shared_cbuff::ReaderSample& x, const shared_cbuff::ReaderSample& y) {
        return x.key() == y.key() && x.state == y.state && x.cursor == y.cursor && x.popped == y.popped &&
               x.usage == y.usage && x.lost == y.lost && x.pending == y.pending && x.overruns == y.overruns &&
               x.high_water == y.high_water && x.unread_at_death == y.unread_at_death && x.label_bytes == y.label_bytes;
    };
    if (a.times != b.times || a.sample.readers.size() != b.sample.readers.size()) return false;
    for (std::size_t index = 0; index < a.sample.readers.size(); ++index) {
        if (!readersAreSame(a.sample.readers[index], b.sample.readers[index])) return false;
    }
    return a.sample.pushed == b.sample.pushed && a.sample.intent == b.sample.intent &&
           a.sample.usage == b.sample.usage && a.sample.state == b.sample.state && a.sample.damage == b.sample.damage &&
           a.sample.retained == b.sample.retained && a.sample.write_slot == b.sample.write_slot &&
           a.sample.has_living_reader == b.sample.has_living_reader;
}

void decode(std::span<const std::byte> chunk) {
    std::vector<workbench::TimedSample> samples;
    try {
        samples = workbench::decodeSamples(chunk, {});
    } catch (const workbench::CodecError&) {
        return;
    }
    require(!samples.empty(), "a chunk holds a sample");
    if (workbench::fittingSamples(samples) != samples.size()) return;  // readers that are nowhere count, too
    const auto again = workbench::decodeSamples(workbench::encodeSamples(samples), {});
    require(again.size() == samples.size(), "no sample comes or goes");
    for (std::size_t index = 0; index < samples.size(); ++index) {
        require(areSame(samples[index], again[index]), "what was read can be written again without a change");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input{data, size};
    const bool isContent = input.number(1) % 2 == 0;
    const auto rest = std::as_bytes(input.rest());
    std::vector<std::byte> chunk;
    if (isContent) {
        chunk = workbench::packBytes(rest);
        chunk.insert(chunk.begin(), std::byte{1});
    } else {
        chunk.assign(rest.begin(), rest.end());
    }
    decode(chunk);
    return 0;
}
