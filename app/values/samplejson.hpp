#pragma once
// Samples as JSON, with the words of the documentation as keys. What is not known is null. Names and labels are as
// printableText() shows them: valid text, distinct, and what a command takes as its argument.
// Thread contract: pure functions.

#include <QJsonObject>
#include <string>

#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/observer.hpp"

namespace workbench {

/// name, format, item_size, length, policy, state, pushed, usage (null without a living reader), retained, high_water,
/// rejected, max_readers, write_slot, writer{state, pid, epoch, is_locked}, readers[{slot, label, pid, state, cursor,
/// popped, usage (null where nobody saw it alive), unread_at_death (null of the living too), lost, lost_is_lower_bound,
/// overruns, underflows, high_water}], and damage when there is some.
QJsonObject toJson(const std::string& name, const shared_cbuff::Sample& sample);

/// The same for a listed segment, with size in bytes, mode (octal text), owner (user id) and problem (null if there is
/// none). An unknown segment has format "unknown" and null for all that its control block would tell.
QJsonObject toJson(const shared_cbuff::SegmentInfo& info);

/// A permission mode as people write it: 0600.
std::string modeText(std::uint32_t mode);

}  // namespace workbench
