#include "values/times.hpp"

#include <time.h>

#include <QJsonObject>

namespace workbench {
namespace {

std::int64_t read(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

Times timesNow() { return {read(CLOCK_BOOTTIME), read(CLOCK_REALTIME)}; }

Times timesOf(std::chrono::steady_clock::time_point moment) {
    using std::chrono::nanoseconds;
    const Times now = timesNow();
    const std::int64_t ago = nanoseconds{std::chrono::steady_clock::now() - moment}.count();
    return {now.boot_ns - ago, now.unix_ns - ago};
}

void insertTimes(QJsonObject& object, const Times& times) {
    object.insert(QLatin1StringView{"time_boot_ns"}, qint64{times.boot_ns});
    object.insert(QLatin1StringView{"time_unix_ns"}, qint64{times.unix_ns});
}

}  // namespace workbench
