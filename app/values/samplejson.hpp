#pragma once
// Samples as JSON and back, with the words of the documentation as keys. What is not known is null. Names and labels
// are as printableText() shows them: valid text, distinct, and what a command takes as its argument.
// Thread contract: pure functions.

#include <QJsonObject>
#include <stdexcept>
#include <string>

#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/observer.hpp"
#include "values/timedsample.hpp"

namespace workbench {

/// Version of what toJson() makes: keys may come without a new one; none goes or changes its meaning.
inline constexpr int sampleJsonVersion = 1;

/// JSON that is no sample: what is wrong with it and what to do, in one sentence.
class SampleJsonError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// version, name, format, item_size, length, policy, state, pushed, intent, usage (null without a living reader),
/// retained, high_water, rejected, max_readers, created_unix_ns, write_slot, writer{state, pid, start_time, epoch,
/// is_locked}, readers[{slot, generation, label, pid, start_time, state, start, cursor, popped, usage (null where
/// nobody saw it alive), unread_at_death (null of the living too), lost, pending, lost_is_lower_bound, overruns,
/// underflows, high_water}], time_boot_ns, time_unix_ns, and damage when there is some.
QJsonObject toJson(const std::string& name, const TimedSample& timed);
/// The same with the times of this moment's clocks.
QJsonObject toJson(const std::string& name, const shared_cbuff::Sample& sample);

/// The sample that toJson() told, as an Observer had given it: what is null is 0 or empty again. `time` are the seconds
/// of the boot clock, and taken_at the same moment: the steady clock of another machine, or run, means nothing here.
/// Throws SampleJsonError (a newer version, a key that is missing or holds what it cannot).
TimedSample sampleFromJson(const QJsonObject& object);

/// The same for a listed segment, with size in bytes, mode (octal text), owner (user id) and problem (null if there is
/// none). An unknown segment has format "unknown" and null for all that its control block would tell.
QJsonObject toJson(const shared_cbuff::SegmentInfo& info);

/// A permission mode as people write it: 0600.
std::string modeText(std::uint32_t mode);

}  // namespace workbench
