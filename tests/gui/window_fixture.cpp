#include "window_fixture.hpp"

#include <QApplication>
#include <QDialog>
#include <QFile>
#include <QTimer>

namespace workbench {

WindowTest::WindowTest() {
    // Helpers are found beside the program: the tests' folder is the programs' folder.
    EXPECT_TRUE(QFile::exists(QStringLiteral(CBUFF_PROGRAM)));
    m_window.show();
    if (!m_workbench.settings().isHandShown()) m_window.commands().byHand->trigger();  // most tests work by hand
    QApplication::setActiveWindow(&m_window);
    EXPECT_TRUE(QTest::qWaitForWindowExposed(&m_window, patienceMs));
}

QTableView& WindowTest::browserTable() { return *find<QWidget>(m_window, "bufferBrowser").findChild<QTableView*>(); }

int WindowTest::browserRow(const std::string& name) {
    const QAbstractItemModel* model = browserTable().model();
    for (int row = 0; row < model->rowCount(); ++row) {
        if (model->index(row, 0).data().toString().endsWith(QStringLiteral(" ") + QString::fromStdString(name)))
            return row;
    }
    return -1;
}

BufferPage& WindowTest::openPage(const std::string& name) {
    BufferPage* page = m_window.openBuffer(QString::fromStdString(name));
    if (page == nullptr) throw std::runtime_error{"page not opened"};
    EXPECT_TRUE(waitFor([&] { return page->session().story().latest().has_value(); }));
    page->redraw();
    return *page;
}

BufferPage& WindowTest::createPage(const std::string& name, const shared_cbuff::CreateOptions& options) {
    BufferPage* page = m_window.createBuffer(QString::fromStdString(name), options);
    if (page == nullptr) throw std::runtime_error{"page not created"};
    EXPECT_TRUE(waitFor([&] { return page->session().story().latest().has_value(); }));
    page->redraw();
    return *page;
}

void WindowTest::type(QLineEdit& field, const char* text) {
    field.clear();
    QTest::keyClicks(&field, QString::fromUtf8(text));
}

bool WindowTest::inDialog(const std::function<void()>& open, const std::function<void(QDialog&)>& act) {
    bool seen = false;
    QTimer poll;
    QObject::connect(&poll, &QTimer::timeout, [&] {
        auto* dialog = qobject_cast<QDialog*>(QApplication::activeModalWidget());
        if (dialog == nullptr || seen) return;
        seen = true;
        poll.stop();
        act(*dialog);
        if (dialog->isVisible()) dialog->reject();  // so that a failed expectation cannot hang the test
    });
    poll.start(10);
    open();
    return seen;
}

std::optional<Event> WindowTest::lastEvent(EventKind kind) {
    for (int index = m_window.log().size() - 1; index >= 0; --index) {
        if (m_window.log().at(index).kind == kind) return m_window.log().at(index);
    }
    return std::nullopt;
}

std::uint64_t WindowTest::eventAmount(EventKind kind) {
    std::uint64_t amount = 0;
    for (int index = 0; index < m_window.log().size(); ++index) {
        if (m_window.log().at(index).kind == kind) amount += m_window.log().at(index).amount;
    }
    return amount;
}

}  // namespace workbench
