"""A peer for the extended layout, steered by lines on stdin: observes, registers, pops, takes the writer role, pushes.

Independent of the library under test on purpose: written from corelib/FORMAT.md alone, on Python's standard library.
Names of fields and steps are that page's. Each command is answered by one line.

    observe NAME             what the control block says, see Observed.line()
    observe_file PATH        the same of a copied segment, where nobody can be alive
    join NAME START LABEL    become a registered reader at the oldest or newest item: "slot N"
    pop                      one item as hex, or "-"
    counters                 popped lost overruns underflows high_water
    leave                    give the slot back
    write NAME               take the writer role over: "epoch N"
    push HEX                 one item: "ok" or "rejected"
    begin HEX                the first half of a push: announced and half stored
    release                  give the role back, the buffer stays
    quit

x86-64 only: there loads acquire and stores release, and what is missing is a fence between a store and a later load,
for which an uncontended lock serves. Python has no compare-and-swap; where the page asks for one, nobody else may write
here.
"""

import fcntl
import math
import mmap
import os
import struct
import sys
import threading

VERSION = 1
WRITER_LOCK = 1 << 62
LIMIT = 1 << 62
FREE, JOINING, ACTIVE, EVICTED = range(4)
STATES = {ACTIVE: "active", EVICTED: "evicted"}
F_OFD_GETLK, F_OFD_SETLK = 36, 37


def pointer_size(item_size, length):
    return int(math.log(item_size * length) / math.log(256)) + 1


def control_offset_of(ring_bytes):
    return (ring_bytes + 8 + 127) // 128 * 128


def fence():
    lock = threading.Lock()
    with lock:
        pass


def flock(kind, offset):
    return struct.pack("@hhqqi4x", kind, os.SEEK_SET, offset, 1, 0)


def try_lock(descriptor, offset):
    try:
        fcntl.fcntl(descriptor, F_OFD_SETLK, flock(fcntl.F_WRLCK, offset))
        return True
    except OSError:
        return False


def unlock(descriptor, offset):
    fcntl.fcntl(descriptor, F_OFD_SETLK, flock(fcntl.F_UNLCK, offset))


def is_locked(descriptor, offset):
    # As a reader would ask: a shared lock, which anybody may take who may read, tells nothing.
    answer = fcntl.fcntl(descriptor, F_OFD_GETLK, flock(fcntl.F_RDLCK, offset))
    return struct.unpack("@hhqqi4x", answer)[0] != fcntl.F_UNLCK


def start_time():
    with open(f"/proc/{os.getpid()}/stat") as stat:
        return int(stat.read().rsplit(")", 1)[1].split()[19])


class Shape:
    """Where everything lies, from the footer and the exact size."""

    def __init__(self, footer, size):
        (magic, version, self.max_readers, self.control, self.item_size, self.length) = struct.unpack_from(
            "<8sIIQQQ", footer)
        if magic != b"SCBUFEND":
            raise ValueError("no extended segment")
        if version != VERSION:
            raise ValueError(f"version {version}, this peer knows {VERSION}")
        self.ring_bytes = self.item_size * self.length
        self.pointer_bytes = pointer_size(self.item_size, self.length)
        self.block = 256 + 128 * self.max_readers
        if self.control != control_offset_of(self.ring_bytes) or self.control + self.block + 64 != size:
            raise ValueError("the footer contradicts the size")

    def check(self, header):
        magic, version, policy, item_size, length, max_readers, n = struct.unpack("<8sIIQQII", header[:40])
        if (magic, version, item_size, length, max_readers, n) != (
                b"SCBUFCTL", VERSION, self.item_size, self.length, self.max_readers, self.pointer_bytes):
            raise ValueError("header and footer contradict each other")
        return policy


class Observed:
    """One look, with pread alone."""

    def __init__(self, path, may_be_alive):
        self.may_be_alive = may_be_alive
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(descriptor).st_size
            self.shape = Shape(os.pread(descriptor, 64, size - 64), size)
            for _ in range(3):
                if self.read(descriptor):
                    break
        finally:
            os.close(descriptor)

    def read(self, descriptor):
        shape = self.shape
        block = os.pread(descriptor, shape.block, shape.control)
        self.policy = shape.check(block)
        used = struct.unpack_from("<I", block, 48)[0]
        (self.pushed, self.intent, self.epoch, self.rejected, _, pid, closed) = struct.unpack_from(
            "<QQQQQII", block, 128)
        locked = self.may_be_alive and is_locked(descriptor, WRITER_LOCK)
        self.writer = "closed" if closed else "vacant" if pid == 0 else "alive" if locked else "abandoned"
        self.readers = []
        settled = self.pushed <= self.intent
        any_dead = self.writer == "abandoned"
        for slot in range(min(used, shape.max_readers)):
            (ended, _, claim, cursor, lost, overruns, underflows, high, begun, _, start, _) = struct.unpack_from(
                "<IIQQQQQQIIQQ", block, 256 + 128 * slot)
            if claim & 0xff not in STATES:
                continue
            settled = settled and begun == ended
            label = block[256 + 128 * slot + 80:256 + 128 * slot + 120].split(b"\0")[0].decode()
            alive = self.may_be_alive and is_locked(descriptor, WRITER_LOCK + 1 + slot)
            state = "evicted" if claim & 0xff == EVICTED else "alive" if alive else "dead"
            any_dead = any_dead or state == "dead"
            pending = min(max(0, self.intent - shape.length - cursor), max(0, self.pushed - cursor))
            usage = min(max(0, self.pushed - cursor - pending), shape.length)
            if state != "alive":  # the dead lose nothing, and nobody has seen it alive
                pending = usage = 0
            overruns += pending > 0
            high = max(min(high, shape.length), shape.length if pending else usage)
            self.readers.append((slot, state, start, cursor, cursor - start - lost, lost, pending, usage, overruns,
                                 underflows, high, label))
        if any_dead and self.who(block) != self.who(os.pread(descriptor, shape.block, shape.control)):
            return False
        return settled

    def who(self, block):
        """The writer's epoch and pid, and all claims: who leaves in order changes them before its lock goes."""
        claims = [struct.unpack_from("<Q", block, 256 + 128 * slot + 8) for slot in range(self.shape.max_readers)]
        return struct.unpack_from("<Q", block, 144), struct.unpack_from("<I", block, 168), claims

    def line(self):
        head = (f"{self.shape.item_size}x{self.shape.length} {('overwrite', 'reject')[self.policy]} {self.writer} "
                f"pushed {self.pushed} intent {self.intent} epoch {self.epoch} rejected {self.rejected}")
        return head + "".join(
            " | slot {} {} start {} cursor {} popped {} noticed {} pending {} usage {} overruns {} underflows {}"
            " high {} label {}".format(*reader) for reader in self.readers)


class Mapped:
    def __init__(self, name):
        self.descriptor = os.open("/dev/shm/" + name, os.O_RDWR | os.O_CLOEXEC)
        size = os.fstat(self.descriptor).st_size
        self.shape = Shape(os.pread(self.descriptor, 64, size - 64), size)
        self.policy = self.shape.check(os.pread(self.descriptor, 128, self.shape.control))
        self.memory = memoryview(mmap.mmap(self.descriptor, size))
        self.bytes = self.memory.cast("B")
        self.words = self.bytes.cast("Q")   # a single load or store of 8 bytes
        self.halves = self.bytes.cast("I")
        self.writer = self.shape.control + 128

    def close(self):
        for view in (self.words, self.halves, self.bytes, self.memory):
            view.release()
        os.close(self.descriptor)

    def get(self, at):
        return self.words[at // 8]

    def put(self, at, value):
        self.words[at // 8] = value

    def get4(self, at):
        return self.halves[at // 4]

    def put4(self, at, value):
        self.halves[at // 4] = value

    pushed = property(lambda self: self.get(self.writer))
    intent = property(lambda self: self.get(self.writer + 8))

    def slot(self, index):
        return self.shape.control + 256 + 128 * index

    def item_at(self, number):
        at = number % self.shape.length * self.shape.item_size
        return slice(at, at + self.shape.item_size)


class Reader(Mapped):
    def __init__(self, name, start, label):
        super().__init__(name)
        slots = range(self.shape.max_readers)
        free_first = sorted(slots, key=lambda index: self.get(self.slot(index) + 8) & 0xff != FREE)
        self.index = next(i for i in free_first if try_lock(self.descriptor, WRITER_LOCK + 1 + i))
        self.at = at = self.slot(self.index)
        used = self.shape.control + 48
        self.put4(used, max(self.get4(used), self.index + 1))
        generation = (self.get(at + 8) >> 8) + 1
        self.put(at + 8, generation << 8 | JOINING)
        self.put4(at + 60, os.getpid())
        self.put(at + 72, start_time())
        self.bytes[at + 80:at + 120] = label.encode().ljust(40, b"\0")
        for counter in (24, 32, 40, 48):
            self.put(at + counter, 0)
        self.put4(at + 56, self.get4(at))
        self.begin(min(self.oldest(), self.pushed) if start == "oldest" else self.pushed)
        self.claim = generation << 8 | ACTIVE
        self.put(at + 8, self.claim)
        fence()
        pushed = self.pushed
        self.begin(min(max(self.cursor, self.oldest()), pushed))
        self.guarded = pushed if self.policy == 1 else LIMIT
        self.look_at = self.cursor  # the item at which pushed is to be looked at again

    def oldest(self):
        return max(0, self.intent - self.shape.length)

    def begin(self, cursor):
        self.cursor = cursor
        self.put(self.at + 16, cursor)
        self.put(self.at + 64, cursor)

    def pop(self):
        at, length = self.at, self.shape.length
        while True:
            if self.cursor >= self.look_at and not self.look():
                self.put(at + 40, self.get(at + 40) + 1)
                return None
            item = bytes(self.bytes[self.item_at(self.cursor)])
            if self.cursor >= self.guarded:
                if self.get(at + 8) > self.claim:
                    raise RuntimeError("evicted")
                missed = 0
            elif self.get(self.writer + 64) <= self.cursor + length:
                missed = 0
            else:
                missed = max(0, self.intent - length - self.cursor)
            if missed == 0:
                self.cursor += 1
                self.put(at + 16, self.cursor)
                return item
            self.skip(missed)

    def look(self):
        pushed = self.pushed
        if pushed <= self.cursor:
            return False
        self.put(self.at + 48, max(self.get(self.at + 48), min(pushed - self.cursor, self.shape.length)))
        self.look_at = min(pushed, self.cursor + max(1, self.shape.length // 4))
        return True

    def skip(self, items):
        at = self.at
        event = self.get4(at + 56) + 1
        self.put4(at + 56, event)
        self.put(at + 24, self.get(at + 24) + items)
        self.put(at + 32, self.get(at + 32) + 1)
        self.put(at + 48, self.shape.length)
        self.cursor += items
        self.put(at + 16, self.cursor)
        self.put4(at, event)

    def counters(self):
        lost, overruns, underflows, high = (self.get(self.at + field) for field in (24, 32, 40, 48))
        return f"{self.cursor - self.get(self.at + 64) - lost} {lost} {overruns} {underflows} {high}"

    def leave(self):
        if self.get(self.at + 8) == self.claim:
            self.put(self.at + 8, (self.claim >> 8) + 1 << 8 | FREE)
        unlock(self.descriptor, WRITER_LOCK + 1 + self.index)
        self.close()


class Writer(Mapped):
    def __init__(self, name):
        super().__init__(name)
        if not try_lock(self.descriptor, WRITER_LOCK):
            raise RuntimeError("the writer role is held")
        if os.fstat(self.descriptor).st_nlink == 0:
            raise RuntimeError("the name is gone")
        self.floor = self.intent
        self.t = self.pushed
        self.epoch = self.get(self.writer + 16) + 1
        self.allowed = LIMIT if self.policy == 0 else 0
        self.put(self.writer + 16, self.epoch)
        self.put(self.writer + 32, start_time())
        self.put4(self.writer + 40, os.getpid())
        self.put4(self.writer + 44, 0)
        self.store_pointer()

    def store_pointer(self):
        at, n = self.shape.ring_bytes, self.shape.pointer_bytes
        slot = self.t % self.shape.length * self.shape.item_size
        self.bytes[at:at + n] = slot.to_bytes(n, "big")

    def look(self):
        fence()
        oldest = self.t
        for index in range(min(self.get4(self.shape.control + 48), self.shape.max_readers)):
            at = self.slot(index)
            claim, cursor = self.get(at + 8), self.get(at + 16)
            if claim & 0xff != ACTIVE:
                continue
            holds_up = cursor + self.shape.length < self.t + 1
            if holds_up and not is_locked(self.descriptor, WRITER_LOCK + 1 + index):
                self.put(at + 8, claim - ACTIVE + EVICTED)
                continue
            oldest = min(oldest, cursor)
        self.allowed = oldest + self.shape.length

    def announce(self):
        if self.t + 1 > self.allowed:
            self.look()
        if self.t + 1 > self.allowed:
            self.put(self.writer + 24, self.get(self.writer + 24) + 1)
            return False
        intent = max(self.t + 1, self.floor)
        if intent > self.get(self.writer + 64):
            self.put(self.writer + 64, intent + self.shape.length // 2)
        self.put(self.writer + 8, intent)
        return True

    def push(self, item):
        assert len(item) == self.shape.item_size
        if not self.announce():
            return False
        self.bytes[self.item_at(self.t)] = item
        self.t += 1
        self.put(self.writer, self.t)
        self.store_pointer()
        return True

    def begin(self, item):
        assert self.announce()
        half = len(item) // 2
        at = self.item_at(self.t).start
        self.bytes[at:at + half] = item[:half]

    def release(self):
        self.put(self.writer + 32, 0)
        self.put4(self.writer + 40, 0)
        unlock(self.descriptor, WRITER_LOCK)
        self.close()


def answer(held, words):
    command, arguments = words[0], words[1:]
    if command == "observe":
        return Observed("/dev/shm/" + arguments[0], True).line()
    if command == "observe_file":
        return Observed(arguments[0], False).line()
    if command == "join":
        held["reader"] = Reader(*arguments)
        return f"slot {held['reader'].index}"
    if command == "pop":
        item = held["reader"].pop()
        return "-" if item is None else item.hex()
    if command == "counters":
        return held["reader"].counters()
    if command == "leave":
        held.pop("reader").leave()
        return "ok"
    if command == "write":
        held["writer"] = Writer(arguments[0])
        return f"epoch {held['writer'].epoch}"
    if command == "push":
        return "ok" if held["writer"].push(bytes.fromhex(arguments[0])) else "rejected"
    if command == "begin":
        held["writer"].begin(bytes.fromhex(arguments[0]))
        return "ok"
    if command == "release":
        held.pop("writer").release()
        return "ok"
    raise ValueError(command)


def main():
    held = {}
    for line in sys.stdin:
        words = line.split()
        if words == ["quit"]:
            break
        try:
            print(answer(held, words), flush=True)
        except Exception as error:  # the test on the other side of the pipe reports it
            print(f"error: {error!r}", flush=True)


if __name__ == "__main__":
    main()
