"""A ring in multiprocessing.shared_memory as one writes it by hand: two counters, items of 8 bytes, two processes.

Prints seconds an item. Arguments: the ring's length, the number of items.
"""
import multiprocessing
import os
import sys
import time
from multiprocessing import shared_memory

PUSHED, POPPED, RING = 0, 16, 32  # in words of 8 bytes: the counters on lines of their own, then the items


def consume(name, length, count, core, pipe):
    os.sched_setaffinity(0, {core})
    block = shared_memory.SharedMemory(name)
    words = block.buf.cast("Q")  # native words: each is loaded and stored as one
    pipe.send("ready")
    popped = 0
    while popped < count:
        while words[PUSHED] == popped:
            pass
        item = words[RING + popped % length]
        if item != popped:
            sys.exit(f"item {popped} came out as {item}")
        popped += 1
        words[POPPED] = popped
    pipe.send(time.monotonic())
    words.release()
    block.close()


def main():
    length, count = int(sys.argv[1]), int(sys.argv[2])
    cores = sorted(os.sched_getaffinity(0))
    block = shared_memory.SharedMemory(create=True, size=(RING + length) * 8)
    words = block.buf.cast("Q")
    try:
        here, there = multiprocessing.Pipe()
        other = multiprocessing.Process(target=consume, args=(block.name, length, count, cores[-1], there))
        other.start()
        os.sched_setaffinity(0, {cores[0]})
        here.recv()
        begin = time.monotonic()
        for pushed in range(count):
            while pushed - words[POPPED] >= length:
                pass
            words[RING + pushed % length] = pushed
            words[PUSHED] = pushed + 1
        print((here.recv() - begin) / count)
        other.join()
    finally:
        words.release()
        block.close()
        block.unlink()


main()
