// A recording that others have changed, in its rows or in its bytes: what it says, or a sentence.
// Input: changes, one after the other. A byte of 0 to 1 in 4 says which:
//   0  a value of a row: column, row (1 byte each), kind of value (1 byte), 8 bytes of it
//   1  a byte of the file: offset (3 bytes), byte
//   2  the file ends: offset (3 bytes)
//   3  a row is gone: table, row (1 byte each)

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "input.hpp"
#include "recordings.hpp"
#include "sinks/recordingwriter.hpp"

namespace {

using sinks_tests::batchOf;
using sinks_tests::factsOf;

constexpr const char* tables[] = {"recording", "buffers", "readers", "seconds", "minutes", "events",
                                  "notes",     "chunks",  "items",   "gaps",    "clock"};

struct Column {
    const char* table;
    const char* name;
};
constexpr Column columns[] = {
    {"recording", "value"},      {"buffers", "name"},        {"buffers", "item_size"},   {"buffers", "length"},
    {"buffers", "format"},       {"buffers", "machine"},     {"readers", "slot"},        {"readers", "generation"},
    {"readers", "buffer"},       {"readers", "label"},       {"seconds", "time_boot_s"}, {"seconds", "samples"},
    {"seconds", "reader"},       {"seconds", "usage_min"},   {"seconds", "usage_max"},   {"seconds", "usage_last"},
    {"seconds", "pushed"},       {"seconds", "lost"},        {"seconds", "state"},       {"minutes", "time_boot_s"},
    {"minutes", "usage_last"},   {"minutes", "lost"},        {"events", "time_boot_ns"}, {"events", "until_boot_ns"},
    {"events", "kind"},          {"events", "amount"},       {"events", "count"},        {"events", "reader"},
    {"chunks", "first_boot_ns"}, {"chunks", "last_boot_ns"}, {"chunks", "count"},        {"chunks", "data"},
    {"chunks", "buffer"},        {"items", "first"},         {"items", "count"},         {"items", "first_boot_ns"},
    {"items", "last_boot_ns"},   {"items", "data"},          {"gaps", "from_boot_ns"},   {"gaps", "to_boot_ns"},
    {"gaps", "first"},           {"gaps", "count"},          {"gaps", "kind"},           {"clock", "unix_ns"},
    {"clock", "boot_ns"},
};

/// A recording of everything there is, as its bytes.
class Original {
public:
    Original() {
        const std::string path = m_folder.file("original.cbrec");
        workbench::RecordingWriter writer{path};
        auto batch = batchOf(factsOf("b"), 0, 9000);  // 90 s: minutes, too
        const double end = batch.samples.back().time;
        batch.items.push_back({end - 1, 0, 50, std::vector<std::byte>(50 * batch.facts.geometry.item_size)});
        batch.items.push_back({end, 60, 50, std::vector<std::byte>(50 * batch.facts.geometry.item_size)});
        batch.gaps.push_back({end, 50, 10});
        batch.sampleGaps.push_back({batch.samples[4].time, batch.samples[5].time, 1});
        batch.skipped = 1;
        const workbench::EventReader reader{.segment = batch.facts.identity, .key = {2, 3}, .label = {}, .pid = 44};
        const workbench::Event overflow{.time = end - 40,
                                        .kind = workbench::EventKind::Overflow,
                                        .buffer = {},
                                        .reader = reader,
                                        .amount = 12,
                                        .until = end - 2};
        const workbench::Event note{.time = end - 3, .kind = workbench::EventKind::Note, .until = end - 3};
        const workbench::Event events[] = {overflow, note};
        writer.take(batch, events);
        writer.close();
        std::ifstream file{path, std::ios::binary};
        m_bytes.assign(std::istreambuf_iterator<char>{file}, {});
    }
    const std::string& bytes() const { return m_bytes; }
    std::string changed() const { return m_folder.file("changed.cbrec"); }

private:
    sinks_tests::ScratchFolder m_folder;
    std::string m_bytes;
};

std::string hex(std::span<const std::uint8_t> bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", byte);
        text += digits;
    }
    return text;
}

std::string valueOf(fuzz::Input& input) {
    switch (input.number(1) % 5) {
        case 0:
            return "NULL";
        case 1:
            return std::to_string(static_cast<std::int64_t>(input.number(8)));
        case 2:
            return std::to_string(static_cast<std::int8_t>(input.number(1)));
        case 3:
            return "CAST(x'" + hex(input.take(8)) + "' AS TEXT)";
        default:
            return "x'" + hex(input.take(8)) + "'";
    }
}

/// `table` with its rows counted from 0, whatever they are called.
std::string rowOf(const std::string& table, std::uint64_t row) {
    const std::string key = table == "recording" ? "key" : "rowid";
    return key + " = (SELECT " + key + " FROM " + table + " LIMIT 1 OFFSET " + std::to_string(row) + ")";
}

std::string changeOfRow(fuzz::Input& input) {
    const Column column = input.pick(columns);
    const std::string where = rowOf(column.table, input.number(1) % 16);
    return std::string{"UPDATE OR IGNORE "} + column.table + " SET " + column.name + " = " + valueOf(input) +
           " WHERE " + where;
}

std::string lossOfRow(fuzz::Input& input) {
    const std::string table = input.pick(tables);
    return "DELETE FROM " + table + " WHERE " + rowOf(table, input.number(1) % 16);
}

void write(const std::string& path, const std::string& bytes) {
    std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Original original;
    const std::string path = original.changed();
    write(path, original.bytes());
    for (fuzz::Input input{data, size}; !input.empty();) {
        const std::uint64_t which = input.number(1) % 4;
        if (which == 0 || which == 3) {
            try {
                sinks_tests::query(path, which == 0 ? changeOfRow(input) : lossOfRow(input));
            } catch (const std::runtime_error&) {  // a change that SQLite does not make
            }
            continue;
        }
        const std::size_t offset = input.number(3) % original.bytes().size();
        std::filesystem::resize_file(path, which == 2 ? offset : std::filesystem::file_size(path));
        if (which == 2) continue;
        std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
        file.seekp(static_cast<std::streamoff>(offset));
        file.put(static_cast<char>(input.number(1)));
    }
    sinks_tests::readAll(path);
    return 0;
}
