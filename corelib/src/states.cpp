#include "shared_cbuff/states.hpp"

namespace shared_cbuff {

std::string_view to_string(OverflowPolicy policy) noexcept {
    return policy == OverflowPolicy::reject ? "reject" : "overwrite";
}

std::string_view to_string(Layout layout) noexcept { return layout == Layout::classic ? "classic" : "extended"; }

std::string_view to_string(WriterState state) noexcept {
    switch (state) {
        case WriterState::alive:
            return "alive";
        case WriterState::vacant:
            return "vacant";
        case WriterState::abandoned:
            return "abandoned";
        case WriterState::closed:
            return "closed";
        case WriterState::unknown:
            break;
    }
    return "unknown";
}

std::string_view to_string(ReaderState state) noexcept {
    switch (state) {
        case ReaderState::alive:
            return "alive";
        case ReaderState::dead:
            return "dead";
        case ReaderState::evicted:
            return "evicted";
        case ReaderState::unknown:
            break;
    }
    return "unknown";
}

std::string_view to_string(BufferState state) noexcept {
    switch (state) {
        case BufferState::alive:
            return "alive";
        case BufferState::vacant:
            return "vacant";
        case BufferState::abandoned:
            return "abandoned";
        case BufferState::closed:
            return "closed";
        case BufferState::unlinked:
            return "unlinked";
        case BufferState::replaced:
            return "replaced";
        case BufferState::damaged:
            return "damaged";
        case BufferState::unknown:
            break;
    }
    return "unknown";
}

}  // namespace shared_cbuff
