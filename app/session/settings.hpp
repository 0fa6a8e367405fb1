#pragma once
// What is remembered from one run to the next.
// Thread contract: the GUI's thread.

#include <QByteArray>
#include <QSettings>
#include <QUrl>
#include <optional>

#include "shared_cbuff/geometry.hpp"

namespace workbench {

class Settings {
public:
    static constexpr double defaultHistorySeconds = 3600;
    static constexpr int defaultSamplingRate = 100;

    QByteArray geometry() const { return m_store.value(QStringLiteral("window/geometry")).toByteArray(); }
    QByteArray state() const { return m_store.value(QStringLiteral("window/state")).toByteArray(); }
    void setWindow(const QByteArray& geometry, const QByteArray& state) {
        m_store.setValue(QStringLiteral("window/geometry"), geometry);
        m_store.setValue(QStringLiteral("window/state"), state);
    }

    double historySeconds() const {
        return number(QStringLiteral("history/seconds"), defaultHistorySeconds, 10, 7 * 86400);
    }
    void setHistorySeconds(double seconds) { m_store.setValue(QStringLiteral("history/seconds"), seconds); }
    double spanSeconds() const { return number(QStringLiteral("plot/seconds"), 60, 1, 86400); }
    void setSpanSeconds(double seconds) { m_store.setValue(QStringLiteral("plot/seconds"), seconds); }
    int samplingRate() const {
        return static_cast<int>(number(QStringLiteral("sampling/rate"), defaultSamplingRate, 1, 1000));
    }
    void setSamplingRate(int hertz) { m_store.setValue(QStringLiteral("sampling/rate"), hertz); }
    int theme() const { return static_cast<int>(number(QStringLiteral("window/theme"), 0, 0, 2)); }
    void setTheme(int theme) { m_store.setValue(QStringLiteral("window/theme"), theme); }

    /// Whether pages show what one does by hand.
    bool isHandShown() const { return m_store.value(QStringLiteral("page/byHand"), false).toBool(); }
    void setHandShown(bool shown) { m_store.setValue(QStringLiteral("page/byHand"), shown); }

    /// The geometry last used for a classic segment of this name.
    std::optional<shared_cbuff::Geometry> geometryOf(const QString& name) const {
        const QStringList pair = m_store.value(keyOf(name)).toStringList();
        if (pair.size() != 2) return std::nullopt;
        const shared_cbuff::Geometry geometry{pair[0].toULongLong(), pair[1].toULongLong()};
        return flaw_of(geometry) ? std::nullopt : std::optional{geometry};
    }
    void setGeometryOf(const QString& name, const shared_cbuff::Geometry& geometry) {
        m_store.setValue(keyOf(name), QVariantList{static_cast<qulonglong>(geometry.item_size),
                                                   static_cast<qulonglong>(geometry.length)});
    }

private:
    /// A hand-edited or damaged file gives the default, not a crash.
    double number(const QString& key, double fallback, double least, double most) const {
        bool ok = false;
        const double value = m_store.value(key, fallback).toDouble(&ok);
        return ok && value >= least && value <= most ? value : fallback;
    }
    static QString keyOf(const QString& name) {
        return QStringLiteral("geometry/") + QString::fromLatin1(QUrl::toPercentEncoding(name));
    }

    QSettings m_store;
};

}  // namespace workbench
