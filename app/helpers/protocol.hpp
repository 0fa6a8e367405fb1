#pragma once
// What helpers (`cbuff produce`, `cbuff consume`) and whoever steers them say to each other: the only place that knows
// the JSON keys and the grammar of orders, for both ends.
//
// Orders go to the helper's stdin, one a line:
//
//     rate R | rate max | pause | resume | step N | stop        then, if wanted, an id:  rate 100 #7
//
// R in items a second, N items from 1 to mostSteps; the id is a whole number of the sender's choice, after at least one
// space, and comes back in the acknowledgement of this order. A line without an id is acknowledged without one.
//
// Messages come from its stdout, one JSON object a line, `event` says which: start, ack, report, end. Each carries
// `time_boot_ns` and `time_unix_ns`. Keys that are not known are passed over.
// Thread contract: pure functions and plain values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "values/times.hpp"

namespace workbench {

enum class HelperRole { Producer, Consumer };
/// As messages tell it.
std::string_view roleWord(HelperRole role);

// ---- Messages

/// The first message of a helper that could start.
struct HelperStart {
    HelperRole role = HelperRole::Producer;
    std::int64_t pid = 0;
    std::string name = {};  ///< of the buffer, as printableText() shows it
    std::uint64_t itemSize = 0;
    std::uint64_t length = 0;
    bool created = false;                              ///< producers: the buffer is its own
    std::optional<std::uint32_t> slot = std::nullopt;  ///< consumers: nothing if unregistered or on a classic segment
    friend bool operator==(const HelperStart&, const HelperStart&) = default;
};

/// Items, since it started.
struct ProducerTotals {
    std::uint64_t pushed = 0;
    std::uint64_t rejected = 0;  ///< of them, those that had to wait for room
    friend bool operator==(const ProducerTotals&, const ProducerTotals&) = default;
};

/// What the check of consecutive numbers found.
struct VerifyTotals {
    std::uint64_t gaps = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t reordered = 0;
    friend bool operator==(const VerifyTotals&, const VerifyTotals&) = default;
};

/// The counters of its reader.
struct ConsumerTotals {
    std::uint64_t popped = 0;
    std::uint64_t lost = 0;
    std::uint64_t overruns = 0;
    std::uint64_t underflows = 0;
    std::uint64_t usage = 0;
    std::uint64_t highWater = 0;
    std::optional<VerifyTotals> verify = std::nullopt;  ///< nothing unless it was asked to check
    friend bool operator==(const ConsumerTotals&, const ConsumerTotals&) = default;
};

using HelperTotals = std::variant<ProducerTotals, ConsumerTotals>;
HelperRole roleOf(const HelperTotals& totals);

struct HelperReport {
    HelperTotals totals = {};
    double elapsed_s = 0;
    bool paused = false;
    std::optional<double> rateTarget = std::nullopt;  ///< items a second; nothing: as fast as possible
    std::optional<double> rate = std::nullopt;  ///< items a second over its last interval; nothing before the first
    std::uint64_t dropped = 0;                  ///< due items passed over, not caught up
    std::uint64_t reportsDropped = 0;           ///< reports that found no room
    friend bool operator==(const HelperReport&, const HelperReport&) = default;
};

/// The answer to one order.
struct HelperAck {
    std::optional<std::uint64_t> id = std::nullopt;
    std::string command = {};  ///< the order as it came, without its id
    bool ok = false;
    std::string error = {};  ///< a sentence, if not ok
    friend bool operator==(const HelperAck&, const HelperAck&) = default;
};

/// The last message.
struct HelperEnd {
    HelperRole role = HelperRole::Producer;
    std::string reason = {};  ///< count, duration, stopped, interrupted, closed, vanished, control closed or error
    std::string message = {};
    std::optional<HelperReport> totals = std::nullopt;  ///< nothing if it could not start
    std::string name = {};                              ///< of the buffer, told only if it could not start
    friend bool operator==(const HelperEnd&, const HelperEnd&) = default;
};

using HelperMessage = std::variant<HelperStart, HelperReport, HelperAck, HelperEnd>;

/// One line, without its line feed. Counters are exact up to 2^63 - 1; a rate that is not finite becomes null.
std::string encode(const HelperMessage& message, const Times& times);

/// The end of a command that could not start, as its only line. `watch`, which is no helper, ends so as an "observer".
struct FailedStart {
    std::string_view role;
    std::string_view name;
    std::string_view reason;
    std::string_view message;
};
std::string encode(const FailedStart& failed, const Times& times);

struct TimedHelperMessage {
    HelperMessage message;
    Times times;
    friend bool operator==(const TimedHelperMessage&, const TimedHelperMessage&) = default;
};

/// Nothing if the line is none of the protocol's, or lacks something that its event tells.
std::optional<TimedHelperMessage> decodeMessage(std::string_view line);

// ---- Orders

enum class HelperVerb { rate, pause, resume, step, stop };

struct HelperOrder {
    HelperVerb verb = HelperVerb::stop;
    std::optional<double> rate = std::nullopt;  ///< of `rate`, items a second; nothing: as fast as possible
    std::uint64_t count = 0;                    ///< of `step`, items
    friend bool operator==(const HelperOrder&, const HelperOrder&) = default;
};

inline constexpr std::uint64_t mostSteps = 1'000'000;
inline constexpr std::uint64_t largestOrderId = (std::uint64_t{1} << 63) - 1;  // exact in JSON as Qt reads it

/// One line, without its line feed. A rate is written to the last bit.
std::string encode(const HelperOrder& order, std::optional<std::uint64_t> id = std::nullopt);

/// An order without an id. Throws std::invalid_argument with a sentence.
HelperOrder parseOrder(std::string_view text);

/// What arrived in one line: the order, or nothing and why not. A bad order still tells its id, so that its sender
/// learns which one was refused.
struct ReceivedOrder {
    std::optional<HelperOrder> order = std::nullopt;
    HelperAck ack = {};  ///< the answer, if carrying it out does not fail
};
ReceivedOrder decodeOrder(std::string_view line);

}  // namespace workbench
