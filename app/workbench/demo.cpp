#include "demo.hpp"

#include <QCoreApplication>

#include "shared_cbuff/discovery.hpp"
#include "ui/bufferpage.hpp"
#include "ui/usageplot.hpp"

namespace workbench {
namespace {

// 400 items/s into 512 slots: the slow consumer, 100 items/s short, is full after about 5 s and loses from then on.
constexpr std::uint64_t itemSize = 8;
constexpr std::uint64_t length = 512;
constexpr double producerRate = 400;
constexpr double slowRate = 300;
// Two pops a second of up to 210 items: a saw in the plot, and it never falls behind.
constexpr double fastRate = 420;
constexpr int fastBatch = 210;
constexpr double shownSeconds = 30;

/// "demo", or "demo-PID" if another demo runs.
QString freeName() {
    const QString name = QStringLiteral("demo");
    if (!shared_cbuff::find_segment(name.toStdString())) return name;
    return QStringLiteral("demo-%1").arg(QCoreApplication::applicationPid());
}

HelperOptions consumer(const QString& label, double rate, int batch) {
    HelperOptions options;
    options.role = HelperRole::Consumer;
    options.label = label;
    options.rate = rate;
    options.batch = batch;
    options.verifyCounter = true;
    return options;
}

}  // namespace

QString startDemo(WorkbenchWindow& window) {
    QString problem;
    BufferPage* page = window.createBuffer(freeName(), {.item_size = itemSize, .length = length}, &problem);
    if (page == nullptr) return problem;
    page->plot().view().setSpan(shownSeconds);
    BufferHands& hands = *page->session().hands();
    hands.startHelper(consumer(QStringLiteral("fast"), fastRate, fastBatch));
    hands.startHelper(consumer(QStringLiteral("slow"), slowRate, 1));
    HelperOptions producer;
    producer.rate = producerRate;
    hands.startHelper(producer);  // takes the writer role over from this window
    return {};
}

}  // namespace workbench
