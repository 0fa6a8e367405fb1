#include "values/isotime.hpp"

#include <time.h>

#include <chrono>

namespace workbench {
namespace {

using std::chrono::floor;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::int64_t second_ns = 1'000'000'000;
/// What 64 bits of nanoseconds hold, with a year to spare.
constexpr int firstYear = 1678;
constexpr int lastYear = 2261;

/// Takes text off its front.
class Scanner {
public:
    explicit Scanner(std::string_view text) : m_rest{text} {}

    bool isAtEnd() const { return m_rest.empty(); }
    bool startsWithDigit() const { return !m_rest.empty() && m_rest[0] >= '0' && m_rest[0] <= '9'; }
    bool skip(char wanted) {
        if (m_rest.empty() || m_rest[0] != wanted) return false;
        m_rest.remove_prefix(1);
        return true;
    }
    std::optional<int> digits(std::size_t count) {
        if (m_rest.size() < count) return std::nullopt;
        int value = 0;
        for (const char digit : m_rest.substr(0, count)) {
            if (digit < '0' || digit > '9') return std::nullopt;
            value = value * 10 + (digit - '0');
        }
        m_rest.remove_prefix(count);
        return value;
    }
    /// Digits behind the point; those beyond the ninth are dropped.
    std::optional<std::int64_t> fraction_ns() {
        if (!startsWithDigit()) return std::nullopt;
        std::int64_t value = 0;
        for (std::int64_t unit = second_ns / 10; startsWithDigit(); unit /= 10) {
            value += unit * (m_rest[0] - '0');
            m_rest.remove_prefix(1);
        }
        return value;
    }

private:
    std::string_view m_rest;
};

struct Fields {
    std::chrono::year_month_day day{};
    seconds ofDay{0};
    std::int64_t fraction_ns = 0;
};

std::optional<Fields> scanDate(Scanner& text) {
    const auto year = text.digits(4);
    if (!year || *year < firstYear || *year > lastYear || !text.skip('-')) return std::nullopt;
    const auto month = text.digits(2);
    if (!month || !text.skip('-')) return std::nullopt;
    const auto day = text.digits(2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    return date.ok() ? std::optional{Fields{.day = date}} : std::nullopt;
}

bool scanTimeOfDay(Scanner& text, Fields& fields) {
    const auto hour = text.digits(2);
    if (!hour || *hour > 23 || !text.skip(':')) return false;
    const auto minute = text.digits(2);
    if (!minute || *minute > 59) return false;
    fields.ofDay = std::chrono::hours{*hour} + std::chrono::minutes{*minute};
    if (!text.skip(':')) return true;
    const auto second = text.digits(2);
    if (!second || *second > 59) return false;
    fields.ofDay += seconds{*second};
    if (!text.skip('.') && !text.skip(',')) return true;
    const auto fraction = text.fraction_ns();
    fields.fraction_ns = fraction.value_or(0);
    return fraction.has_value();
}

/// What is to be taken off to have UTC; nothing if it is no zone.
std::optional<seconds> scanZone(Scanner& text) {
    if (text.skip('Z') || text.skip('z')) return seconds{0};
    const bool isEast = text.skip('+');
    if (!isEast && !text.skip('-')) return std::nullopt;
    const auto hours = text.digits(2);
    if (!hours || *hours > 23) return std::nullopt;
    const bool hasColon = text.skip(':');
    const auto minutes = hasColon || text.startsWithDigit() ? text.digits(2) : std::optional{0};
    if (!minutes || *minutes > 59) return std::nullopt;
    const seconds offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
    return isEast ? offset : -offset;
}

std::optional<seconds> localSeconds(const Fields& fields) {
    std::tm parts{};
    parts.tm_year = static_cast<int>(fields.day.year()) - 1900;
    parts.tm_mon = static_cast<int>(static_cast<unsigned>(fields.day.month())) - 1;
    parts.tm_mday = static_cast<int>(static_cast<unsigned>(fields.day.day()));
    parts.tm_sec = static_cast<int>(fields.ofDay.count());
    parts.tm_isdst = -1;
    const std::time_t time = ::mktime(&parts);
    return time == -1 ? std::nullopt : std::optional{seconds{time}};
}

}  // namespace

std::string isoTime(std::int64_t unix_ns) {
    const std::chrono::sys_time<nanoseconds> moment{nanoseconds{unix_ns}};
    const auto day = floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{moment - day};
    std::string text = "0000-00-00T00:00:00.000000000Z";
    const auto put = [&text](std::size_t end, std::int64_t value) {
        for (; value > 0; value /= 10) text[--end] = static_cast<char>('0' + value % 10);
    };
    put(4, static_cast<int>(date.year()));
    put(7, static_cast<unsigned>(date.month()));
    put(10, static_cast<unsigned>(date.day()));
    put(13, time.hours().count());
    put(16, time.minutes().count());
    put(19, time.seconds().count());
    put(29, time.subseconds().count());
    return text;
}

std::optional<std::int64_t> parseIsoTime(std::string_view text) {
    Scanner rest{text};
    auto fields = scanDate(rest);
    if (!fields) return std::nullopt;
    if ((rest.skip('T') || rest.skip(' ')) && !scanTimeOfDay(rest, *fields)) return std::nullopt;
    std::optional<seconds> utc;
    if (rest.isAtEnd()) {
        utc = localSeconds(*fields);
    } else if (const auto offset = scanZone(rest); offset && rest.isAtEnd()) {
        utc = std::chrono::sys_days{fields->day}.time_since_epoch() + fields->ofDay - *offset;
    }
    return utc ? std::optional{utc->count() * second_ns + fields->fraction_ns} : std::nullopt;
}

}  // namespace workbench
