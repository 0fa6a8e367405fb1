#pragma once
// What became of a buffer that has lost its name: removed, or replaced by another one.
// Thread contract: an object belongs to one thread.

#include <chrono>
#include <optional>

#include "shared_cbuff/outlook.hpp"

namespace cli {

/// Whoever replaces a buffer removes it first, and an observer looks for a successor only now and then: only after some
/// time is what has no name known to be gone for good.
class NameLoss {
public:
    static constexpr std::chrono::milliseconds settling{250};

    /// Whether it can be told what became of the buffer of these samples, one after the other.
    bool isSettled(const shared_cbuff::Sample& sample, shared_cbuff::Trouble trouble) {
        if (trouble != shared_cbuff::Trouble::unlinked) return true;
        if (!m_since) m_since = sample.taken_at;
        return sample.taken_at - *m_since >= settling;
    }

private:
    std::optional<std::chrono::steady_clock::time_point> m_since;
};

}  // namespace cli
