#pragma once
// Wall clock times as ISO 8601 writes them, to the nanosecond.
// Thread contract: pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace workbench {

/// "2026-11-27T17:02:20.123456789Z": UTC, since whoever reads it may be elsewhere.
std::string isoTime(std::int64_t unix_ns);

/// Reads `YYYY-MM-DD[THH:MM[:SS[.fraction]]]`, with a space as well as T, and behind it Z, +HH:MM, +HHMM or +HH;
/// without a zone it is the local one. Nothing if it is no such time, or one that does not exist.
std::optional<std::int64_t> parseIsoTime(std::string_view text);

}  // namespace workbench
