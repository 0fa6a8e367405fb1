#pragma once
// Descriptors that are never taken for a standard stream.
// Thread contract: plain system calls, any thread.

namespace shared_cbuff {

/// `descriptor`, just opened, under a number above 0 to 2. A program that closed one of these gets it back from the
/// next open(): its own output, or that of a library it uses, would go into our segment. (What another thread writes
/// there in the very moment of the open is beyond us.) A negative one is passed through. Returns -1 with errno set, and
/// leaves nothing open, if there is no other number.
int above_streams(int descriptor) noexcept;

}  // namespace shared_cbuff
