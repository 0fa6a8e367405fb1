#include "shared_cbuff/outlook.hpp"

namespace shared_cbuff {
namespace {

std::string pid_of(const WriterSample& writer) { return "(pid " + std::to_string(writer.pid) + ")"; }

constexpr std::string_view locked = "locked by a process that does not say who it is";

/// The role is free, but for a lock that is no writer's.
Outlook of_a_locked_role(const WriterSample& writer) {
    if (writer.state == WriterState::abandoned) {
        return {false, true, false, Trouble::abandoned,
                "was abandoned: its writer " + pid_of(writer) + " died; the role is " + std::string{locked}};
    }
    return {false, true, false, Trouble::vacant, "has no writer; the role is " + std::string{locked}};
}

Outlook of_a_writer(const WriterSample& writer) {
    if (writer.is_locked) return of_a_locked_role(writer);
    switch (writer.state) {
        case WriterState::alive:
            return {false, true, false, Trouble::none, "has a living writer " + pid_of(writer)};
        case WriterState::vacant:
            return {true, true, false, Trouble::vacant, "has no writer; the role can be taken"};
        case WriterState::abandoned:
            return {true, true, false, Trouble::abandoned,
                    "was abandoned: its writer " + pid_of(writer) + " died; the role can be taken over"};
        case WriterState::closed:
            return {false, false, true, Trouble::closed, "was closed by its writer"};
        case WriterState::unknown:
            break;
    }
    return {false, true, false, Trouble::none, "is classic and does not say who writes"};
}

}  // namespace

Outlook outlook(const Sample& sample) {
    const bool is_classic = sample.layout == Layout::classic;
    // Whoever still writes goes on for those attached; without a name nobody can succeed it.
    const bool is_over = sample.writer.state != WriterState::alive;
    const bool is_closed = is_classic || sample.writer.state == WriterState::closed;
    switch (sample.state) {
        case BufferState::damaged:
            return {false, false, false, Trouble::damaged, "is damaged: " + sample.damage};
        case BufferState::replaced:
            if (is_closed) break;
            return {false, false, is_over, Trouble::replaced, "was replaced by another one of the same name"};
        case BufferState::unlinked:
            if (is_closed) break;
            return {false, false, is_over, Trouble::unlinked,
                    "was removed by another process; nobody can attach to it any more"};
        default:
            return of_a_writer(sample.writer);
    }
    return of_a_writer({.state = WriterState::closed});
}

std::string_view to_string(Trouble trouble) noexcept {
    switch (trouble) {
        case Trouble::damaged:
            return "damaged";
        case Trouble::replaced:
            return "replaced";
        case Trouble::unlinked:
            return "unlinked";
        case Trouble::closed:
            return "closed";
        case Trouble::abandoned:
            return "abandoned";
        case Trouble::vacant:
            return "vacant";
        case Trouble::none:
            break;
    }
    return "none";
}

}  // namespace shared_cbuff
