#include "ui/timeview.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace workbench {
namespace {

constexpr std::size_t stepsKept = 50;

double within(double span) { return std::clamp(span, TimeView::minimumSpan, TimeView::maximumSpan); }

}  // namespace

void TimeView::setFollowing(bool following) {
    if (std::exchange(m_following, following) == following) return;
    Q_EMIT followingChanged(following);
    Q_EMIT changed();
}

void TimeView::follow(double now, int columns) {
    if (!m_following) return;
    const double column = m_span / std::max(1, columns);
    m_to = std::ceil(now / column) * column;
}

/// Who looks at a stretch of the past wants it to stand still.
void TimeView::stop() { setFollowing(false); }

void TimeView::setRange(double from, double to) {
    const double span = within(to - from);
    const bool isNew = std::exchange(m_span, span) != span;
    m_to = from + span;
    if (isNew) Q_EMIT spanChanged(span);
    Q_EMIT changed();
}

void TimeView::setSpan(double seconds) {
    const double span = within(seconds);
    if (span == m_span) return;
    const double to = m_following ? m_to : middle() + span / 2;
    setRange(to - span, to);
}

void TimeView::zoom(double factor, double anchor) {
    const double span = within(m_span * factor);
    anchor = std::clamp(anchor, from(), m_to);  // what is out of sight cannot be kept where it is
    const double share = std::clamp((anchor - from()) / m_span, 0.0, 1.0);
    const double begin = m_following ? m_to - span : anchor - span * share;
    setRange(begin, begin + span);
}

void TimeView::pan(double seconds) {
    stop();
    setRange(from() + seconds, m_to + seconds);
}

void TimeView::show(double from, double to) {
    m_before.push_back({m_to, m_span, m_following});
    if (m_before.size() > stepsKept) m_before.erase(m_before.begin());
    stop();
    setRange(from, to);
}

void TimeView::back() {
    if (m_before.empty()) return;
    const Range before = m_before.back();
    m_before.pop_back();
    setRange(before.to - before.span, before.to);
    setFollowing(before.following);
}

void TimeView::showMoment(double time) {
    stop();
    setRange(time - m_span / 2, time + m_span / 2);
    pin(time);
}

std::optional<double> TimeView::cursor() const {
    if (m_pinned) return m_pinned;
    return m_hovered ? std::optional{from() + *m_hovered * m_span} : std::nullopt;
}

void TimeView::hover(std::optional<double> share) {
    if (std::exchange(m_hovered, share) == share) return;
    Q_EMIT cursorChanged();
}

void TimeView::pin(std::optional<double> time) {
    if (std::exchange(m_pinned, time) == time) return;
    Q_EMIT cursorChanged();
}

}  // namespace workbench
