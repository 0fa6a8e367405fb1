#include "cli/itemsource.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <QJsonDocument>
#include <QJsonObject>
#include <QJsonValue>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <stdexcept>

#include "shared_cbuff/item.hpp"

namespace cli {
namespace {

using namespace Qt::StringLiterals;
using workbench::ItemForm;
using workbench::ItemTextError;

constexpr std::size_t readSize = 1 << 16;
/// Bytes that the text of an item takes at most, for each of its bytes, and beside them.
constexpr std::uint64_t textPerByte = 4;
constexpr std::uint64_t textBeside = 4096;

/// Whether a record's value is what the bytes of its item say.
bool isValueOf(const QJsonValue& value, std::span<const std::byte> item) {
    const auto own = item.last(std::min(item.size(), sizeof(std::uint64_t)));
    const bool isWider =
        std::ranges::any_of(item.first(item.size() - own.size()), [](std::byte byte) { return byte != std::byte{0}; });
    const qint64 told = value.toInteger(-1);  // -1 also for what is no whole number
    return !isWider && told >= 0 && static_cast<std::uint64_t>(told) == shared_cbuff::decode_item(own);
}

}  // namespace

Piece parsePiece(std::string_view text, ItemForm form, std::uint64_t itemSize) {
    Piece piece;
    if (form == ItemForm::number) piece.range = workbench::parseRange(text, itemSize);
    if (!piece.range) piece.item = workbench::parseItem(text, form, itemSize);
    return piece;
}

ItemSource::ItemSource(int descriptor, const FormFlags& flags, std::uint64_t itemSize)
    : m_flags{flags},
      m_itemSize{itemSize},
      m_lines{descriptor, std::max<std::size_t>(LineSource::longestLine, itemSize * textPerByte + textBeside)} {}

std::optional<Piece> ItemSource::next() { return m_flags.raw ? nextRaw() : nextLine(); }

std::string ItemSource::place() const { return fmt::format("{} {}", m_flags.raw ? "item" : "line", m_number); }

std::optional<Piece> ItemSource::nextLine() {
    while (const auto line = m_lines.next()) {
        ++m_number;
        try {
            if (auto piece = parseLine(*line)) return piece;
        } catch (const ItemTextError& error) {
            throw ItemTextError{fmt::format("{}: {}", place(), error.what())};
        }
    }
    return std::nullopt;
}

std::optional<Piece> ItemSource::parseLine(const std::string& line) {
    if (line.empty() && !m_flags.text) throw ItemTextError{"the line is empty; give an item on every line"};
    return m_flags.jsonl ? parseRecord(line) : parsePiece(line, m_flags.form(), m_itemSize);
}

/// Nothing for a record that is no item.
std::optional<Piece> ItemSource::parseRecord(const std::string& line) {
    const auto document = QJsonDocument::fromJson(QByteArray::fromStdString(line));
    const QString event = document["event"_L1].toString();
    if (event == "lost"_L1 && document["count"_L1].toInteger() > 0) {
        m_lost += static_cast<std::uint64_t>(document["count"_L1].toInteger());
        return std::nullopt;
    }
    if (event != "item"_L1 || !document["hex"_L1].isString()) {
        throw ItemTextError{
            "this is no record of an item; write {\"event\":\"item\",\"hex\":\"0a1b\"}, as cbuff pop --jsonl does"};
    }
    const std::string hex = document["hex"_L1].toString().toStdString();
    Piece piece{workbench::parseItem(hex, ItemForm::hex, m_itemSize), {}};
    if (const auto value = document["value"_L1];
        !value.isUndefined() && !value.isNull() && !isValueOf(value, piece.item)) {
        throw ItemTextError{fmt::format(
            "the value is not that of hex \"{}\", which is what counts; leave value out, or correct one of them", hex)};
    }
    return piece;
}

std::optional<Piece> ItemSource::nextRaw() {
    if (m_raw.size() - m_rawBegin < m_itemSize) readRaw();
    const std::size_t there = m_raw.size() - m_rawBegin;
    if (there < m_itemSize) {
        if (!m_rawEnded || there == 0) return std::nullopt;
        m_rawBegin = m_raw.size();
        throw ItemTextError{
            fmt::format("{} bytes were left over at the end of the input: items of this buffer have {} bytes each",
                        there, m_itemSize)};
    }
    const auto begin = m_raw.begin() + static_cast<std::ptrdiff_t>(m_rawBegin);
    m_rawBegin += m_itemSize;
    ++m_number;
    return Piece{{begin, begin + static_cast<std::ptrdiff_t>(m_itemSize)}, {}};
}

/// All that has arrived until there is an item or nothing more.
void ItemSource::readRaw() {
    m_raw.erase(m_raw.begin(), m_raw.begin() + static_cast<std::ptrdiff_t>(m_rawBegin));
    m_rawBegin = 0;
    while (!m_rawEnded && m_raw.size() < m_itemSize) {
        pollfd watched{.fd = descriptor(), .events = POLLIN, .revents = 0};
        if (::poll(&watched, 1, 0) <= 0) return;
        const std::size_t before = m_raw.size();
        m_raw.resize(before + readSize);
        const ssize_t got = ::read(descriptor(), m_raw.data() + before, readSize);
        m_raw.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got == 0) m_rawEnded = true;
        if (got >= 0 || errno == EINTR || errno == EAGAIN) continue;
        throw std::runtime_error{fmt::format("the input could not be read: {}", std::strerror(errno))};
    }
}

}  // namespace cli
