#pragma once
// Which stretch of time is looked at, and where in it: one for all that shows a page's past.
// Thread contract: the GUI's thread. Clockless: whoever draws tells the present.

#include <QObject>
#include <optional>
#include <vector>

namespace workbench {

class TimeView : public QObject {
    Q_OBJECT
public:
    static constexpr double minimumSpan = 0.05;
    static constexpr double maximumSpan = 7 * 24 * 3600.0;

    explicit TimeView(QObject* parent = nullptr) : QObject{parent} {}

    double from() const { return m_to - m_span; }
    double to() const { return m_to; }
    double middle() const { return m_to - m_span / 2; }
    double span() const { return m_span; }

    /// Following: the right edge is the present. Otherwise the view stands still, whatever comes.
    bool isFollowing() const { return m_following; }
    void setFollowing(bool following);
    /// The present, for a view that is drawn in so many columns: its edge moves by whole ones, so that the picture
    /// shifts and does not shimmer.
    void follow(double now, int columns);

    /// Keeps the middle where it is, or the right edge while following.
    void setSpan(double seconds);
    /// Keeps `anchor` where it is, or the right edge while following.
    void zoom(double factor, double anchor);
    void pan(double seconds);
    /// This very stretch; back() returns to the one before.
    void show(double from, double to);
    bool canGoBack() const { return !m_before.empty(); }
    void back();
    /// This moment in the middle, with the cursor pinned to it.
    void showMoment(double time);

    /// Where one points at, or what was pinned. A pointer rests on the screen, so while the view moves on, the moment
    /// under it does, too; a pinned one stays with its moment.
    std::optional<double> cursor() const;
    bool isPinned() const { return m_pinned.has_value(); }
    /// `share` of the view, from 0 to 1; nothing: the pointer is elsewhere.
    void hover(std::optional<double> share);
    void pin(std::optional<double> time);

Q_SIGNALS:
    void followingChanged(bool following);
    void spanChanged(double seconds);
    void cursorChanged();
    /// Any of it, but for the present.
    void changed();

private:
    void setRange(double from, double to);
    void stop();

    struct Range {
        double to = 0;
        double span = 0;
        bool following = false;
    };
    double m_span = 60;
    double m_to = 0;
    bool m_following = true;
    std::optional<double> m_hovered;
    std::optional<double> m_pinned;
    std::vector<Range> m_before;
};

}  // namespace workbench
