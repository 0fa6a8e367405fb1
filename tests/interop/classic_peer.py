"""A classic peer: writes and reads the classic layout of a shared circular buffer, steered by lines on stdin.

Independent of the library under test on purpose: it knows only the layout. Each command is answered by one line.

    create NAME ITEM_SIZE LENGTH     make a classic segment and become its writer
    attach NAME ITEM_SIZE LENGTH     become a reader with a cursor of its own, at slot 0
    seek                             move the cursor to the write pointer
    push HEX                         one item: the pointer moves first, then the item is stored
    move                             the first half of a push: the pointer alone
    store HEX                        the second half
    pop                              one item as hex, or "-"
    pointer                          the write pointer
    size                             bytes of the segment
    pointer_sizes X...               int(math.log(x, 256)) + 1 of each
    close                            forget the segment; the writer unlinks it
    quit
"""

import math
import sys
from multiprocessing import resource_tracker, shared_memory


def pointer_size(ring_bytes):
    return int(math.log(ring_bytes, 256)) + 1


class ClassicBuffer:
    def __init__(self, name, item_size, length, create):
        self.item_size = item_size
        self.ring_bytes = item_size * length
        self.pointer_bytes = pointer_size(self.ring_bytes)
        self.is_writer = create
        if create:
            size = self.ring_bytes + self.pointer_bytes
            self.memory = shared_memory.SharedMemory(name, create=True, size=size)
        else:
            self.memory = shared_memory.SharedMemory(name)
        # Before Python 3.13 the tracker unlinks at exit what this process merely attached to (cpython#82300).
        resource_tracker.unregister(self.memory._name, "shared_memory")
        self.cursor = 0
        self.stored = self.pointer if create else None

    @property
    def pointer(self):
        return int.from_bytes(self.memory.buf[self.ring_bytes:self.ring_bytes + self.pointer_bytes], "big")

    def move(self):
        moved = ((self.pointer + self.item_size) % self.ring_bytes).to_bytes(self.pointer_bytes, "big")
        self.memory.buf[self.ring_bytes:self.ring_bytes + self.pointer_bytes] = moved

    def store(self, item):
        assert len(item) == self.item_size
        self.memory.buf[self.stored:self.stored + self.item_size] = item
        self.stored = (self.stored + self.item_size) % self.ring_bytes

    def push(self, item):
        self.move()
        self.store(item)

    def pop(self):
        if self.cursor == self.pointer:
            return None
        item = bytes(self.memory.buf[self.cursor:self.cursor + self.item_size])
        self.cursor = (self.cursor + self.item_size) % self.ring_bytes
        return item

    def seek(self):
        self.cursor = self.pointer

    def close(self):
        self.memory.close()
        if self.is_writer:
            # unlink() tells the tracker too, which must know the name then.
            resource_tracker.register(self.memory._name, "shared_memory")
            self.memory.unlink()


def answer(buffers, words):
    command, arguments = words[0], words[1:]
    if command in ("create", "attach"):
        buffers["open"] = ClassicBuffer(arguments[0], int(arguments[1]), int(arguments[2]), command == "create")
        return "ok"
    if command == "pointer_sizes":
        return " ".join(str(pointer_size(int(x))) for x in arguments)
    buffer = buffers["open"]
    if command == "push":
        buffer.push(bytes.fromhex(arguments[0]))
    elif command == "move":
        buffer.move()
    elif command == "store":
        buffer.store(bytes.fromhex(arguments[0]))
    elif command == "seek":
        buffer.seek()
    elif command == "pop":
        item = buffer.pop()
        return "-" if item is None else item.hex()
    elif command == "pointer":
        return str(buffer.pointer)
    elif command == "size":
        return str(buffer.memory.size)
    elif command == "close":
        buffers.pop("open").close()
    else:
        raise ValueError(command)
    return "ok"


def main():
    buffers = {}
    for line in sys.stdin:
        words = line.split()
        if words == ["quit"]:
            break
        try:
            print(answer(buffers, words), flush=True)
        except Exception as error:  # the test on the other side of the pipe reports it
            print(f"error: {error!r}", flush=True)


if __name__ == "__main__":
    main()
