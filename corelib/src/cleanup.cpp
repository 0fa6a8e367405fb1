#include "cleanup.hpp"

#include <pthread.h>

#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

#include "shared_cbuff/detail/process.hpp"
#include "shared_cbuff/detail/segment.hpp"

namespace shared_cbuff {

/// The actions left to run at exit(). Static storage, because exit() and fork() offer nothing else to hang on to.
class LiveCleanups {
public:
    static LiveCleanups& instance() {
        // Leaked on purpose: other statics may still destroy their buffers after this one would be gone.
        static LiveCleanups* const cleanups = [] {
            auto* made = new LiveCleanups;
            std::atexit([] { instance().run_all(); });
            ::pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                             [] {
                                 instance().let_go_in_child();
                                 instance().mutex_.unlock();
                             });
            return made;
        }();
        return *cleanups;
    }

    void add(Cleanup* cleanup) {
        const std::scoped_lock lock{mutex_};
        cleanups_.push_back(cleanup);
    }

    void run_instead(Cleanup* cleanup, std::function<void(Cleanup::Occasion)> action) noexcept {
        const std::scoped_lock lock{mutex_};
        if (!cleanup->action_) return;
        cleanup->action_ = std::move(action);
        cleanup->run(Cleanup::Occasion::destruction);
    }

    void drop_and_run(Cleanup* cleanup) noexcept {
        const std::scoped_lock lock{mutex_};
        std::erase(cleanups_, cleanup);
        cleanup->run(Cleanup::Occasion::destruction);
    }

private:
    void run_all() noexcept {
        const std::scoped_lock lock{mutex_};
        for (Cleanup* cleanup : cleanups_) cleanup->run(Cleanup::Occasion::exit);
    }

    /// A child shares its parent's open files, by descriptor and by mapping, and with them the locks: they would
    /// outlive a parent that dies.
    void let_go_in_child() noexcept {
        for (Cleanup* cleanup : cleanups_) cleanup->segment_.detach_in_child(cleanup->mapped_);
    }

    std::mutex mutex_;
    std::vector<Cleanup*> cleanups_;
};

Cleanup::Cleanup(const Segment& segment, std::span<std::byte> mapped, std::function<void(Occasion)> action)
    : segment_{segment}, mapped_{mapped}, action_{std::move(action)}, owner_pid_{current_pid()} {
    LiveCleanups::instance().add(this);
}

void Cleanup::run_instead(std::function<void(Occasion)> action) noexcept {
    LiveCleanups::instance().run_instead(this, std::move(action));
}

Cleanup::~Cleanup() { LiveCleanups::instance().drop_and_run(this); }

void Cleanup::run(Occasion occasion) noexcept {
    const auto action = std::exchange(action_, nullptr);
    if (action && owner_pid_ == current_pid()) action(occasion);
}

}  // namespace shared_cbuff
