#include "ui/dialogs.hpp"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <cmath>
#include <limits>

#include "feeds/machine.hpp"
#include "helpers/pattern.hpp"
#include "shared_cbuff/errors.hpp"
#include "ui/style.hpp"
#include "values/names.hpp"

namespace workbench {
namespace {

constexpr qsizetype labelBytes = static_cast<qsizetype>(shared_cbuff::label_capacity);

/// A verdict under a form: what is wrong now, or what will be done.
void setVerdict(QLabel& verdict, QDialogButtonBox& buttons, const QString& problem, const QString& outcome) {
    verdict.setText(problem.isEmpty() ? outcome : problem);
    buttons.button(QDialogButtonBox::Ok)->setEnabled(problem.isEmpty());
    buttons.button(QDialogButtonBox::Ok)->setToolTip(style::plainToolTip(problem));
}

QLabel* makeVerdict(QWidget* parent) {
    auto* verdict = new QLabel{parent};
    verdict->setTextFormat(Qt::PlainText);
    verdict->setObjectName(QStringLiteral("verdict"));
    verdict->setWordWrap(true);
    verdict->setMinimumWidth(360);
    verdict->setMinimumHeight(3 * verdict->fontMetrics().lineSpacing());
    verdict->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    return verdict;
}

QLineEdit* makeField(const QString& text, const QString& objectName, QWidget* parent) {
    auto* field = new QLineEdit{text, parent};
    field->setObjectName(objectName);
    return field;
}

QDialogButtonBox* makeButtons(const QString& verb, QDialog* dialog) {
    auto* buttons = new QDialogButtonBox{QDialogButtonBox::Ok | QDialogButtonBox::Cancel, dialog};
    buttons->button(QDialogButtonBox::Ok)->setText(verb);
    QObject::connect(buttons, &QDialogButtonBox::accepted, dialog, &QDialog::accept);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    return buttons;
}

QString problemOfLabel(const QString& label) {
    try {
        const auto size = static_cast<qsizetype>(nameBytes(label).size());
        if (size <= labelBytes) return {};
        return HelperDialog::tr("The label has %1 bytes, at most %2 are possible.").arg(size).arg(labelBytes);
    } catch (const shared_cbuff::InvalidArgument& error) {
        return shownSentence(error.reason());
    }
}

/// A whole number >= 1 in a field; nothing, and `problem` says so, if it holds none.
std::optional<std::uint64_t> wholeNumber(const QLineEdit& field, const QString& what, QString& problem) {
    bool ok = false;
    const qulonglong value = field.text().trimmed().toULongLong(&ok);
    if (ok && value > 0 && value <= static_cast<qulonglong>(std::numeric_limits<qint64>::max())) return value;
    if (problem.isEmpty()) problem = HelperDialog::tr("%1 must be a whole number of at least 1.").arg(what);
    return std::nullopt;
}

std::optional<double> positiveNumber(const QLineEdit& field, const QString& what, QString& problem) {
    bool ok = false;
    const double value = field.text().trimmed().toDouble(&ok);
    if (ok && std::isfinite(value) && value > 0) return value;
    if (problem.isEmpty()) problem = HelperDialog::tr("%1 must be a number above 0.").arg(what);
    return std::nullopt;
}

std::optional<shared_cbuff::Geometry> geometryIn(const QLineEdit& itemSize, const QLineEdit& length, QString& problem) {
    const auto size = wholeNumber(itemSize, HelperDialog::tr("Item size"), problem);
    const auto items = wholeNumber(length, HelperDialog::tr("Length"), problem);
    if (!size || !items) return std::nullopt;
    const shared_cbuff::Geometry geometry{*size, *items};
    if (const auto flaw = shared_cbuff::flaw_of(geometry)) {
        problem = QString::fromStdString(*flaw) + u'.';
        return std::nullopt;
    }
    return geometry;
}

QString sentence(const shared_cbuff::CBuffException& error) {
    QString text = shownSentence(error.reason());
    if (!text.isEmpty()) text[0] = text[0].toUpper();
    return text + u'.';
}

}  // namespace

// ---- Attach

AttachDialog::AttachDialog(const QStringList& names, const QString& name, Remembered remembered, QWidget* parent)
    : QDialog{parent},
      m_remembered{std::move(remembered)},
      m_form{new QFormLayout{this}},
      m_name{new QComboBox{this}},
      m_itemSize{makeField({}, QStringLiteral("itemSize"), this)},
      m_length{makeField({}, QStringLiteral("length"), this)},
      m_fits{new QComboBox{this}},
      m_verdict{makeVerdict(this)},
      m_buttons{makeButtons(tr("Attach"), this)} {
    setWindowTitle(tr("Attach to a Buffer"));
    m_name->setEditable(true);
    m_name->setObjectName(QStringLiteral("name"));
    m_name->addItems(names);
    m_name->setCurrentText(name);
    m_form->addRow(tr("&Name"), m_name);
    m_form->addRow(tr("&Item size (bytes)"), m_itemSize);
    m_form->addRow(tr("&Length (items)"), m_length);
    m_form->addRow(tr("Geometries that &fit"), m_fits);
    m_form->addRow(m_verdict);
    m_form->addRow(m_buttons);
    connect(m_name, &QComboBox::currentTextChanged, this, &AttachDialog::nameChanged);
    connect(m_itemSize, &QLineEdit::textChanged, this, &AttachDialog::check);
    connect(m_length, &QLineEdit::textChanged, this, &AttachDialog::check);
    connect(m_fits, &QComboBox::activated, this, [this](int index) {
        const auto pair = m_fits->itemData(index).toList();
        if (pair.size() != 2) return;
        m_itemSize->setText(pair[0].toString());
        m_length->setText(pair[1].toString());
    });
    nameChanged();
}

QString AttachDialog::name() const { return m_name->currentText().trimmed(); }

std::optional<shared_cbuff::Geometry> AttachDialog::geometry() const {
    QString problem;
    return m_isClassic ? geometryIn(*m_itemSize, *m_length, problem) : std::nullopt;
}

void AttachDialog::nameChanged() {
    m_fits->clear();
    m_isClassic = false;
    try {
        const auto size = machine::sizeOfUnknown(nameBytes(name()));
        m_isClassic = size.has_value();
        if (m_isClassic) {
            for (const auto& fit : machine::fittingGeometries(*size)) {
                m_fits->addItem(style::geometryText(fit), QVariantList{static_cast<qulonglong>(fit.item_size),
                                                                       static_cast<qulonglong>(fit.length)});
            }
            auto known = m_remembered ? m_remembered(name()) : std::nullopt;
            if (known && shared_cbuff::classic_segment_size(*known) != *size) known.reset();
            if (known) {
                m_itemSize->setText(QString::number(known->item_size));
                m_length->setText(QString::number(known->length));
            }
        }
    } catch (const shared_cbuff::CBuffException&) {
        // check() finds the same and says it
    }
    for (QWidget* field :
         {static_cast<QWidget*>(m_itemSize), static_cast<QWidget*>(m_length), static_cast<QWidget*>(m_fits)}) {
        field->setEnabled(m_isClassic);
        m_form->labelForField(field)->setEnabled(m_isClassic);
    }
    check();
}

void AttachDialog::check() {
    QString problem;
    QString outcome;
    if (name().isEmpty()) {
        problem = tr("Choose a buffer, or type its name.");
    } else {
        std::optional<shared_cbuff::Geometry> given;
        if (m_isClassic) given = geometryIn(*m_itemSize, *m_length, problem);
        if (problem.isEmpty()) {
            try {
                const QString geometry = style::geometryText(machine::checkAttachable(nameBytes(name()), given));
                outcome = m_isClassic ? tr("%1 fits this segment exactly.").arg(geometry)
                                      : tr("A buffer of %1; it tells its own geometry.").arg(geometry);
            } catch (const shared_cbuff::CBuffException& error) {
                problem = sentence(error);
            }
        } else {
            problem = tr("This segment has no control block, so its geometry is needed. %1").arg(problem);
        }
    }
    setVerdict(*m_verdict, *m_buttons, problem, outcome);
}

// ---- Create

CreateDialog::CreateDialog(QWidget* parent)
    : QDialog{parent},
      m_name{makeField({}, QStringLiteral("name"), this)},
      m_itemSize{makeField(QStringLiteral("8"), QStringLiteral("itemSize"), this)},
      m_length{makeField(QStringLiteral("1024"), QStringLiteral("length"), this)},
      m_policy{new QComboBox{this}},
      m_maxReaders{new QSpinBox{this}},
      m_mode{makeField(QStringLiteral("600"), QStringLiteral("mode"), this)},
      m_verdict{makeVerdict(this)},
      m_buttons{makeButtons(tr("Create"), this)} {
    setWindowTitle(tr("Create a Buffer"));
    m_policy->addItem(tr("overwrite: a push never fails, slow readers lose items"));
    m_policy->addItem(tr("reject: a push fails rather than that a reader loses items"));
    m_policy->setObjectName(QStringLiteral("policy"));
    m_maxReaders->setRange(0, static_cast<int>(shared_cbuff::max_max_readers));
    m_maxReaders->setValue(static_cast<int>(shared_cbuff::default_max_readers));
    auto* form = new QFormLayout{this};
    form->addRow(tr("&Name"), m_name);
    form->addRow(tr("&Item size (bytes)"), m_itemSize);
    form->addRow(tr("&Length (items)"), m_length);
    form->addRow(tr("When it &overflows"), m_policy);
    form->addRow(tr("&Reader slots"), m_maxReaders);
    form->addRow(tr("Access &mode (octal)"), m_mode);
    form->addRow(m_verdict);
    form->addRow(m_buttons);
    for (QLineEdit* field : {m_name, m_itemSize, m_length, m_mode}) {
        connect(field, &QLineEdit::textChanged, this, &CreateDialog::check);
    }
    connect(m_maxReaders, &QSpinBox::valueChanged, this, &CreateDialog::check);
    check();
}

QString CreateDialog::name() const { return m_name->text().trimmed(); }

shared_cbuff::CreateOptions CreateDialog::options() const {
    QString ignored;
    const auto geometry = geometryIn(*m_itemSize, *m_length, ignored).value_or(shared_cbuff::Geometry{});
    return {.item_size = geometry.item_size,
            .length = geometry.length,
            .policy = m_policy->currentIndex() == 1 ? shared_cbuff::OverflowPolicy::reject
                                                    : shared_cbuff::OverflowPolicy::overwrite,
            .max_readers = static_cast<std::uint32_t>(m_maxReaders->value()),
            .mode = m_mode->text().toUInt(nullptr, 8)};
}

void CreateDialog::check() {
    QString problem;
    QString outcome;
    try {
        if (name().isEmpty())
            problem = tr("Give the buffer a name.");
        else if (machine::isTaken(nameBytes(name())))
            problem = tr("The name %1 is taken; choose another one.").arg(name());
    } catch (const shared_cbuff::CBuffException& error) {
        problem = tr("Choose another name: %1.").arg(shownSentence(error.reason()));
    }
    const auto geometry = geometryIn(*m_itemSize, *m_length, problem);
    bool octal = false;
    if (m_mode->text().toUInt(&octal, 8) > 0777 || !octal) {
        if (problem.isEmpty()) problem = tr("The access mode must be three octal digits, like 600 or 644.");
    }
    if (problem.isEmpty() && geometry) {
        outcome = tr("Takes %1 of shared memory. It is removed when its page is closed.")
                      .arg(style::bytesText(static_cast<double>(machine::bytesFor(options()))));
    }
    setVerdict(*m_verdict, *m_buttons, problem, outcome);
}

// ---- Helpers

HelperDialog::HelperDialog(HelperRole role, const QString& buffer, QWidget* parent, std::uint64_t itemSize)
    : QDialog{parent},
      m_role{role},
      m_itemSize{itemSize},
      m_howMany{new QSpinBox{this}},
      m_rate{makeField(QStringLiteral("100"), QStringLiteral("rate"), this)},
      m_count{makeField({}, QStringLiteral("count"), this)},
      m_duration{makeField({}, QStringLiteral("duration"), this)},
      m_catchUp{new QCheckBox{tr("Catch up on missed &slots"), this}},
      m_verdict{makeVerdict(this)},
      m_buttons{makeButtons(tr("Start"), this)} {
    const bool producer = role == HelperRole::Producer;
    setWindowTitle(style::titleText(producer ? tr("Start a Producer on %1").arg(buffer)
                                             : tr("Start Consumers on %1").arg(buffer)));
    m_howMany->setRange(1, producer ? 1 : 64);  // one writer a buffer
    m_howMany->setEnabled(!producer);
    m_howMany->setObjectName(QStringLiteral("howMany"));
    m_rate->setPlaceholderText(tr("items a second, or max"));
    m_count->setPlaceholderText(tr("no limit"));
    m_duration->setPlaceholderText(tr("no limit"));
    m_catchUp->setChecked(true);
    auto* form = new QFormLayout{this};
    if (!producer) form->addRow(tr("How &many"), m_howMany);
    form->addRow(tr("&Rate (items/s, or max)"), m_rate);
    producer ? addProducerFields(*form) : addConsumerFields(*form);
    form->addRow(tr("Stop after (&items)"), m_count);
    form->addRow(tr("Stop after (secon&ds)"), m_duration);
    form->addRow({}, m_catchUp);
    form->addRow(m_verdict);
    form->addRow(m_buttons);
    for (QLineEdit* field : {m_rate, m_count, m_duration})
        connect(field, &QLineEdit::textChanged, this, &HelperDialog::check);
    if (producer) m_howMany->hide();
    check();
}

void HelperDialog::addProducerFields(QFormLayout& form) {
    m_pattern = new QComboBox{this};
    m_pattern->setEditable(true);
    m_pattern->addItems({QStringLiteral("counter"), QStringLiteral("random"), QStringLiteral("constant:1"),
                         QStringLiteral("ramp:0:1000"), QStringLiteral("sine:100:1000")});
    m_pattern->setToolTip(tr("counter, random, constant:VALUE, ramp:FROM:TO or sine:AMPLITUDE:PERIOD"));
    m_burst = new QSpinBox{this};
    m_burst->setRange(1, 1'000'000);
    m_seed = makeField({}, QStringLiteral("seed"), this);
    m_seed->setPlaceholderText(tr("chosen anew"));
    form.addRow(tr("&Pattern"), m_pattern);
    form.addRow(tr("&Burst (items at a time)"), m_burst);
    form.addRow(tr("S&eed"), m_seed);
    connect(m_seed, &QLineEdit::textChanged, this, &HelperDialog::check);
    connect(m_pattern, &QComboBox::currentTextChanged, this, &HelperDialog::check);
}

void HelperDialog::addConsumerFields(QFormLayout& form) {
    m_label = makeField({}, QStringLiteral("label"), this);
    m_label->setPlaceholderText(tr("none"));
    connect(m_label, &QLineEdit::textChanged, this, &HelperDialog::check);
    m_batch = new QSpinBox{this};
    m_batch->setRange(1, 1'000'000);
    m_verify = new QCheckBox{tr("&Verify that items count up"), this};
    m_newest = new QCheckBox{tr("Start at the &newest item"), this};
    form.addRow(tr("&Label"), m_label);
    form.addRow(tr("&Batch (items at a time)"), m_batch);
    form.addRow({}, m_verify);
    form.addRow({}, m_newest);
}

int HelperDialog::howMany() const { return m_howMany->value(); }

HelperOptions HelperDialog::options() const {
    QString ignored;
    HelperOptions options;
    options.role = m_role;
    const bool max = m_rate->text().trimmed() == u"max";
    options.rate = max ? std::nullopt : positiveNumber(*m_rate, {}, ignored);
    if (!m_count->text().isEmpty()) {
        if (const auto count = wholeNumber(*m_count, {}, ignored)) options.count = static_cast<qint64>(*count);
    }
    if (!m_duration->text().isEmpty()) options.durationSeconds = positiveNumber(*m_duration, {}, ignored);
    options.catchUp = m_catchUp->isChecked();
    if (m_role == HelperRole::Producer) {
        options.pattern = m_pattern->currentText().trimmed();
        options.burst = m_burst->value();
        bool ok = false;
        const qint64 seed = m_seed->text().toLongLong(&ok);
        if (ok) options.seed = seed;
    } else {
        options.label = m_label->text();
        options.batch = m_batch->value();
        options.verifyCounter = m_verify->isChecked();
        options.fromNewest = m_newest->isChecked();
    }
    return options;
}

void HelperDialog::check() {
    QString problem;
    if (m_rate->text().trimmed() != u"max") positiveNumber(*m_rate, tr("The rate (unless it is “max”)"), problem);
    if (!m_count->text().isEmpty()) wholeNumber(*m_count, tr("The number of items"), problem);
    if (!m_duration->text().isEmpty()) positiveNumber(*m_duration, tr("The number of seconds"), problem);
    if (m_seed != nullptr && !m_seed->text().isEmpty()) {
        bool ok = false;
        const qint64 seed = m_seed->text().toLongLong(&ok);
        if ((!ok || seed < 0) && problem.isEmpty()) problem = tr("The seed must be a whole number.");
    }
    if (problem.isEmpty() && m_pattern != nullptr) {
        const std::string why = problemOfPattern(m_pattern->currentText().trimmed().toStdString(), m_itemSize);
        if (!why.empty()) problem = tr("Choose another pattern: %1.").arg(shownSentence(why));
    }
    if (problem.isEmpty() && m_label != nullptr) problem = problemOfLabel(m_label->text());
    setVerdict(*m_verdict, *m_buttons, problem,
               tr("Runs as a process of its own, which can crash without harm to this window."));
}

}  // namespace workbench
