#include "cli/attaching.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cmath>

#include "cli/signals.hpp"
#include "shared_cbuff/discovery.hpp"
#include "values/printable.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

constexpr auto lookInterval = 20ms;
/// A buffer that `cbuff create` makes has a name an instant before its writer role is vacant.
constexpr auto makersInstant = 1s;

bool hasHungUp(int descriptor) {
    pollfd watched{.fd = descriptor, .events = 0, .revents = 0};
    return ::poll(&watched, 1, 0) > 0;
}

bool isMissingOrEmpty(const std::string& name) {
    const auto segment = shared_cbuff::inspect_segment(name);
    return !segment || segment->size == 0;
}

/// While what attaching threw is handled: throws Refusal if there is no such buffer, but a file that may be a copy.
void hintAtCopy(const BufferTarget& target) {
    const bool mayBeCopy = target.name.ends_with(".seg") || target.name.find('/', 1) != std::string::npos;
    if (!mayBeCopy || !target.namesFile()) return;
    const auto refuse = [&](const shared_cbuff::CBuffException& error) {
        throw Refusal{fmt::format("{}. There is a file of this name; to look into a copy: cbuff info --file {}",
                                  error.what(), workbench::printableText(target.name))};
    };
    try {
        throw;
    } catch (const shared_cbuff::BufferNotFound& error) {
        refuse(error);
    } catch (const shared_cbuff::InvalidArgument& error) {
        refuse(error);
    } catch (const shared_cbuff::CBuffException&) {  // a buffer that it is
    }
}

}  // namespace

NameWait::NameWait(const BufferTarget& target)
    : m_target{target},
      m_start{Clock::now()},
      m_deadline{m_start + std::chrono::nanoseconds{std::llround(target.wait_s().value_or(mostSeconds) * 1e9)}} {}

bool NameWait::mayStillCome() {
    try {
        throw;
    } catch (const shared_cbuff::InvalidArgument&) {
        return false;
    } catch (const shared_cbuff::BufferNotFound&) {
        return true;
    } catch (const shared_cbuff::WriterActive&) {
        return Clock::now() < m_start + makersInstant;
    } catch (const shared_cbuff::CBuffException&) {
        return isMissingOrEmpty(m_target.name);
    }
}

void NameWait::pass() {
    if (!m_target.waits() || !mayStillCome()) {
        hintAtCopy(m_target);
        throw;
    }
    const auto now = Clock::now();
    if (interrupted()) {
        throw EndedEarly{{"interrupted",
                          fmt::format("interrupted by a signal while waiting for the buffer \"{}\"", m_target.name),
                          exitInterrupted}};
    }
    if (m_target.controlled && hasHungUp(STDIN_FILENO)) {
        throw EndedEarly{{"control closed",
                          fmt::format("the controlling program closed its end of stdin while the buffer \"{}\" was "
                                      "waited for",
                                      m_target.name),
                          exitDone}};
    }
    if (now >= m_deadline) {
        const bool empty = shared_cbuff::find_segment(m_target.name).has_value();
        throw EndedEarly{
            {"timeout",
             fmt::format("no buffer \"{}\" came within {} s{}; see whether its program runs and gives it this name",
                         m_target.name, *m_target.wait_s(), empty ? ": its segment is still empty" : ""),
             exitTimeout}};
    }
    waitUntil(std::min<Clock::time_point>(m_deadline, now + lookInterval));
}

shared_cbuff::Observer attachObserver(const BufferTarget& target) { return awaitObserver(target).observer; }

AwaitedObserver awaitObserver(const BufferTarget& target, std::chrono::nanoseconds liveness) {
    int attempts = 0;
    auto observer = attachAwaited(target, [&] {
        ++attempts;
        return shared_cbuff::Observer::attach(target.name, target.geometry(), liveness);
    });
    return {std::move(observer), attempts > 1};
}

shared_cbuff::Observer observe(const BufferTarget& target) {
    const auto path = target.filePath();
    if (!path) return attachObserver(target);
    if (path->ends_with(".cbrec")) {
        throw Refusal{fmt::format("'{}' is named like a recording; only a copy of a segment can be looked into",
                                  workbench::printableText(*path))};
    }
    return shared_cbuff::Observer::open_file(*path, target.geometry());
}

}  // namespace cli
