#include "cli/reports.hpp"

#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "cli/waiting.hpp"

namespace cli {

void Reports::post(std::string_view line) {
    m_waiting.push_back(std::string{line} + '\n');
    pump();
}

void Reports::offer(std::string_view line) {
    pump();
    if (!isIdle()) {
        ++m_dropped;
        return;
    }
    std::string whole = std::string{line} + '\n';
    m_written = m_writer.write(whole);
    if (m_written == 0) ++m_dropped;
    if (m_written == 0 || m_written == whole.size()) {
        m_written = 0;
    } else {
        m_waiting.push_back(std::move(whole));  // begun, so it has to be finished
    }
}

void Reports::pump() {
    while (!m_waiting.empty()) {
        const std::string_view rest = std::string_view{m_waiting.front()}.substr(m_written);
        const std::size_t written = m_writer.write(rest);
        m_written += written;
        if (written < rest.size()) return;
        m_waiting.pop_front();
        m_written = 0;
    }
}

bool Reports::drain() {
    for (pump(); !isIdle(); pump()) {
        const bool inHaste = interrupted();
        if (!m_writer.waitForRoom(inHaste ? lastChance : longestWait) && inHaste) return false;
    }
    return true;
}

}  // namespace cli
