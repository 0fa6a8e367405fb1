#include "feeds/segmentscanner.hpp"

#include "values/names.hpp"

namespace workbench {

SegmentScanner::SegmentScanner(QObject* parent) : QObject{parent}, m_timer{new QTimer} {
    qRegisterMetaType<SegmentList>();
    m_timer->setInterval(intervalMs);
    m_timer->moveToThread(&m_thread);
    // Both run in the worker: the timer is the context. The signals below are queued to the GUI's thread.
    connect(&m_thread, &QThread::started, m_timer, [this] {
        m_timer->start();
        scan();
    });
    connect(m_timer, &QTimer::timeout, m_timer, [this] { scan(); });
    connect(&m_thread, &QThread::finished, m_timer, &QObject::deleteLater);
    m_thread.start();
}

SegmentScanner::~SegmentScanner() {
    m_thread.quit();
    m_thread.wait();
}

void SegmentScanner::scanNow() {
    QMetaObject::invokeMethod(m_timer, [this] { scan(); });
}

void SegmentScanner::scan() {
    try {
        Q_EMIT scanned(m_lister.look());
    } catch (const shared_cbuff::CBuffException& error) {
        Q_EMIT failed(shownSentence(error.what()));
    }
}

}  // namespace workbench
