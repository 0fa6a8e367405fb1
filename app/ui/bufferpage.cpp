#include "ui/bufferpage.hpp"

#include <QFrame>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "shared_cbuff/outlook.hpp"
#include "story/standing.hpp"
#include "ui/manualpanel.hpp"
#include "ui/readersmodel.hpp"
#include "ui/style.hpp"
#include "ui/tables.hpp"
#include "ui/usageplot.hpp"
#include "values/names.hpp"

namespace workbench {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::Trouble;

constexpr double numbersIntervalSeconds = 0.25;  // numbers that change faster cannot be read
constexpr double greyedAfterSeconds = 1.0;       // the age of the newest sample

}  // namespace

BufferPage::BufferPage(BufferSession& session, const Commands& commands, QWidget* parent)
    : QWidget{parent}, m_session{session} {
    setObjectName(m_session.title());
    m_plot = new UsagePlot{m_session, this};
    m_manual = new ManualPanel{m_session, commands, this};
    if (const BufferHands* hands = m_session.hands()) {
        connect(hands, &BufferHands::writerRoleChanged, m_manual, &ManualPanel::refresh);
        connect(hands, &BufferHands::readerChanged, m_manual, &ManualPanel::refresh);
    }

    auto* left = new QSplitter{Qt::Vertical, this};
    left->addWidget(m_plot);
    left->addWidget(makeReaders());
    left->setStretchFactor(0, 3);
    left->setStretchFactor(1, 1);
    left->setSizes({400, 150});
    left->setChildrenCollapsible(false);
    auto* across = new QSplitter{Qt::Horizontal, this};
    auto* manualArea = new QScrollArea{this};  // on a small screen it scrolls rather than cuts its texts
    manualArea->setWidget(m_manual);
    manualArea->setWidgetResizable(true);
    manualArea->setFrameShape(QFrame::NoFrame);
    manualArea->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    manualArea->setMinimumWidth(m_manual->minimumWidth() + 16);
    manualArea->setFocusPolicy(Qt::NoFocus);
    m_manualArea = manualArea;
    m_manualArea->hide();
    across->addWidget(left);
    across->addWidget(manualArea);
    across->setStretchFactor(0, 1);
    across->setStretchFactor(1, 0);

    auto* layout = new QVBoxLayout{this};
    layout->setContentsMargins(8, 6, 8, 6);
    layout->addWidget(makeHeader());
    layout->addWidget(m_banner);
    layout->addWidget(across, 1);
    refreshBanner();
}

QWidget* BufferPage::makeHeader() {
    auto* header = new QWidget{this};
    m_title = new QLabel{header};
    m_title->setObjectName(QStringLiteral("title"));
    m_title->setTextFormat(Qt::PlainText);
    m_title->setText(style::shortened(m_session.title()));
    m_title->setToolTip(style::plainToolTip(m_session.title()));
    QFont bold = font();
    bold.setBold(true);
    bold.setPointSizeF(bold.pointSizeF() * 1.2);
    m_title->setFont(bold);
    m_facts = new QLabel{header};
    m_facts->setTextFormat(Qt::PlainText);
    m_facts->setObjectName(QStringLiteral("facts"));
    m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_facts->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_age = new QLabel{header};
    m_age->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_age->setMinimumWidth(m_age->fontMetrics().horizontalAdvance(tr("sampled %1 ms ago").arg(8888)));
    m_age->setToolTip(tr("How old the newest sample is"));
    m_losses = new QLabel{header};
    m_losses->setObjectName(QStringLiteral("losses"));
    m_losses->setTextFormat(Qt::PlainText);
    m_losses->setAutoFillBackground(true);
    m_losses->setMargin(3);
    m_markButton = new QToolButton{header};
    m_markButton->setObjectName(QStringLiteral("mark"));
    m_markButton->setText(QStringLiteral("↺"));
    m_markButton->setAutoRaise(true);
    m_markButton->setAccessibleName(tr("Count losses from now on"));
    m_markButton->setToolTip(tr("Count from now on: \"since\" becomes now"));
    connect(m_markButton, &QToolButton::clicked, this, &BufferPage::mark);
    connect(&m_session, &BufferSession::restarted, this, [this] { m_mark.reset(); });
    auto* layout = new QHBoxLayout{header};
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(14);
    layout->addWidget(m_title);
    layout->addWidget(m_facts, 1);
    layout->addWidget(m_losses);
    layout->addWidget(m_markButton);
    layout->addWidget(m_age);

    m_banner = new QFrame{this};
    m_banner->setObjectName(QStringLiteral("banner"));
    m_banner->setFrameShape(QFrame::StyledPanel);
    m_bannerText = new QLabel{m_banner};
    m_bannerText->setTextFormat(Qt::PlainText);
    m_bannerText->setWordWrap(true);
    m_reattach = new QPushButton{tr("Attach to the New One"), m_banner};
    connect(m_reattach, &QPushButton::clicked, this, [this] {
        Q_EMIT reopenRequested(m_session.name(),
                               m_session.isClassic() ? std::optional{m_session.geometry()} : std::nullopt);
    });
    auto* bannerLayout = new QHBoxLayout{m_banner};
    bannerLayout->addWidget(m_bannerText, 1);
    bannerLayout->addWidget(m_reattach);
    return header;
}

QWidget* BufferPage::makeReaders() {
    auto* area = new QWidget{this};
    m_readersModel = new ReadersModel{m_session.story(), this};
    m_readers = new QTableView{area};
    tables::setUp(*m_readers, tr("Readers of this buffer"));
    m_readers->setObjectName(QStringLiteral("readers"));
    m_readers->setModel(m_readersModel);
    m_readers->setItemDelegate(new BarDelegate{m_readers});
    QHeaderView& header = *m_readers->horizontalHeader();
    const std::pair<int, int> widths[]{
        {ReadersModel::Name, 130},      {ReadersModel::Usage, 130},   {ReadersModel::Lost, 70},
        {ReadersModel::LostRate, 60},   {ReadersModel::FullIn, 64},   {ReadersModel::Lag, 64},
        {ReadersModel::PoppedRate, 70}, {ReadersModel::Popped, 80},   {ReadersModel::Underflows, 84},
        {ReadersModel::State, 74},      {ReadersModel::Overruns, 70}, {ReadersModel::HighWater, 80}};
    for (const auto& [column, width] : widths) header.resizeSection(column, width);
    m_noReaders = new QLabel{area};
    m_noReaders->setTextFormat(Qt::PlainText);
    m_noReaders->setAlignment(Qt::AlignCenter);
    m_noReaders->setWordWrap(true);
    m_noReaders->setText(m_session.isClassic()
                             ? tr("A classic segment: its readers keep their cursors to themselves.")
                             : tr("No readers. Pop by hand (Ctrl+H), or start a consumer: cbuff consume %1")
                                   .arg(style::shortened(m_session.name())));
    auto* layout = new QVBoxLayout{area};
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_readers);
    layout->addWidget(m_noReaders);
    m_readers->hide();
    area->setMinimumHeight(90);
    return area;
}

QString BufferPage::writerText() const {
    const auto& sample = m_session.story().latest()->sample;
    if (sample.state == BufferState::damaged) return tr("writer: cannot be told");
    if (m_session.hands() != nullptr && m_session.hands()->pushAbility().holdsRole) return tr("writer: this page");
    if (sample.writer.is_locked) return tr("writer: locked");  // by whom stands beside the role's button
    switch (sample.writer.state) {
        case shared_cbuff::WriterState::alive:
            return tr("writer: pid %1, alive").arg(sample.writer.pid);
        case shared_cbuff::WriterState::vacant:
            return tr("writer: vacant");
        case shared_cbuff::WriterState::abandoned:
            return tr("writer: pid %1 died (abandoned)").arg(sample.writer.pid);
        case shared_cbuff::WriterState::closed:
            return tr("closed by its writer");
        case shared_cbuff::WriterState::unknown:
            break;
    }
    return tr("writer: unknown (classic)");
}

void BufferPage::refreshHeader(double now) {
    if (!m_session.story().latest()) return;
    const auto& sample = m_session.story().latest()->sample;
    QStringList facts{style::stateMark(sample.state) + QStringLiteral(" ") + style::stateText(sample.state),
                      style::geometryText(sample.geometry)};
    if (sample.state == BufferState::damaged) {
        facts << tr("nothing in it can be trusted");
    } else if (!m_session.isClassic()) {
        const auto policy = shared_cbuff::to_string(sample.policy);
        facts << QString::fromLatin1(policy.data(), static_cast<qsizetype>(policy.size())) << writerText()
              << tr("pushed %L1 (%L2/s)").arg(sample.pushed).arg(m_session.story().pushedRate(), 0, 'f', 0);
        if (!sample.has_living_reader) facts << tr("retained %L1").arg(sample.retained);
    } else {
        facts << tr("classic") << tr("next slot %L1").arg(sample.write_slot);
    }
    m_facts->setText(facts.join(QStringLiteral("   ")));
    m_facts->setToolTip(m_facts->text());
    if (m_session.feed().playback() != nullptr) {  // its present, not how long ago that was for us
        m_age->setText(style::timeText(m_session.feed().wall(now)));
        m_age->setToolTip(style::plainToolTip(QString::fromStdString(m_session.feed().state().why)));
        return;
    }
    const double age = std::max(0.0, now - m_session.story().latest()->time);
    m_age->setText(age < greyedAfterSeconds ? tr("sampled %1 ms ago").arg(age * 1000, 0, 'f', 0)
                                            : tr("sampled %1 s ago").arg(age, 0, 'f', 1));
    m_age->setEnabled(age < greyedAfterSeconds);
}

void BufferPage::mark() {
    const BufferStory& story = m_session.story();
    if (!story.latest()) return;
    m_mark = Mark{story.latest()->time, story.lost().newestValue(), story.rejected().newestValue()};
    refreshLosses();
}

/// Where what is counted begins, before anybody has marked: where the story does.
void BufferPage::markBeginning() {
    const BufferStory& story = m_session.story();
    const auto at = [&](const History& counter) {
        const auto first = counter.at(story.oldestTime());
        return first ? first->minimum : 0;
    };
    m_mark = Mark{story.oldestTime(), at(story.lost()), at(story.rejected())};
}

/// "▼ lost 76 in 10 s   lost 11,955, of these 7,613 since 02:20:31": red while there were any of late, never for a
/// total.
void BufferPage::refreshLosses() {
    const BufferStory& story = m_session.story();
    const bool tells = story.latest() && !m_session.isClassic() && !story.isDamaged();
    m_losses->setVisible(tells);
    m_markButton->setVisible(tells);
    if (!tells) return;
    const double now = story.latest()->time;
    if (!m_mark || m_mark->time > now) markBeginning();
    const QString from = style::sinceText(m_session.feed().wall(m_mark->time), m_session.feed().wall(now));
    const QLocale locale;
    const auto number = [&](std::uint64_t value) { return locale.toString(static_cast<qulonglong>(value)); };
    const auto count = [&](const QString& word, std::uint64_t total, std::uint64_t since) {
        if (total <= since) return tr("%1 %2 since %3").arg(word, number(since), from);
        return tr("%1 %2, of these %3 since %4").arg(word, number(total), number(since), from);
    };
    const std::uint64_t lostLately = story.lost().growth(now - latelySeconds, now + 1);
    const std::uint64_t rejectedLately = story.rejected().growth(now - latelySeconds, now + 1);
    const std::uint64_t rejected = story.latest()->sample.rejected;
    QStringList parts;
    if (lostLately > 0) parts << tr("▼ lost %1 in 10 s").arg(number(lostLately));
    parts << count(tr("lost"), story.lostInAll(), story.lost().newestValue() - m_mark->lost);
    if (rejectedLately > 0) parts << tr("▼ rejected %1 in 10 s").arg(number(rejectedLately));
    if (rejected > 0) parts << count(tr("rejected"), rejected, story.rejected().newestValue() - m_mark->rejected);
    m_losses->setText(parts.join(QStringLiteral("   ")));
    const bool isRed = lostLately > 0 || rejectedLately > 0;
    QPalette colors = palette();
    QColor ground = style::overflowColor(colors);
    ground.setAlphaF(0.12f);
    colors.setColor(QPalette::Window, isRed ? ground : QColor{Qt::transparent});
    colors.setColor(QPalette::WindowText, isRed ? style::overflowColor(colors) : style::quietText(colors));
    m_losses->setPalette(colors);
}

void BufferPage::refreshBanner() {
    QString text;
    const auto& latest = m_session.story().latest();
    const Trouble trouble = latest ? shared_cbuff::outlook(latest->sample).trouble : Trouble::none;
    switch (trouble) {
        case Trouble::unlinked:
            text = tr(
                "The name is gone: another process has unlinked it. Who is attached goes on; nobody new can attach.");
            break;
        case Trouble::replaced:
            text = tr("The name now leads to another buffer. This page still shows the old one.");
            break;
        case Trouble::damaged:
            text = tr("The segment is damaged: %1.").arg(shownSentence(latest->sample.damage));
            break;
        case Trouble::closed:
            text = tr("The writer has closed this buffer. Readers can take what is left; nothing new will come.");
            break;
        case Trouble::abandoned:
            text = latest->sample.writer.is_locked
                       ? tr("The writer, pid %1, died. Its role is locked by a process that does not say who it is.")
                       : tr("The writer, pid %1, died. Its role can be taken over: By Hand (Ctrl+H).");
            text = text.arg(latest->sample.writer.pid);
            break;
        default:
            break;
    }
    if (m_session.hands() == nullptr) {  // what was is no news, and nothing can be done about it
        text = QString::fromStdString(m_session.feed().state().why);
        if (!text.isEmpty()) text = text.left(1).toUpper() + text.mid(1) + u'.';
    }
    m_banner->setVisible(!text.isEmpty());
    if (m_bannerText->text() != text) m_bannerText->setText(text);
    const bool isGone = trouble == Trouble::replaced || trouble == Trouble::closed || trouble == Trouble::unlinked;
    m_reattach->setVisible(isGone && m_session.hands() != nullptr && m_session.hands()->isNameTaken());
}

void BufferPage::setHandShown(bool shown) { m_manualArea->setVisible(shown); }

void BufferPage::refresh() {
    const double now = m_session.feed().now();
    m_plot->refresh(now);
    if (now < m_numbersDue || !isVisible()) return;
    m_numbersDue = now + numbersIntervalSeconds;
    refreshHeader(now);
    refreshLosses();
    refreshBanner();
    m_readersModel->refresh();
    const bool any = m_readersModel->rowCount() > 0;
    m_readers->setVisible(any);
    m_noReaders->setVisible(!any);
    if (const QString why = m_session.hands() != nullptr ? m_session.hands()->whyNotAttachable() : QString{};
        !any && !why.isEmpty())
        m_noReaders->setText(why);
    m_manual->refresh();
}

void BufferPage::redraw() {
    m_numbersDue = 0;
    refresh();
    m_plot->redraw(m_session.feed().now());
    m_plot->finish();
}

}  // namespace workbench
