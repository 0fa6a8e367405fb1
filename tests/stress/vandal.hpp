#pragma once
// The hostile neighbour: does to a segment, at random, what any process with write access to /dev/shm could do.
// Thread contract: an object belongs to one thread.

#include <cstdint>
#include <string>

#include "crew.hpp"
#include "random.hpp"

namespace stress {

class Vandal {
public:
    /// `board.marker` is odd while a segment is being made shorter, and grows by two with each time.
    Vandal(std::string name, Random& random, Board& board);

    /// One random deed. What it finds missing or forbidden it leaves alone.
    void strike();
    std::uint64_t deeds() const noexcept { return deeds_; }

private:
    class File;

    void shorten(const File& file, std::uint64_t size);
    void truncate();
    void grow();
    void unlink();
    void recreate();
    void replace_by_foreign_file();
    void fill_with_noise();
    void scribble_on_control_block();
    void change_mode();

    std::string name_;
    std::string path_;
    Random& random_;
    Board& board_;
    std::uint64_t deeds_ = 0;
};

}  // namespace stress
