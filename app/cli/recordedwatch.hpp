#pragma once
// cbuff watch and cbuff check of recordings: conditions over what was recorded.
// Thread contract: one thread.

#include <span>

#include "cli/recorded.hpp"
#include "cli/until.hpp"

namespace cli {

/// Looks at every recorded sample, at once: done if the condition held at one of them, says when. The timeout is one of
/// the recording's time.
int recordedUntil(Recorded& recorded, const workbench::RecordedBuffer& buffer, const UntilOptions& options,
                  Output& output);

/// Of the whole recording, or of its last `stretch`: totals count from there.
CheckReport recordedCheck(Recorded& recorded, const workbench::RecordedBuffer& buffer, std::span<const CheckRule> rules,
                          std::optional<std::chrono::nanoseconds> stretch);

}  // namespace cli
