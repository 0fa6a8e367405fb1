#pragma once
// Whether the tests run under a sanitizer, which takes memory and descriptors for itself.
// Thread contract: a constant.

namespace test_support {

#if defined(__has_feature)
inline constexpr bool has_sanitizer = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool has_sanitizer = true;
#else
inline constexpr bool has_sanitizer = false;
#endif

}  // namespace test_support
