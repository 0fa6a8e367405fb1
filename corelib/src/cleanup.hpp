#pragma once
// What must be undone when an instance goes, whether by destruction or because the process calls exit(); and what a
// forked child must let go of at once.
// Thread contract: made and destroyed by the instance's thread; exit() may run it from any thread, once.

#include <cstdint>
#include <functional>
#include <span>

namespace shared_cbuff {

class Segment;

class Cleanup {
public:
    /// At exit() other threads may still use the instance, so then its locks must be kept: the kernel drops them with
    /// the process.
    enum class Occasion { destruction, exit };

    /// `action` must not throw. It, `segment` and `mapped`, which a forked child gives back, must outlive this object.
    Cleanup(const Segment& segment, std::span<std::byte> mapped, std::function<void(Occasion)> action);
    Cleanup(const Cleanup&) = delete;
    Cleanup& operator=(const Cleanup&) = delete;
    /// Runs another action now, in place of the promised one, if that is still to be run. It must not throw.
    void run_instead(std::function<void(Occasion)> action) noexcept;
    /// Runs the action, unless it has run or this is a forked child: what the parent made is the parent's to undo.
    ~Cleanup();

private:
    friend class LiveCleanups;
    void run(Occasion occasion) noexcept;

    const Segment& segment_;
    std::span<std::byte> mapped_;
    std::function<void(Occasion)> action_;
    std::uint32_t owner_pid_;
};

}  // namespace shared_cbuff
