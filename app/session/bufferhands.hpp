#pragma once
// What takes part in one buffer from here: a writer role, a reader of its own, helper processes.
// Thread contract: the GUI's thread. Commands are done at once, and say in a sentence why not.

#include <QObject>
#include <QString>
#include <memory>
#include <optional>
#include <vector>

#include "helpers/helperprocess.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "story/bufferstory.hpp"

namespace workbench {

/// What came of a command: how many items, and a sentence if not all was done.
struct CommandResult {
    std::uint64_t count = 0;
    QString problem;
    bool ok() const { return problem.isEmpty(); }
};

struct ItemsResult : CommandResult {
    std::uint64_t first = 0;  ///< number of the first item; only of a peek
    std::vector<std::byte> bytes;
};

/// Whether items can be pushed from here.
struct PushAbility {
    bool holdsRole = false;
    bool canTake = false;
    QString reason;  ///< who holds the role, or why it cannot be taken; a sentence for the user
};

class BufferHands : public QObject {
    Q_OBJECT
public:
    /// For the buffer of this story, which must outlive it.
    explicit BufferHands(const BufferStory& story, QObject* parent = nullptr);
    /// The same for a buffer just created here: `writer` is kept, and with it the duty to remove the buffer.
    BufferHands(const BufferStory& story, shared_cbuff::Writer writer, QObject* parent = nullptr);
    ~BufferHands() override;

    PushAbility pushAbility() const;
    /// Why no reader or helper can be attached and nothing popped; empty if it can. A sentence for the user.
    QString whyNotAttachable() const;
    /// Why no producer can be started; empty if one can.
    QString whyNoProducer() const;
    /// Why nothing can be popped now; empty if it can.
    QString whyNotPoppable() const;

    CommandResult takeWriterRole();
    void releaseWriterRole();
    CommandResult push(const std::vector<std::byte>& items);
    /// Whether a reader is attached; pop() attaches one when there is none.
    bool hasReader() const { return m_reader.has_value(); }
    std::uint64_t readerUsage() const;
    /// Where that reader is; nothing if there is none.
    std::optional<std::uint64_t> readerPosition() const;
    void detachReader();
    ItemsResult pop(std::uint64_t count);

    HelperProcess* startHelper(HelperOptions options);
    const std::vector<std::unique_ptr<HelperProcess>>& helpers() const { return m_helpers; }
    void removeHelper(HelperProcess* helper);
    void stopHelpers();

    /// Whether the segment is still the one its name leads to.
    bool isStillNamed() const;
    /// Whether its name leads to another segment by now.
    bool isNameTaken() const;

Q_SIGNALS:
    void writerRoleChanged();
    void readerChanged();
    /// The reader has taken items or come or gone: its position is another one.
    void readerMoved();
    void helpersChanged();
    /// Something of ours happened; time and buffer are filled in by whoever logs it.
    void happened(const workbench::Event& event);

private:
    std::string nameBytes() const { return m_story.facts().name; }
    bool isClassic() const { return m_story.facts().isClassic(); }
    CommandResult attachReader();
    void tellOf(EventKind kind, const HelperProcess& helper);
    void removeWhatWasCreated();

    const BufferStory& m_story;
    std::optional<shared_cbuff::Writer> m_writer;
    std::optional<shared_cbuff::Reader> m_reader;
    bool m_createdHere = false;
    std::vector<std::unique_ptr<HelperProcess>> m_helpers;
};

}  // namespace workbench
