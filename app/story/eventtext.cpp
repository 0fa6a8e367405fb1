#include "story/eventtext.hpp"

#include <QCoreApplication>

#include "values/names.hpp"

namespace workbench {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("EventText", text); }

QString nameOf(const QString& label, std::uint32_t slot) { return label.isEmpty() ? tr("slot %1").arg(slot) : label; }

QString withSpan(const QString& text, const Event& event) {
    const double span = event.until - event.time;
    return span >= 0.1 ? text + tr(" over %1 s").arg(span, 0, 'f', 1) : text;
}

QString overflowText(const Event& event) {
    const QString text = event.amount == 1 ? tr("lost 1 item") : tr("lost %L1 items").arg(event.amount);
    if (event.count == 0) return text + tr(", the overrun goes on");
    return text + (event.count == 1 ? tr(" in 1 overrun") : tr(" in %L1 overruns").arg(event.count));
}

QString helperText(const Event& event) {
    const QString role = event.isConsumer ? tr("consumer") : tr("producer");
    if (event.kind == EventKind::HelperStarted) return tr("%1 started, pid %2").arg(role).arg(event.pid);
    return tr("%1 pid %2: ").arg(role).arg(event.pid) + event.detail;
}

}  // namespace

QString toString(EventKind kind) {
    switch (kind) {
        case EventKind::Overflow:
            return tr("overflow");
        case EventKind::Underflow:
            return tr("underflow");
        case EventKind::Rejected:
            return tr("rejected");
        case EventKind::ReaderAttached:
            return tr("attach");
        case EventKind::ReaderDetached:
        case EventKind::SlotReused:
            return tr("detach");
        case EventKind::ReaderDied:
        case EventKind::ReaderEvicted:
            return tr("reader died");
        case EventKind::WriterAttached:
            return tr("writer");
        case EventKind::WriterReleased:
            return tr("writer left");
        case EventKind::WriterDied:
            return tr("writer died");
        case EventKind::Closed:
            return tr("closed");
        case EventKind::Unlinked:
            return tr("unlinked");
        case EventKind::Replaced:
            return tr("replaced");
        case EventKind::Damaged:
            return tr("damaged");
        case EventKind::Recovered:
            return tr("recovered");
        case EventKind::HelperStarted:
            return tr("helper");
        case EventKind::HelperEnded:
            return tr("helper ended");
        case EventKind::HelperCrashed:
            return tr("helper crashed");
        case EventKind::Note:
        case EventKind::RoleHanded:
            return tr("note");
    }
    return {};
}

QString describe(const Event& event) {
    switch (event.kind) {
        case EventKind::Overflow:
            return withSpan(overflowText(event), event);
        case EventKind::Underflow:
            return withSpan(
                event.amount == 1 ? tr("1 pop found nothing") : tr("%L1 pops found nothing").arg(event.amount), event);
        case EventKind::Rejected:
            return withSpan(
                event.amount == 1 ? tr("1 push was refused") : tr("%L1 pushes were refused").arg(event.amount), event);
        case EventKind::ReaderAttached:
            return tr("takes slot %1").arg(event.reader ? event.reader->key.slot : 0);
        case EventKind::ReaderDetached:
            return tr("left after %L1 items, %L2 lost").arg(event.amount).arg(event.lost);
        case EventKind::SlotReused:
            return tr("its slot was given to another reader");
        case EventKind::ReaderDied:
            return tr("died without leaving its slot");
        case EventKind::ReaderEvicted:
            return tr("died, and the writer gave its slot up");
        case EventKind::WriterAttached:
            return tr("pid %1 holds the writer role (epoch %2)").arg(event.pid).arg(event.epoch);
        case EventKind::WriterReleased:
            return tr("pid %1 released the writer role").arg(event.pid);
        case EventKind::WriterDied:
            return tr("the writer, pid %1, died without releasing its role").arg(event.pid);
        case EventKind::Closed:
            return tr("the writer has closed the buffer; readers drain what is left");
        case EventKind::Unlinked:
            return tr("the name is gone; those attached go on, nobody new can attach");
        case EventKind::Replaced:
            return tr("the name now leads to another segment; this one is no longer reachable");
        case EventKind::Recovered:
            return tr("the segment makes sense again");
        case EventKind::RoleHanded:
            return tr("the writer role was handed from this window to the new producer");
        case EventKind::HelperStarted:
        case EventKind::HelperEnded:
        case EventKind::HelperCrashed:
            return helperText(event);
        case EventKind::Damaged:
        case EventKind::Note:
            break;
    }
    return event.detail;
}

QString readerLabel(const shared_cbuff::ReaderSample& reader) { return nameOf(shownName(reader.label()), reader.slot); }

QString readerLabel(const EventReader& reader) { return nameOf(reader.label, reader.key.slot); }

QString readerName(const EventReader& reader) {
    return tr("%1 (pid %2)").arg(readerLabel(reader), QString::number(reader.pid));
}

QString readerName(const shared_cbuff::ReaderSample& reader) {
    return tr("%1 (pid %2)").arg(readerLabel(reader), QString::number(reader.pid));
}

}  // namespace workbench
