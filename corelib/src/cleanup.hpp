#pragma once
// What must be undone when an instance goes, whether by destruction or because the process calls exit().
// Thread contract: made and destroyed by the instance's thread; exit() may run it from any thread, once.

#include <cstdint>
#include <functional>

namespace shared_cbuff {

class Cleanup {
public:
    /// `action` must not throw and may use only what outlives this object.
    explicit Cleanup(std::function<void()> action);
    Cleanup(const Cleanup&) = delete;
    Cleanup& operator=(const Cleanup&) = delete;
    /// Runs the action, unless it has run or this is a forked child: what the parent made is the parent's to undo.
    ~Cleanup();
    void dismiss() noexcept { action_ = nullptr; }
    /// Whether this is the process that made it, not a forked child.
    bool is_owner() const noexcept;

private:
    friend class ExitCleanups;
    void run() noexcept;

    std::function<void()> action_;
    std::uint32_t owner_pid_;
};

}  // namespace shared_cbuff
