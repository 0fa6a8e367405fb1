#pragma once
// std::unique_ptr for the roles behind Writer and Reader, but for one thing: nothing of it is ever called, not even on
// the way of an exception. A call would take its address, hence the Writer's, and the head would leave its registers.
// Thread contract: as a plain pointer.

#include <utility>

namespace shared_cbuff {

/// `T` has a static function destroy(T*) that takes a null pointer, too.
template <class T>
class Owner {
public:
    [[gnu::always_inline]] explicit Owner(T* object) noexcept : object_{object} {}
    [[gnu::always_inline]] Owner(Owner&& other) noexcept : object_{std::exchange(other.object_, nullptr)} {}
    [[gnu::always_inline]] Owner& operator=(Owner&& other) noexcept {
        if (this != &other) T::destroy(std::exchange(object_, std::exchange(other.object_, nullptr)));
        return *this;
    }
    [[gnu::always_inline]] ~Owner() { T::destroy(object_); }

    [[gnu::always_inline]] T& operator*() const noexcept { return *object_; }
    [[gnu::always_inline]] T* operator->() const noexcept { return object_; }

private:
    T* object_;
};

}  // namespace shared_cbuff
