#include "feeds/sqlitereading.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>

#include "values/printable.hpp"

namespace workbench {
namespace {

/// Instructions of SQLite's machine between two looks at the budget.
constexpr int progressSteps = 10'000;
/// The largest blob or text: a chunk is far smaller.
constexpr int mostBytes = 64 << 20;
/// A row takes at least 16 bytes and not more than so many instructions.
constexpr std::int64_t instructionsPerByte = 16;
constexpr std::int64_t leastInstructions = 5'000'000;
/// Somebody writes now and then, for a moment.
constexpr int patience_ms = 2'000;

/// As SQLite wants it in a URI.
std::string uriOf(const std::string& path, bool isImmutable) {
    std::string uri = "file:";
    // A path that begins with two slashes would name a host.
    for (const unsigned char c : std::filesystem::absolute(path).lexically_normal().string()) {
        const bool isPlain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
                             c == '.' || c == '-' || c == '_';
        uri += isPlain ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02x}", c);
    }
    return uri + (isImmutable ? "?mode=ro&immutable=1" : "?mode=ro");
}

}  // namespace

void ReadingStatement::Finalize::operator()(sqlite3_stmt* statement) const noexcept { ::sqlite3_finalize(statement); }

void ReadingDatabase::Close::operator()(sqlite3* database) const noexcept { ::sqlite3_close_v2(database); }

int ReadingDatabase::onProgress(void* budget) { return --*static_cast<std::int64_t*>(budget) < 0 ? 1 : 0; }

ReadingDatabase::ReadingDatabase(const std::string& path, bool isImmutable)
    : m_path{path}, m_budget{std::make_unique<std::int64_t>(0)} {
    std::error_code trouble;
    const auto size = std::filesystem::file_size(path, trouble);
    const std::int64_t bytes = trouble ? 0 : static_cast<std::int64_t>(size);
    m_queryBudget = (leastInstructions + bytes * instructionsPerByte) / progressSteps;
    sqlite3* database = nullptr;
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = ::sqlite3_open_v2(uriOf(path, isImmutable).c_str(), &database, flags, nullptr);
    m_database.reset(database);
    if (code != SQLITE_OK) fail(code);
    ::sqlite3_busy_timeout(database, patience_ms);
    ::sqlite3_limit(database, SQLITE_LIMIT_LENGTH, mostBytes);
    ::sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    ::sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    ::sqlite3_progress_handler(database, progressSteps, &ReadingDatabase::onProgress, m_budget.get());
}

void ReadingDatabase::fail(int code) const {
    const std::string file = printableText(m_path);
    switch (code & 0xff) {
        case SQLITE_NOTADB:
            throw UnreadableRecording{fmt::format(
                "'{}' is no recording: it is no SQLite database; give a file that `cbuff record` wrote", file)};
        case SQLITE_CORRUPT:
        case SQLITE_INTERRUPT:
        case SQLITE_TOOBIG:
            throw UnreadableRecording{fmt::format(
                "'{}' is damaged where it was to be read; take a copy that is whole, or try `sqlite3 FILE .recover`",
                file)};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            throw UnreadableRecording{
                fmt::format("'{}' is locked by another program; try again when that has let go of it", file)};
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
            throw UnreadableRecording{fmt::format(
                "'{0}' cannot be opened ({1}); a recording that was not closed is read together with {0}-wal, "
                "which needs the right to read both and to write in their folder: copy both files to a folder of yours",
                file, ::sqlite3_errstr(code))};
        case SQLITE_NOMEM:
            throw std::bad_alloc{};
        default:
            throw UnreadableRecording{
                fmt::format("'{}' cannot be read ({}); see whether it is whole and on a disk that works", file,
                            ::sqlite3_errstr(code))};
    }
}

ReadingStatement ReadingDatabase::prepare(std::string_view sql) const {
    renewBudget();
    sqlite3_stmt* statement = nullptr;
    const int code = ::sqlite3_prepare_v3(m_database.get(), sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    ReadingStatement prepared;
    prepared.m_statement.reset(statement);
    prepared.m_database = this;
    if (code == SQLITE_ERROR) {
        throw UnreadableRecording{fmt::format(
            "'{}' is damaged: it says that it is a recording, and lacks some of its tables; take a copy that "
            "is whole",
            printableText(m_path))};
    }
    if (code != SQLITE_OK) fail(code);
    return prepared;
}

std::int64_t ReadingDatabase::number(std::string_view sql) const {
    auto statement = prepare(sql);
    return statement.with().next() ? statement.integer(0) : 0;
}

void ReadingStatement::bind(int index, std::int64_t value) {
    const int code = ::sqlite3_bind_int64(m_statement.get(), index, value);
    if (code != SQLITE_OK) m_database->fail(code);
}

void ReadingStatement::reset() noexcept {
    ::sqlite3_reset(m_statement.get());
    m_database->renewBudget();
}

bool ReadingStatement::next() {
    const int code = ::sqlite3_step(m_statement.get());
    if (code == SQLITE_ROW) return true;
    ::sqlite3_reset(m_statement.get());
    if (code != SQLITE_DONE) m_database->fail(code);
    return false;
}

bool ReadingStatement::isNull(int column) const {
    return ::sqlite3_column_type(m_statement.get(), column) == SQLITE_NULL;
}

std::int64_t ReadingStatement::integer(int column) const { return ::sqlite3_column_int64(m_statement.get(), column); }

std::string ReadingStatement::text(int column) const {
    const auto* const bytes = reinterpret_cast<const char*>(::sqlite3_column_text(m_statement.get(), column));
    const int size = ::sqlite3_column_bytes(m_statement.get(), column);
    return bytes == nullptr ? std::string{} : std::string{bytes, static_cast<std::size_t>(size)};
}

std::span<const std::byte> ReadingStatement::blob(int column) const {
    const auto* const bytes = static_cast<const std::byte*>(::sqlite3_column_blob(m_statement.get(), column));
    const int size = ::sqlite3_column_bytes(m_statement.get(), column);
    return bytes == nullptr ? std::span<const std::byte>{} : std::span{bytes, static_cast<std::size_t>(size)};
}

}  // namespace workbench
