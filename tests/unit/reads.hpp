#pragma once
// Does something at an exact moment in the midst of a look: right before one of the reads of a segment that the library
// makes.
// Thread contract: one thread at a time.

#include <functional>

namespace unit_tests {

/// For as long as it lives, `action` runs before the `number`th pread() of this process from now on, once.
class BeforeRead {
public:
    BeforeRead(int number, std::function<void()> action);
    BeforeRead(const BeforeRead&) = delete;
    BeforeRead& operator=(const BeforeRead&) = delete;
    ~BeforeRead();

    /// Whether that read came.
    bool done() const noexcept;
};

/// For as long as it lives, the `number`th pread() of this process from now on fails with `code`, once.
class FailingRead : public BeforeRead {
public:
    FailingRead(int number, int code);
    ~FailingRead();
};

}  // namespace unit_tests
