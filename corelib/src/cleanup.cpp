#include "cleanup.hpp"

#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

#include "shared_cbuff/segment.hpp"

namespace shared_cbuff {

/// The actions left to run at exit(). Static storage, because exit() offers nothing else to hang on to.
class ExitCleanups {
public:
    static ExitCleanups& instance() {
        // Leaked on purpose: other statics may still destroy their buffers after this one would be gone.
        static ExitCleanups* const cleanups = [] {
            auto* made = new ExitCleanups;
            std::atexit([] { instance().run_all(); });
            return made;
        }();
        return *cleanups;
    }

    void add(Cleanup* cleanup) {
        const std::scoped_lock lock{mutex_};
        cleanups_.push_back(cleanup);
    }

    void drop_and_run(Cleanup* cleanup) noexcept {
        const std::scoped_lock lock{mutex_};
        std::erase(cleanups_, cleanup);
        cleanup->run();
    }

private:
    void run_all() noexcept {
        const std::scoped_lock lock{mutex_};
        for (Cleanup* cleanup : cleanups_) cleanup->run();
    }

    std::mutex mutex_;
    std::vector<Cleanup*> cleanups_;
};

Cleanup::Cleanup(std::function<void()> action) : action_{std::move(action)}, owner_pid_{current_pid()} {
    ExitCleanups::instance().add(this);
}

Cleanup::~Cleanup() { ExitCleanups::instance().drop_and_run(this); }

bool Cleanup::is_owner() const noexcept { return owner_pid_ == current_pid(); }

void Cleanup::run() noexcept {
    const auto action = std::exchange(action_, nullptr);
    if (action && is_owner()) action();
}

}  // namespace shared_cbuff
