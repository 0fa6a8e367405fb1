#pragma once
// What holds the two parts of a Writer or Reader together: the head, which says where it stands in the ring, and the
// role behind it. In a loop over a local Writer the compiler keeps the head in registers, fences notwithstanding, as
// long as nobody outside can know the Writer's address. So nothing here is ever called, and what must be called gets a
// copy of the head: Writer::ask, Reader::ask. A Writer whose address is known (a member, one behind a reference, one on
// the heap) pays with loads and stores of its head: about 10 instructions more a push and 5 more a pop, all in the
// core's own cache. Thread contract: as Writer and Reader.

#include <utility>

namespace shared_cbuff {

/// std::unique_ptr, but for that: not even on the way of an exception is anything of it called.
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
