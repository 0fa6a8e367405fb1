#include "ui/manualpanel.hpp"

#include <QComboBox>
#include <QFontDatabase>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>
#include <span>

#include "ui/commands.hpp"
#include "ui/style.hpp"

namespace workbench {
namespace {

constexpr int shownItems = 1000;  // of one pop or peek; the line after them says how many more there were

QSpinBox* makeCount(const QString& name, std::uint64_t length, QWidget* parent) {
    auto* count = new QSpinBox{parent};
    count->setRange(1, static_cast<int>(std::min<std::uint64_t>(length, 1'000'000)));
    count->setGroupSeparatorShown(true);
    count->setAccessibleName(name);
    return count;
}

QString itemsText(std::uint64_t count) {
    return style::counted(count, ManualPanel::tr("item"), ManualPanel::tr("items"));
}

void explain(QWidget& widget, const QString& why) {
    widget.setToolTip(style::plainToolTip(why));
    widget.setStatusTip(why);
}

}  // namespace

ManualPanel::ManualPanel(BufferSession& session, const Commands& commands, QWidget* parent)
    : QWidget{parent}, m_session{session} {
    m_results = new QPlainTextEdit{this};
    m_results->setObjectName(QStringLiteral("results"));
    m_results->setReadOnly(true);
    m_results->setTabChangesFocus(true);
    m_results->setMaximumBlockCount(keptLines);
    m_results->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_results->setAccessibleName(tr("Results of push, pop and peek"));
    m_results->setPlaceholderText(tr("Results are listed here."));
    m_form = new QComboBox{this};
    m_form->addItem(tr("Numbers"), QVariant::fromValue(static_cast<int>(ItemForm::number)));
    m_form->addItem(tr("Text"), QVariant::fromValue(static_cast<int>(ItemForm::text)));
    m_form->addItem(tr("Hex"), QVariant::fromValue(static_cast<int>(ItemForm::hex)));
    m_form->setAccessibleName(tr("How items are written and shown"));
    m_form->setToolTip(tr("How items are written and shown"));

    auto* layout = new QVBoxLayout{this};
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    auto* top = new QHBoxLayout;
    auto* caption = new QLabel{tr("Items as"), this};
    caption->setBuddy(m_form);
    top->addWidget(caption);
    top->addWidget(m_form, 1);
    layout->addLayout(top);
    layout->addWidget(makePush(commands));
    layout->addWidget(makePop(commands));
    layout->addWidget(makePeek(commands));
    layout->addWidget(m_results, 1);
    m_results->setMinimumHeight(3 * m_results->fontMetrics().lineSpacing());
    setMinimumWidth(290);
    refresh();
}

QWidget* ManualPanel::makePush(const Commands& commands) {
    auto* box = new QGroupBox{tr("Push"), this};
    m_items = new QLineEdit{box};
    m_items->setObjectName(QStringLiteral("items"));
    m_items->setPlaceholderText(tr("42 0x2a 10..20"));
    m_items->setAccessibleName(tr("Items to push"));
    m_items->setClearButtonEnabled(true);
    connect(m_items, &QLineEdit::returnPressed, commands.push, &QAction::trigger);
    auto* push = new QPushButton{tr("Push"), box};
    push->setObjectName(QStringLiteral("push"));
    commands.push->bind(*push);
    m_role = new QPushButton{box};
    m_role->setObjectName(QStringLiteral("role"));
    commands.takeRole->bind(*m_role);
    m_roleText = new QLabel{box};
    m_roleText->setTextFormat(Qt::PlainText);
    m_roleText->setObjectName(QStringLiteral("roleText"));
    m_roleText->setWordWrap(true);
    m_roleText->setMinimumHeight(3 * m_roleText->fontMetrics().lineSpacing());
    auto* line = new QHBoxLayout;
    line->addWidget(m_items, 1);
    line->addWidget(push);
    auto* layout = new QVBoxLayout{box};
    auto* roleLine = new QHBoxLayout;
    roleLine->addWidget(m_roleText, 1);
    roleLine->addWidget(m_role, 0, Qt::AlignTop);
    layout->addLayout(line);
    layout->addLayout(roleLine);
    return box;
}

QWidget* ManualPanel::makePop(const Commands& commands) {
    auto* box = new QGroupBox{tr("Pop with a reader of this page's own"), this};
    m_popCount = makeCount(tr("Items to pop"), m_session.geometry().length, box);
    auto* pop = new QPushButton{tr("Pop"), box};
    pop->setObjectName(QStringLiteral("pop"));
    commands.pop->bind(*pop);
    auto* detach = new QPushButton{tr("Detach"), box};
    detach->setObjectName(QStringLiteral("detach"));
    commands.detach->bind(*detach);
    m_readerText = new QLabel{box};
    m_readerText->setWordWrap(true);
    auto* line = new QHBoxLayout;
    line->addWidget(m_popCount, 1);
    line->addWidget(pop);
    line->addWidget(detach);
    auto* layout = new QVBoxLayout{box};
    layout->addLayout(line);
    layout->addWidget(m_readerText);
    return box;
}

QWidget* ManualPanel::makePeek(const Commands& commands) {
    auto* box = new QGroupBox{tr("Peek without taking"), this};
    m_peekCount = makeCount(tr("Items to peek at"), m_session.geometry().length, box);
    m_peekCount->setValue(5);
    m_peekFrom = new QComboBox{box};
    m_peekFrom->addItem(tr("newest"), static_cast<int>(shared_cbuff::StartAt::newest));
    m_peekFrom->addItem(tr("oldest"), static_cast<int>(shared_cbuff::StartAt::oldest));
    m_peekFrom->setAccessibleName(tr("Which items to peek at"));
    auto* peek = new QPushButton{tr("Peek"), box};
    peek->setObjectName(QStringLiteral("peek"));
    commands.peek->bind(*peek);
    auto* layout = new QHBoxLayout{box};
    layout->addWidget(m_peekCount, 1);
    layout->addWidget(m_peekFrom);
    layout->addWidget(peek);
    return box;
}

ItemForm ManualPanel::form() const { return static_cast<ItemForm>(m_form->currentData().toInt()); }

QString ManualPanel::roleSentence() const {
    return m_session.hands() != nullptr ? m_session.hands()->pushAbility().reason : m_session.whyNoHands();
}

QString ManualPanel::whyNotPush() const {
    const BufferHands* hands = m_session.hands();
    return hands != nullptr && hands->pushAbility().holdsRole ? QString{} : roleSentence();
}

QString ManualPanel::whyNotToggleRole() const {
    if (m_session.hands() == nullptr) return m_session.whyNoHands();
    const PushAbility ability = m_session.hands()->pushAbility();
    return ability.holdsRole || ability.canTake ? QString{} : ability.reason;
}

QString ManualPanel::whyNotPop() const {
    return m_session.hands() != nullptr ? m_session.hands()->whyNotPoppable() : m_session.whyNoHands();
}

QString ManualPanel::whyNotDetach() const {
    if (m_session.hands() == nullptr) return m_session.whyNoHands();
    return m_session.hands()->hasReader() ? QString{} : tr("This page has no reader now.");
}

void ManualPanel::refresh() {
    const BufferHands* hands = m_session.hands();
    const QString whyNot = whyNotPush();
    m_items->setEnabled(whyNot.isEmpty());
    explain(*m_items, whyNot.isEmpty()
                          ? tr("Numbers, hex numbers and ranges, separated by blanks; or a text; or hex digits.")
                          : whyNot);
    m_role->setText(hands != nullptr && hands->pushAbility().holdsRole ? tr("Release Role") : tr("Take Role"));
    if (const QString text = roleSentence(); m_roleText->text() != text) m_roleText->setText(text);
    const QString text = hands == nullptr     ? m_session.whyNoHands()
                         : hands->hasReader() ? tr("%1 not taken yet.").arg(itemsText(hands->readerUsage()))
                                              : tr("The first pop attaches it at the oldest retained item.");
    if (m_readerText->text() != text) m_readerText->setText(text);
}

void ManualPanel::focusPush() { (m_items->isEnabled() ? static_cast<QWidget*>(m_items) : m_role)->setFocus(); }

void ManualPanel::list(const QString& line) { m_results->appendPlainText(line); }

void ManualPanel::toggleWriterRole() {
    BufferHands* hands = m_session.hands();
    if (hands == nullptr) return;
    if (hands->pushAbility().holdsRole) {
        hands->releaseWriterRole();
        list(tr("released the writer role"));
    } else {
        const CommandResult result = hands->takeWriterRole();
        list(result.ok() ? tr("took the writer role") : result.problem);
    }
    refresh();
    if (m_items->isEnabled()) m_items->setFocus();
}

void ManualPanel::push() {
    if (m_session.hands() == nullptr) return;
    const QString text = m_items->text();
    std::vector<std::byte> items;
    try {
        const auto itemSize = m_session.geometry().item_size;
        if (form() == ItemForm::text) {
            items = parseItem(text.toStdString(), ItemForm::text, itemSize);
        } else {
            const QStringList words = text.split(u' ', Qt::SkipEmptyParts);
            if (words.isEmpty())
                throw ItemTextError{tr("There is nothing to push yet: type an item, like 42.").toStdString()};
            for (const QString& word : words) {
                const auto more = parseItems(word.toStdString(), form(), itemSize);
                items.insert(items.end(), more.begin(), more.end());
            }
        }
    } catch (const ItemTextError& error) {
        return list(tr("nothing pushed: %1").arg(QString::fromUtf8(error.what())));
    }
    const CommandResult result = m_session.hands()->push(items);
    if (result.ok())
        list(tr("pushed %1: %2").arg(itemsText(result.count), text));
    else
        list(result.problem);
    if (result.ok()) m_items->selectAll();  // the same again, or type over it
    refresh();
}

void ManualPanel::pop() {
    if (m_session.hands() == nullptr) return;
    listItems(tr("popped"), m_session.hands()->pop(static_cast<std::uint64_t>(m_popCount->value())), false);
    refresh();
}

void ManualPanel::detach() {
    if (m_session.hands() != nullptr) m_session.hands()->detachReader();
}

void ManualPanel::peek() {
    const auto from = static_cast<shared_cbuff::StartAt>(m_peekFrom->currentData().toInt());
    listItems(tr("peeked at"), m_session.peek(static_cast<std::uint64_t>(m_peekCount->value()), from), true);
}

void ManualPanel::listItems(const QString& verb, const ItemsResult& result, bool numbered) {
    if (!result.ok()) return list(result.problem);
    const std::size_t itemSize = m_session.geometry().item_size;
    const std::uint64_t shown = std::min<std::uint64_t>(result.count, shownItems);
    QStringList lines{QStringLiteral("%1 %2:").arg(verb, itemsText(result.count))};
    for (std::uint64_t index = 0; index < shown; ++index) {
        const std::span item{result.bytes.data() + index * itemSize, itemSize};
        const QString value = QString::fromStdString(formatItem(item, form()));
        lines << (numbered ? tr("  #%L1  %2").arg(result.first + index).arg(value) : QStringLiteral("  ") + value);
    }
    if (shown < result.count) lines << tr("  … and %L1 more").arg(result.count - shown);
    list(lines.join(u'\n'));
}

}  // namespace workbench
