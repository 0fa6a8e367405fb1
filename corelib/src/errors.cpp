#include "shared_cbuff/errors.hpp"

#include <system_error>

#include "refusals.hpp"

namespace shared_cbuff {
namespace {

std::string describe(int code, std::string_view hint) {
    std::string text = std::generic_category().message(code);
    text.append(" (errno ").append(std::to_string(code)).append(")");
    const std::string limit = hint.empty() ? refusals::limit_behind(code) : std::string{};
    if (!hint.empty() || !limit.empty()) text.append("; ").append(hint).append(limit);
    return text;
}

}  // namespace

SystemError::SystemError(std::string_view operation, std::string_view buffer, int code, std::string_view hint)
    : CBuffException{operation, buffer, describe(code, hint)}, code_{code} {}

}  // namespace shared_cbuff
