#pragma once
// Names and other text of others in the window: shown with what cannot be seen escaped, and read back.
// Thread contract: pure functions.

#include <QString>
#include <string>
#include <string_view>

namespace workbench {

/// printableText(), as a QString. In the window a buffer goes by this name.
QString shownName(std::string_view bytes);
/// printableSentence(), as a QString.
QString shownSentence(std::string_view sentence);
/// The bytes of such a name. Throws shared_cbuff::InvalidArgument if its backslashes make no sense.
std::string nameBytes(const QString& shown);

}  // namespace workbench
