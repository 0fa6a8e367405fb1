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

ManualPanel::ManualPanel(BufferSession& session, QWidget* parent) : QWidget{parent}, m_session{session} {
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
    layout->addWidget(makePush());
    layout->addWidget(makePop());
    layout->addWidget(makePeek());
    layout->addWidget(m_results, 1);
    m_results->setMinimumHeight(3 * m_results->fontMetrics().lineSpacing());
    setMinimumWidth(290);
    refresh();
}

QWidget* ManualPanel::makePush() {
    auto* box = new QGroupBox{tr("Push"), this};
    m_items = new QLineEdit{box};
    m_items->setObjectName(QStringLiteral("items"));
    m_items->setPlaceholderText(tr("42 0x2a 10..20"));
    m_items->setAccessibleName(tr("Items to push"));
    m_items->setClearButtonEnabled(true);
    connect(m_items, &QLineEdit::returnPressed, this, &ManualPanel::push);
    m_push = new QPushButton{tr("Push"), box};
    m_push->setObjectName(QStringLiteral("push"));
    connect(m_push, &QPushButton::clicked, this, &ManualPanel::push);
    m_role = new QPushButton{box};
    m_role->setObjectName(QStringLiteral("role"));
    connect(m_role, &QPushButton::clicked, this, &ManualPanel::toggleWriterRole);
    m_roleText = new QLabel{box};
    m_roleText->setTextFormat(Qt::PlainText);
    m_roleText->setObjectName(QStringLiteral("roleText"));
    m_roleText->setWordWrap(true);
    m_roleText->setMinimumHeight(3 * m_roleText->fontMetrics().lineSpacing());
    auto* line = new QHBoxLayout;
    line->addWidget(m_items, 1);
    line->addWidget(m_push);
    auto* layout = new QVBoxLayout{box};
    auto* roleLine = new QHBoxLayout;
    roleLine->addWidget(m_roleText, 1);
    roleLine->addWidget(m_role, 0, Qt::AlignTop);
    layout->addLayout(line);
    layout->addLayout(roleLine);
    return box;
}

QWidget* ManualPanel::makePop() {
    auto* box = new QGroupBox{tr("Pop with a reader of this page's own"), this};
    m_popCount = makeCount(tr("Items to pop"), m_session.geometry().length, box);
    m_pop = new QPushButton{tr("Pop"), box};
    m_pop->setObjectName(QStringLiteral("pop"));
    connect(m_pop, &QPushButton::clicked, this, &ManualPanel::pop);
    m_detach = new QPushButton{tr("Detach"), box};
    m_detach->setObjectName(QStringLiteral("detach"));
    connect(m_detach, &QPushButton::clicked, this, [this] { m_session.detachReader(); });
    m_readerText = new QLabel{box};
    m_readerText->setWordWrap(true);
    auto* line = new QHBoxLayout;
    line->addWidget(m_popCount, 1);
    line->addWidget(m_pop);
    line->addWidget(m_detach);
    auto* layout = new QVBoxLayout{box};
    layout->addLayout(line);
    layout->addWidget(m_readerText);
    return box;
}

QWidget* ManualPanel::makePeek() {
    auto* box = new QGroupBox{tr("Peek without taking"), this};
    m_peekCount = makeCount(tr("Items to peek at"), m_session.geometry().length, box);
    m_peekCount->setValue(5);
    m_peekFrom = new QComboBox{box};
    m_peekFrom->addItem(tr("newest"), static_cast<int>(shared_cbuff::StartAt::newest));
    m_peekFrom->addItem(tr("oldest"), static_cast<int>(shared_cbuff::StartAt::oldest));
    m_peekFrom->setAccessibleName(tr("Which items to peek at"));
    m_peek = new QPushButton{tr("Peek"), box};
    m_peek->setObjectName(QStringLiteral("peek"));
    explain(*m_peek, tr("Shows items without taking part: no cursor moves."));
    connect(m_peek, &QPushButton::clicked, this, &ManualPanel::peek);
    auto* layout = new QHBoxLayout{box};
    layout->addWidget(m_peekCount, 1);
    layout->addWidget(m_peekFrom);
    layout->addWidget(m_peek);
    return box;
}

ItemForm ManualPanel::form() const { return static_cast<ItemForm>(m_form->currentData().toInt()); }

void ManualPanel::refresh() {
    const PushAbility ability = m_session.pushAbility();
    m_push->setEnabled(ability.holdsRole);
    m_items->setEnabled(ability.holdsRole);
    explain(*m_push, ability.holdsRole ? tr("Appends the items in this order.") : ability.reason);
    explain(*m_items, ability.holdsRole
                          ? tr("Numbers, hex numbers and ranges, separated by blanks; or a text; or hex digits.")
                          : ability.reason);
    m_role->setEnabled(ability.holdsRole || ability.canTake);
    m_role->setText(ability.holdsRole ? tr("Release Role") : tr("Take Role"));
    explain(*m_role, ability.reason);
    if (m_roleText->text() != ability.reason) m_roleText->setText(ability.reason);
    const bool reads = m_session.hasReader();
    const QString whyNot = m_session.whyNotAttachable();
    const bool popable = whyNot.isEmpty() || (reads && m_session.readerUsage() > 0);
    m_pop->setEnabled(popable);
    explain(*m_pop,
            popable ? tr("Takes items with a reader that belongs to this page alone; nobody else's items are taken.")
                    : whyNot);
    m_detach->setEnabled(reads);
    explain(*m_detach, reads ? tr("Ends this page's reader and frees its slot.") : tr("This page has no reader now."));
    const QString text = reads ? tr("%1 not taken yet.").arg(itemsText(m_session.readerUsage()))
                               : tr("The first pop attaches it at the oldest retained item.");
    if (m_readerText->text() != text) m_readerText->setText(text);
}

void ManualPanel::focusPush() { (m_items->isEnabled() ? static_cast<QWidget*>(m_items) : m_role)->setFocus(); }

void ManualPanel::list(const QString& line) { m_results->appendPlainText(line); }

void ManualPanel::toggleWriterRole() {
    if (m_session.pushAbility().holdsRole) {
        m_session.releaseWriterRole();
        list(tr("released the writer role"));
    } else {
        const CommandResult result = m_session.takeWriterRole();
        list(result.ok() ? tr("took the writer role") : result.problem);
    }
    refresh();
    if (m_items->isEnabled()) m_items->setFocus();
}

void ManualPanel::push() {
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
    const CommandResult result = m_session.push(items);
    if (result.ok())
        list(tr("pushed %1: %2").arg(itemsText(result.count), text));
    else
        list(result.problem);
    if (result.ok()) m_items->selectAll();  // the same again, or type over it
    refresh();
}

void ManualPanel::pop() {
    listItems(tr("popped"), m_session.pop(static_cast<std::uint64_t>(m_popCount->value())), false);
    refresh();
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
