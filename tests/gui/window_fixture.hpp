#pragma once
// A shown window and the hands to work it: waits on conditions, finds widgets, answers dialogs.

#include <gtest/gtest.h>

#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTableView>
#include <QTest>
#include <functional>
#include <optional>

#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/eventually.hpp"
#include "test_support/segments.hpp"
#include "ui/bufferpage.hpp"
#include "ui/usageplot.hpp"
#include "ui/workbenchwindow.hpp"

namespace workbench {

inline constexpr int patienceMs = static_cast<int>(test_support::patience.count());

class WindowTest : public testing::Test {
protected:
    WindowTest();

    static bool waitFor(const std::function<bool()>& condition) { return QTest::qWaitFor(condition, patienceMs); }

    /// A widget below `parent` by object name; the test fails if there is none.
    template <class Widget>
    static Widget& find(const QWidget& parent, const char* name) {
        auto* found = parent.findChild<Widget*>(QString::fromLatin1(name));
        if (found == nullptr) throw std::runtime_error{std::string{"no widget "} + name};
        return *found;
    }

    QTableView& browserTable();
    /// The browser's row of this name; -1 if there is none now.
    int browserRow(const std::string& name);
    BufferPage& openPage(const std::string& name);
    BufferPage& createPage(const std::string& name, const shared_cbuff::CreateOptions& options);
    static void click(QPushButton& button) { QTest::mouseClick(&button, Qt::LeftButton); }
    static void type(QLineEdit& field, const char* text);
    static QString results(const BufferPage& page) { return find<QPlainTextEdit>(page, "results").toPlainText(); }
    /// Runs `act` on the next modal dialog that opens, while `open` runs. True if one opened.
    static bool inDialog(const std::function<void()>& open, const std::function<void(QDialog&)>& act);
    /// The newest event of this kind; nothing if there is none.
    std::optional<Event> lastEvent(EventKind kind);
    std::uint64_t eventAmount(EventKind kind);

    Workbench m_workbench;
    WorkbenchWindow m_window{m_workbench};
};

}  // namespace workbench
