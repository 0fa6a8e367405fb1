#pragma once
// The SQLite database that a recording is, as its writer needs it: statements made once, errors in sentences.
// Thread contract: objects belong to one thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace workbench {

/// A recording that cannot be made, or not go on: what is wrong and what to do, in one sentence. What was committed
/// before stays readable.
class RecordingError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Database;

/// Bound from left to right by run(), once a row.
class Statement {
public:
    Statement(Database& database, std::string_view sql);

    /// Integers, std::string_view, std::span<const std::byte>, std::nullopt and optionals of integers.
    template <class... Values>
    void run(const Values&... values) {
        m_next = 1;
        (bind(values), ...);
        step();
    }

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    void bindInteger(std::int64_t value);
    void bind(std::string_view text);
    void bind(std::span<const std::byte> bytes);
    void bind(std::nullopt_t);
    template <class Integer>
    requires std::is_integral_v<Integer>
    void bind(Integer value) { bindInteger(static_cast<std::int64_t>(value)); }
    template <class Integer>
    void bind(const std::optional<Integer>& value) {
        value ? bind(*value) : bind(std::nullopt);
    }
    void step();

    Database& m_database;
    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
    int m_next = 1;
};

class Database {
public:
    /// Opens a file that is there, and may be empty. Throws RecordingError.
    explicit Database(const std::string& path);

    void execute(const char* sql);
    /// The same, of what may be refused without harm.
    void tryTo(const char* sql) noexcept;
    /// Of the row that came last.
    std::int64_t lastId() const;

private:
    friend class Statement;
    struct Close {
        void operator()(sqlite3* database) const;
    };
    void check(int result) const;

    std::string m_path;
    std::unique_ptr<sqlite3, Close> m_handle;
};

}  // namespace workbench
