#pragma once
// Attach, create and start a helper: forms that are checked as they are typed and say what is wrong.
// Thread contract: the GUI's thread.

#include <QDialog>
#include <functional>
#include <optional>

#include "helpers/helperprocess.hpp"
#include "shared_cbuff/writer.hpp"

class QCheckBox;
class QComboBox;
class QDialogButtonBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace workbench {

/// Which buffer to attach to; a geometry is asked for only where the segment does not tell its own.
class AttachDialog : public QDialog {
    Q_OBJECT
public:
    /// `names` to choose from; `remembered` geometry last used for a name, if any.
    using Remembered = std::function<std::optional<shared_cbuff::Geometry>(const QString& name)>;
    AttachDialog(const QStringList& names, const QString& name, Remembered remembered, QWidget* parent = nullptr);

    QString name() const;
    /// Given only for a classic segment.
    std::optional<shared_cbuff::Geometry> geometry() const;

private:
    void nameChanged();
    void check();

    Remembered m_remembered;
    QFormLayout* m_form;
    QComboBox* m_name;
    QLineEdit* m_itemSize;
    QLineEdit* m_length;
    QComboBox* m_fits;
    QLabel* m_verdict;
    QDialogButtonBox* m_buttons;
    bool m_isClassic = false;
};

class CreateDialog : public QDialog {
    Q_OBJECT
public:
    explicit CreateDialog(QWidget* parent = nullptr);

    QString name() const;
    shared_cbuff::CreateOptions options() const;

private:
    void check();

    QLineEdit* m_name;
    QLineEdit* m_itemSize;
    QLineEdit* m_length;
    QComboBox* m_policy;
    QSpinBox* m_maxReaders;
    QLineEdit* m_mode;
    QLabel* m_verdict;
    QDialogButtonBox* m_buttons;
};

class HelperDialog : public QDialog {
    Q_OBJECT
public:
    /// `itemSize`: of the buffer, so that a pattern that does not fit its items is refused here.
    HelperDialog(HelperRole role, const QString& buffer, QWidget* parent = nullptr, std::uint64_t itemSize = 8);

    HelperOptions options() const;
    int howMany() const;

private:
    void addProducerFields(QFormLayout& form);
    void addConsumerFields(QFormLayout& form);
    void check();

    HelperRole m_role;
    std::uint64_t m_itemSize;
    QSpinBox* m_howMany;
    QLineEdit* m_rate;
    QLineEdit* m_count;
    QLineEdit* m_duration;
    QCheckBox* m_catchUp;
    QComboBox* m_pattern = nullptr;
    QSpinBox* m_burst = nullptr;
    QLineEdit* m_seed = nullptr;
    QSpinBox* m_batch = nullptr;
    QCheckBox* m_verify = nullptr;
    QCheckBox* m_newest = nullptr;
    QLineEdit* m_label = nullptr;
    QLabel* m_verdict;
    QDialogButtonBox* m_buttons;
};

}  // namespace workbench
