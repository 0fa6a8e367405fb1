#pragma once
// Every error of the library. Full, empty and lapped are values, not errors; all else throws one of these.
// Thread contract: plain values, no shared state.

#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace shared_cbuff {

/// Base of all errors: what was being done, to which buffer, and why it failed, in one sentence for a person.
class CBuffException : public std::runtime_error {
public:
    CBuffException(std::string_view operation, std::string_view buffer, std::string_view reason)
        : std::runtime_error{sentence(operation, buffer, reason)},
          operation_{operation},
          buffer_{buffer},
          reason_{reason} {}

    const std::string& operation() const noexcept { return operation_; }
    const std::string& buffer() const noexcept { return buffer_; }
    const std::string& reason() const noexcept { return reason_; }

private:
    static std::string sentence(std::string_view operation, std::string_view buffer, std::string_view reason) {
        std::string text{operation};
        text.append(" \"").append(buffer).append("\": ").append(reason);
        return text;
    }

    std::string operation_;
    std::string buffer_;
    std::string reason_;
};

/// A push was asked of a reader.
struct WriteOperationsForbidden : CBuffException {
    using CBuffException::CBuffException;
};
/// A pop was asked of the writer.
struct ReadOperationsForbidden : CBuffException {
    using CBuffException::CBuffException;
};
/// Create met an existing name.
struct BufferAlreadyCreated : CBuffException {
    using CBuffException::CBuffException;
};
/// Attach met no segment of that name.
struct BufferNotFound : CBuffException {
    using CBuffException::CBuffException;
};
/// A value that can never work: an impossible geometry, name, label or span size. Nothing was created or written.
struct InvalidArgument : CBuffException {
    using CBuffException::CBuffException;
};
/// The item needs more bytes than item_size. Nothing was written.
struct ItemTooLarge : CBuffException {
    using CBuffException::CBuffException;
};
/// The geometry given contradicts the control block or the segment's size.
struct GeometryMismatch : CBuffException {
    using CBuffException::CBuffException;
};
/// Footer, control block or counters make no sense.
struct CorruptBuffer : CBuffException {
    using CBuffException::CBuffException;
};
/// Every reader slot is held by a live reader.
struct ReaderSlotsExhausted : CBuffException {
    using CBuffException::CBuffException;
};
/// The writer has taken this reader's slot away (it had been found dead under `reject`).
struct ReaderEvicted : CBuffException {
    using CBuffException::CBuffException;
};

/// The writer role is held by a live process; or its lock by one that does not say who it is (pid 0), as whoever may
/// read the buffer can do while the role is free.
class WriterActive : public CBuffException {
public:
    WriterActive(std::string_view operation, std::string_view buffer, std::uint32_t pid)
        : CBuffException{operation, buffer, reason_for(pid)}, pid_{pid} {}

    /// The holder's pid, as it wrote it (meaningful within its pid namespace); 0 if it does not say.
    std::uint32_t pid() const noexcept { return pid_; }

private:
    static std::string reason_for(std::uint32_t pid) {
        if (pid == 0) {
            return "the writer role is locked by a process that does not say who it is, one of those that have the "
                   "segment open; stop it first";
        }
        return "the writer role is held by the live process " + std::to_string(pid) +
               "; stop it first, or push through it";
    }

    std::uint32_t pid_;
};

/// The system refused; `code()` is the errno.
class SystemError : public CBuffException {
public:
    SystemError(std::string_view operation, std::string_view buffer, int code, std::string_view hint = {});
    int code() const noexcept { return code_; }

private:
    int code_;
};

}  // namespace shared_cbuff
