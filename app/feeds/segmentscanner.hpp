#pragma once
// Keeps a list of all shared-memory segments on this machine up to date, in a thread of its own.
// Thread contract: the public face belongs to the GUI's thread; lists come back as values, queued.

#include <QObject>
#include <QThread>
#include <QTimer>

#include "feeds/segmentlister.hpp"

namespace workbench {

class SegmentScanner : public QObject {
    Q_OBJECT
public:
    static constexpr int intervalMs = 500;

    explicit SegmentScanner(QObject* parent = nullptr);
    ~SegmentScanner() override;

    /// Looks now instead of at the next interval.
    void scanNow();

Q_SIGNALS:
    void scanned(const workbench::SegmentList& segments);
    /// The machine's list could not be read; a sentence.
    void failed(const QString& problem);

private:
    void scan();

    QThread m_thread;
    QTimer* m_timer;         // lives in m_thread
    SegmentLister m_lister;  // of m_thread
};

}  // namespace workbench

Q_DECLARE_METATYPE(workbench::SegmentList)
