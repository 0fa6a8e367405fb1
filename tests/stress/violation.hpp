#pragma once
// A promise that was broken, and the check that says so.
// Thread contract: pure functions.

#include <concepts>
#include <stdexcept>
#include <string>

namespace stress {

/// What was found, as a sentence with the numbers.
struct Violation : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Somebody asked the program to end.
struct Interrupted {};

/// `sentence` makes the text only when it is needed.
template <std::invocable Sentence>
void demand(bool kept, Sentence&& sentence) {
    if (!kept) [[unlikely]]
        throw Violation{sentence()};
}

inline void demand(bool kept, const char* sentence) {
    if (!kept) [[unlikely]]
        throw Violation{sentence};
}

}  // namespace stress
