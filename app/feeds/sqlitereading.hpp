#pragma once
// SQLite, for reading files that may hold any bytes: every error is a sentence, and no query runs for ever.
// Thread contract: a database and its statements belong to one thread.

#include <cstddef>
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

/// A file that is no recording, or cannot be read as one: what is wrong and what to do, in one sentence.
class UnreadableRecording : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A statement, prepared once and run again and again. Columns are counted from 0.
class ReadingStatement {
public:
    ReadingStatement(ReadingStatement&&) noexcept = default;
    ReadingStatement& operator=(ReadingStatement&&) noexcept = default;

    /// Begins anew with these values for ?1, ?2 ... Throws UnreadableRecording.
    template <class... Values>
    ReadingStatement& with(Values... values) {
        reset();
        [[maybe_unused]] int index = 0;
        (bind(++index, static_cast<std::int64_t>(values)), ...);
        return *this;
    }
    /// The next row; false at the end. Throws UnreadableRecording.
    bool next();
    /// The lock that a running query holds ends with it.
    void reset() noexcept;

    bool isNull(int column) const;
    std::int64_t integer(int column) const;
    /// 0 for NULL.
    std::uint64_t counter(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    std::string text(int column) const;
    /// Valid until the next call of next() or reset().
    std::span<const std::byte> blob(int column) const;

private:
    friend class ReadingDatabase;
    ReadingStatement() = default;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };

    void bind(int index, std::int64_t value);

    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
    const class ReadingDatabase* m_database = nullptr;
};

class ReadingDatabase {
public:
    /// `isImmutable`: nobody writes it and there is nothing beside it, so it is read without locks and leaves no files
    /// behind. Throws UnreadableRecording.
    ReadingDatabase(const std::string& path, bool isImmutable);
    ReadingDatabase(const ReadingDatabase&) = delete;
    ReadingDatabase& operator=(const ReadingDatabase&) = delete;

    /// Throws UnreadableRecording, also for a table that is not there.
    ReadingStatement prepare(std::string_view sql) const;
    /// The one number that a PRAGMA or a query answers with. Throws UnreadableRecording.
    std::int64_t number(std::string_view sql) const;
    const std::string& path() const { return m_path; }

private:
    friend class ReadingStatement;
    struct Close {
        void operator()(sqlite3* database) const noexcept;
    };

    static int onProgress(void* budget);
    [[noreturn]] void fail(int code) const;
    void renewBudget() const { *m_budget = m_queryBudget; }

    std::string m_path;
    std::int64_t m_queryBudget = 0;  // in progressSteps: what no query of a sane file of this size needs
    std::unique_ptr<std::int64_t> m_budget;
    std::unique_ptr<sqlite3, Close> m_database;
};

}  // namespace workbench
