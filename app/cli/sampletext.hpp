#pragma once
// A sample as people read it: the lines of `cbuff info` and `cbuff watch`.
// Thread contract: pure functions.

#include <cstdint>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "shared_cbuff/observer.hpp"

namespace cli {

/// The buffer's lines and a table of its readers. With an earlier sample, rates are shown too.
std::string describe(const std::string& name, const shared_cbuff::Sample& sample,
                     const shared_cbuff::Sample* earlier = nullptr);

/// The same in at most `screen.rows` lines, none wider than `screen.columns`: the lines and columns that matter least
/// are left out, and what readers there is no room for is said in a last line, with what is the matter with them.
std::vector<std::string> describeOn(Screen screen, const std::string& name, const shared_cbuff::Sample& sample,
                                    const shared_cbuff::Sample* earlier = nullptr);

/// "alive (pid 4711)", "vacant".
std::string describeWriter(const shared_cbuff::WriterSample& writer);

/// Bytes in the largest unit that leaves at least 1: "8.4 KiB".
std::string sizeText(std::uint64_t bytes);

}  // namespace cli
