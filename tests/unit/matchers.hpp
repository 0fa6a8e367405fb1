#pragma once
// How the tests look at errors: type, operation, buffer and reason at once.
// Thread contract: none; for use within one test.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <exception>
#include <string>
#include <string_view>

#include "shared_cbuff/errors.hpp"

namespace test_support {

/// Whether `action` throws exactly `Error` about `buffer`, with all three parts filled in and `reason_part` in the
/// reason, and the whole sentence made of them.
template <class Error, class Action>
testing::AssertionResult throws(Action&& action, std::string_view buffer, std::string_view reason_part = {}) {
    try {
        action();
    } catch (const Error& error) {
        const std::string what = error.what();
        if (typeid(error) != typeid(Error)) return testing::AssertionFailure() << "a derived error: " << what;
        if (error.buffer() != buffer) return testing::AssertionFailure() << "names buffer \"" << error.buffer() << '"';
        if (error.operation().empty()) return testing::AssertionFailure() << "names no operation: " << what;
        if (error.reason().empty()) return testing::AssertionFailure() << "gives no reason: " << what;
        if (error.reason().find(reason_part) == std::string::npos) {
            return testing::AssertionFailure() << "reason \"" << error.reason() << "\" lacks \"" << reason_part << '"';
        }
        // As a C string: a name with a NUL byte, itself an error, ends the sentence early.
        if (what != (error.operation() + " \"" + error.buffer() + "\": " + error.reason()).c_str()) {
            return testing::AssertionFailure() << "is no sentence of its parts: " << what;
        }
        return testing::AssertionSuccess();
    } catch (const std::exception& error) {
        return testing::AssertionFailure() << "throws another error: " << typeid(error).name() << ": " << error.what();
    }
    return testing::AssertionFailure() << "throws nothing";
}

}  // namespace test_support
