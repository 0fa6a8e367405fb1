#pragma once
// What a sample means for whoever looks at it: whether one can push, attach or expect anything more, and why.
// Thread contract: pure function of a value.

#include <string>
#include <string_view>

#include "shared_cbuff/observer.hpp"

namespace shared_cbuff {

/// What is the matter with a buffer, the gravest first. Whether it loses items no single sample can tell.
enum class Trouble { damaged, replaced, unlinked, closed, abandoned, vacant, none };

struct Outlook {
    bool can_push = false;    ///< the writer role is free: whoever takes it over can push
    bool can_attach = false;  ///< by name
    bool is_over = false;     ///< no item can follow; what is left can still be taken. Damage may be mended: no end
    Trouble trouble = Trouble::none;
    std::string why;  ///< what to say after "the buffer": "was closed by its writer"
};

/// A classic writer has no other way to tell that it ended than to remove the name: that is `closed`. So is a buffer
/// that was closed and replaced since: its writer ended in order.
Outlook outlook(const Sample& sample);

std::string_view to_string(Trouble trouble) noexcept;

}  // namespace shared_cbuff
