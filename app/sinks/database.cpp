#include "sinks/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>

#include "values/printable.hpp"

namespace workbench {
namespace {

bool hasSizeLimit() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

std::string sentenceFor(sqlite3* database, int result, const std::string& path) {
    const std::string file = printableText(path);
    const int code = database == nullptr ? 0 : sqlite3_system_errno(database);
    const int kind = result & 0xff;
    if (kind == SQLITE_FULL || code == ENOSPC || code == EDQUOT) {
        return fmt::format(
            "the disk that holds \"{}\" is full: the recording ends, and what was kept until now can be "
            "opened; make room, and record into a new file",
            file);
    }
    // SQLite keeps the reason to itself; but one only is left where there is a limit, as a full disk has a code.
    if (code == EFBIG || (result == SQLITE_IOERR_WRITE && hasSizeLimit())) {
        return fmt::format(
            "\"{}\" has reached the largest size that a file may have (see ulimit -f): the recording "
            "ends, and what was kept until now can be opened; use --rotate",
            file);
    }
    return fmt::format("writing \"{}\" failed: {}{}{}; see whether it is still there and may be written", file,
                       sqlite3_errstr(result), code != 0 ? ", " : "", code != 0 ? std::strerror(code) : "");
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement::Statement(Database& database, std::string_view sql) : m_database{database} {
    sqlite3_stmt* statement = nullptr;
    m_database.check(sqlite3_prepare_v3(m_database.m_handle.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    m_statement.reset(statement);
}

void Statement::bindInteger(std::int64_t value) {
    m_database.check(sqlite3_bind_int64(m_statement.get(), m_next++, value));
}

void Statement::bind(std::string_view text) {
    m_database.check(
        sqlite3_bind_text64(m_statement.get(), m_next++, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(std::span<const std::byte> bytes) {
    m_database.check(sqlite3_bind_blob64(m_statement.get(), m_next++, bytes.data(), bytes.size(), SQLITE_STATIC));
}

void Statement::bind(std::nullopt_t) { m_database.check(sqlite3_bind_null(m_statement.get(), m_next++)); }

void Statement::step() {
    const int result = sqlite3_step(m_statement.get());
    sqlite3_reset(m_statement.get());
    if (result != SQLITE_DONE && result != SQLITE_ROW) m_database.check(result);
}

void Database::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Database::Database(const std::string& path) : m_path{path} {
    sqlite3* handle = nullptr;
    const int result = sqlite3_open_v2(path.c_str(), &handle,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    m_handle.reset(handle);
    check(result);
    sqlite3_busy_timeout(handle, 5000);  // who reads may hold a checkpoint up for a moment
}

void Database::execute(const char* sql) { check(sqlite3_exec(m_handle.get(), sql, nullptr, nullptr, nullptr)); }

void Database::tryTo(const char* sql) noexcept { sqlite3_exec(m_handle.get(), sql, nullptr, nullptr, nullptr); }

std::int64_t Database::lastId() const { return sqlite3_last_insert_rowid(m_handle.get()); }

void Database::check(int result) const {
    if (result != SQLITE_OK) throw RecordingError{sentenceFor(m_handle.get(), result, m_path)};
}

}  // namespace workbench
