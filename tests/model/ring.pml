/* The protocol of FORMAT.md, to be searched by spin: every interleaving, every value that memory.pml lets a load return,
 * every instant of death. `verify` runs the configurations and the mutants; each of them is a set of -D flags.
 *
 * writer.pml follows WriteHead and WriterRole, reader.pml ReadHead and ReaderRole (corelib/include/shared_cbuff/
 * writer_role.hpp and reader_role.hpp, corelib/src/writer.cpp and reader.cpp), step for step and order for order.
 * Left out is what the protocol does not lean on: the classic pointer, closed, pid and start time, the counters that only
 * observers read (high water, underflows, loss_begun and loss_ended), and geometry.
 *
 * An item is two words, so that a torn one shows. Its value tells its number and which writer wrote it: a successor writes
 * other bytes than the writer that died in the midst of the same item.
 */

/* ---- What a configuration chooses */

#ifndef LENGTH
#define LENGTH 2 /* items in the ring */
#endif
#ifndef ITEMS
#define ITEMS 5 /* pushed in all */
#endif
#ifndef CHUNK
#define CHUNK 1 /* items a push may have; push_many() allows itself max(1, LENGTH / 4) */
#endif
#ifndef BATCH
#define BATCH 1 /* items that pop_many() asks for at most; 1: pop() */
#endif
#ifndef READERS
#define READERS 1 /* at once, each with a slot of its own */
#endif
#ifndef FIRST_READER
#define FIRST_READER 0 /* slots below it get no reader */
#endif
#ifndef OCCUPANTS
#define OCCUPANTS 1 /* of each slot, one after the other */
#endif
#ifndef WRITER_DEATHS
#define WRITER_DEATHS 0 /* at most; each time a successor takes over */
#endif
#ifndef AHEAD
#define AHEAD 0 /* items beyond the push at hand that the intent may announce (reject only) */
#endif
#ifndef DEPARTURES
#define DEPARTURES 0 /* so many of them may die at any instant, or leave */
#endif
/* REJECT           the policy; without it, overwrite
 * INHERITED        it begins with a full ring and with a dead reader in slot 0, at any cursor
 * START_AT_OLDEST  all readers; without it, each chooses between the oldest item and the next
 * SLOTS_KNOWN      slots_used covers all slots from the start (another step a reader, and nothing but that)
 * UNREGISTERED     readers without a slot: no writer waits for them
 * DISOWNED         a reader loses its slot though it lives: its claim is set free at exit() while another thread still
 *                  pops, or the kernel says that nobody holds its lock */

/* ---- Orders, each as in the source. A mutant redefines one. */

#ifndef ANNOUNCE_FENCE
#define ANNOUNCE_FENCE RELEASE /* WriteHead::announce(), after intent */
#endif
#ifndef PUBLISH_FENCE
#define PUBLISH_FENCE RELEASE /* WriteHead::publish(), before pushed */
#endif
#ifndef ROOM_FENCE
#define ROOM_FENCE SEQ_CST /* WriterRole::look_for_space() */
#endif
#ifndef ADOPT_FENCE
#define ADOPT_FENCE RELEASE /* WriterRole::begin() */
#endif
#ifndef SCAN_WORD
#define SCAN_WORD ACQUIRE /* WriterRole::oldest_active_cursor(), its claim */
#endif
#ifndef SCAN_CURSOR
#define SCAN_CURSOR ACQUIRE /* and cursor */
#endif
#ifndef JOINING_STORE
#define JOINING_STORE RELEASE /* ReaderRole::take_slot(), joining */
#endif
#ifndef START_LOAD
#define START_LOAD ACQUIRE /* ReaderRole::publish_slot() and settle_start(), intent and pushed */
#endif
#ifndef ACTIVE_STORE
#define ACTIVE_STORE RELEASE /* and the slot's publication */
#endif
#ifndef REGISTER_FENCE
#define REGISTER_FENCE SEQ_CST /* and the fence behind it */
#endif
#ifndef FIND_LOAD
#define FIND_LOAD ACQUIRE /* ReadHead::find_items(), pushed */
#endif
#ifndef WHOLE_FENCE
#define WHOLE_FENCE ACQUIRE /* ReadHead::overwritten(), after the copies */
#endif
#ifndef TAKE_STORE
#define TAKE_STORE RELEASE /* ReadHead::take(), cursor */
#endif
#ifndef SKIP_FENCE
#define SKIP_FENCE ACQUIRE /* ReaderRole::skip() */
#endif
#ifndef SKIP_STORE
#define SKIP_STORE RELEASE /* and its cursor */
#endif
#ifndef NEXT_GENERATION
#define NEXT_GENERATION 1 /* a slot is freed for the next generation: above every claim of the old one */
#endif
#ifndef FREE_STORE
#define FREE_STORE RELEASE /* ReaderRole's clean-up: active to free */
#endif

/* ---- Processes and locations */

#ifdef REJECT
#ifdef UNREGISTERED
#define SLOTS 0
#else
#define SLOTS READERS
#endif
#else
#define SLOTS 0 /* under overwrite nobody reads what readers write */
#endif

#define WRITER        0
#define READER(r)     (1 + (r))
#define THREAD(r)     (1 + READERS + (r)) /* another one of reader r's process */
#ifdef DISOWNED
#define PROCESSES     (1 + 2 * READERS)
#else
#define PROCESSES     (1 + READERS)
#endif

#define WORDS         2
#define RING          (LENGTH * WORDS)
#define WORD(item, w) (((item) % LENGTH) * WORDS + (w))
#define INTENT        RING
#define PUSHED        (RING + 1)
#define HORIZON       (RING + 2)
#define USED          (RING + 3) /* slots_used of the header */
#define CURSOR(r)     (RING + 4 + (r))
#define SLOT(r)       (RING + 4 + SLOTS + (r)) /* its claim: generation and state */
#if SLOTS > 0
#define LOCATIONS (RING + 4 + 2 * SLOTS)
#else
#define LOCATIONS (RING + 3)
#endif

/* Room for their histories; memory.pml asserts that it suffices. A death repeats two pushes at most. */
#define WORD_ROOM   ((ITEMS + LENGTH - 1) / LENGTH + 1 + WRITER_DEATHS * 2)
#define COUNT_ROOM  (ITEMS + 1 + WRITER_DEATHS * 2)
#define CURSOR_ROOM (ITEMS + 1 + OCCUPANTS * 5)
#define SLOT_ROOM   (OCCUPANTS * 3 + 1)
#define ROOM(x)                                                                                     \
    ((x) < RING -> WORD_ROOM                                                                        \
                : ((x) < USED -> COUNT_ROOM                                                         \
                              : ((x) == USED -> SLOTS + 1 : ((x) < SLOT(0) -> CURSOR_ROOM : SLOT_ROOM))))
#define FIRST(x)                                                                                    \
    ((x) < RING -> (x)*WORD_ROOM                                                                    \
                : RING * WORD_ROOM +                                                                \
                      ((x) <= USED -> ((x)-RING) * COUNT_ROOM                                       \
                                   : 3 * COUNT_ROOM + SLOTS + 1 +                                   \
                                         ((x) < SLOT(0) -> ((x)-CURSOR(0)) * CURSOR_ROOM            \
                                                        : SLOTS * CURSOR_ROOM + ((x)-SLOT(0)) * SLOT_ROOM)))
#define MESSAGES (RING * WORD_ROOM + 3 * COUNT_ROOM + SLOTS + 1 + SLOTS * (CURSOR_ROOM + SLOT_ROOM))

#define PENDING (BATCH * WORDS)

/* Locks: the writer's, and one for each reader slot. */
#define WRITER_LOCK    0
#define READER_LOCK(r) (1 + (r))
#define LOCKS          (1 + READERS)

#define FREE    0
#define JOINING 1
#define ACTIVE  2
#define EVICTED 3
#define STATE_OF(word)           ((word) % 4)
#define GENERATION_OF(word)      ((word) / 4)
#define SLOT_WORD(generation, s) ((generation)*4 + (s))

#define ENDLESS 255
#define MIN(a, b) ((a) < (b) -> (a) : (b))
#define MAX(a, b) ((a) > (b) -> (a) : (b))

#include "memory.pml"

/* ---- What is known from outside, for the properties only */

byte published[ITEMS]; /* the value of each item that `pushed` has covered */
bool writer_finished = 0;

#include "writer.pml"
#include "reader.pml"

init
{
    atomic {
        byte r = 0;
#ifdef INHERITED
        do
        :: r < RING ->
            value[FIRST(WORD(r / WORDS, r % WORDS))] = VALUE(0, r / WORDS);
            published[r / WORDS] = VALUE(0, r / WORDS);
            r++
        :: else -> break
        od;
        value[FIRST(INTENT)] = LENGTH;
        value[FIRST(PUSHED)] = LENGTH;
        value[FIRST(HORIZON)] = LENGTH;
        value[FIRST(SLOT(0))] = SLOT_WORD(1, ACTIVE);
        r = 0;
        do
        :: r < LENGTH -> r++
        :: break
        od;
        value[FIRST(CURSOR(0))] = r;
        r = 0;
#endif
        run Writer(WRITER);
        r = FIRST_READER;
        do
        :: r < READERS ->
            run Reader(READER(r), r);
            r++
        :: else -> break
        od;
        r = 0
    }
}
