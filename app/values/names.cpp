#include "values/names.hpp"

#include "shared_cbuff/errors.hpp"
#include "values/printable.hpp"

namespace workbench {

QString shownName(std::string_view bytes) { return QString::fromStdString(printableText(bytes)); }

QString shownSentence(std::string_view sentence) { return QString::fromStdString(printableSentence(sentence)); }

std::string nameBytes(const QString& shown) {
    const std::string text = shown.toStdString();
    try {
        return unescaped(text);
    } catch (const ItemTextError& error) {
        throw shared_cbuff::InvalidArgument{"read the name", text, error.what()};
    }
}

}  // namespace workbench
