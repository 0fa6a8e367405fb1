#include "cli/itemprinter.hpp"

#include <QJsonDocument>
#include <QJsonObject>
#include <QString>
#include <limits>

#include "shared_cbuff/item.hpp"
#include "values/times.hpp"

namespace cli {
namespace {

using namespace Qt::StringLiterals;
using workbench::ItemForm;

constexpr std::uint64_t mostInJson = std::numeric_limits<std::int64_t>::max();

QJsonValue numberOrNull(const std::optional<std::uint64_t>& number) {
    return number ? QJsonValue{static_cast<qint64>(*number)} : QJsonValue{QJsonValue::Null};
}

std::string lineOf(QJsonObject record) {
    workbench::insertTimes(record, workbench::timesNow());
    return QJsonDocument{record}.toJson(QJsonDocument::Compact).toStdString() + '\n';
}

std::string recordOf(std::span<const std::byte> item, const std::optional<std::uint64_t>& number) {
    QJsonObject record{{u"event"_s, u"item"_s},
                       {u"number"_s, numberOrNull(number)},
                       {u"hex"_s, QString::fromStdString(workbench::formatItem(item, ItemForm::hex))}};
    if (item.size() <= sizeof(std::uint64_t)) {
        const std::uint64_t value = shared_cbuff::decode_item(item);
        if (value <= mostInJson) record.insert("value"_L1, static_cast<qint64>(value));
    }
    return lineOf(std::move(record));
}

}  // namespace

std::string ItemPrinter::text(std::span<const std::byte> item, std::optional<std::uint64_t> number) const {
    if (m_flags.raw) return {reinterpret_cast<const char*>(item.data()), item.size()};
    if (m_flags.jsonl) return recordOf(item, number);
    return workbench::formatItem(item, m_flags.form()) + '\n';
}

std::string ItemPrinter::text(const Loss& loss) const {
    if (!m_flags.jsonl) return {};
    const auto last = loss.first ? std::optional{*loss.first + loss.count - 1} : std::nullopt;
    return lineOf({{u"event"_s, u"lost"_s},
                   {u"count"_s, static_cast<qint64>(loss.count)},
                   {u"from"_s, numberOrNull(loss.first)},
                   {u"to"_s, numberOrNull(last)}});
}

}  // namespace cli
