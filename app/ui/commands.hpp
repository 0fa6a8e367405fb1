#pragma once
// All commands of the window, each once.
// Thread contract: the GUI's thread.

#include "ui/command.hpp"

namespace workbench {

/// Of the window; never null once it is made.
struct Commands {
    Command *attach{}, *create{}, *remove{}, *close{}, *picture{}, *quit{};
    Command* clearLog{};
    Command *follow{}, *zoomIn{}, *zoomOut{}, *resetView{}, *byHand{};
    Command *takeRole{}, *goToPush{}, *push{}, *pop{}, *detach{}, *peek{};
    Command *openRecording{}, *record{}, *play{}, *toBegin{}, *toEnd{}, *stepBack{}, *stepOn{}, *faster{}, *slower{};
    Command *producer{}, *consumer{}, *pauseHelper{}, *stopHelper{}, *killHelper{}, *stopAll{};
    Command *keys{}, *about{};
};

}  // namespace workbench
