#pragma once
// Standard streams and limits that a program may rely on, whatever it was started with.
// Thread contract: first thing in main(), before other threads start or files are opened.

namespace workbench {

/// Puts /dev/null where descriptor 0, 1 or 2 is closed, so that no file of ours gets that number and is read or written
/// as a stream. The other way round, 0 for writing and 1 and 2 for reading: whoever uses the stream is told that it
/// cannot be used, instead of finding an end or writing into nothing. What is open stays as it is.
void fillStandardStreams();

/// Whether a descriptor is open and can be read from, or written to.
bool isReadable(int descriptor);
bool isWritable(int descriptor);

/// Raises the number of descriptors that may be open to what the system lets us: every buffer takes some.
void raiseDescriptorLimit();
/// Back to what it was before it was first raised, for a program that is about to be run: one that uses select() cannot
/// do with more. What is open stays open.
void restoreDescriptorLimit();

}  // namespace workbench
