/* The memory that the ring lives in: C++ atomics, and processors that reorder, as a machine of views.
 *
 * A machine that performs every store at once for everybody would prove nothing about fences. Here each location keeps
 * all the values ever stored to it, in modification order, and each process keeps a *view*: for every location the oldest
 * value that it may still be given. A load returns any value not older than the view (so it may be stale, and different
 * processes may see the stores of a third in different orders), and this is what the orders do to views:
 *
 *   current   what this process must have seen                     a load of x raises it at x
 *   heard     what came along with the values it has loaded        fence(acquire): current = heard
 *   told      what its relaxed stores take along                   fence(release): told = current
 *   store     takes `told` along, with release order `current`
 *   load      with acquire order joins into `current` what the value took along, relaxed only into `heard`
 *   fence(seq_cst)   acquire and release at once, and exchanges its view with `agreed`, one view that all such fences share
 *   compare_exchange reads the newest value, and passes on what that one took along (a release sequence)
 *
 * This is the promise-free part of the promising semantics (Kang et al., POPL 2017), which allows what C++20 allows of
 * relaxed, release, acquire and fences, except that a load never returns a value stored later (load buffering). To have
 * that too, the copies of item bytes are *pending* (load_later): each is performed as late as anything lets it, that is at
 * the next acquire or release fence, release store or use of its value. An earlier moment is a special case of that one:
 * nothing but the process's own acquires takes old values out of its reach. All other loads in this program decide a branch
 * or the value of a store, and those stores wait for them on every processor and in every compiler.
 *
 * A store becomes the newest of its location at once. That is exact where one process at a time writes, which the locks
 * see to, and for read-modify-writes; only a reader's plain stores to its slot's claim meet the writer's compare_exchange,
 * and that one does nothing when it comes second.
 *
 * Kernel locks: whoever takes one has seen all that its last holder did, dead or not. A process that dies has executed its
 * stores up to some point of the program; the kernel drops its locks in its own context, after these.
 *
 * Granularity. A load may be put off until just before the next thing its process does that others can notice: what it
 * returned then it can still return. A store to a location that no other process writes may be brought forward to just
 * after the one before it: others may go on as if they had not seen it. So MERGED sequences "loads, one other operation,
 * stores" lose no behaviour by being one step; death is tried inside them at every store. With FINE every operation is a
 * step of its own, and `verify` runs configurations both ways.
 *
 * The including file defines PROCESSES, LOCATIONS, LOCKS, PENDING (loads at most), and the room for histories:
 * MESSAGES in all, FIRST(x) and ROOM(x) for location x.
 */

#define NONE    0 /* a fence that is not there */
#define RELAXED 1
#define ACQUIRE 2
#define RELEASE 3
#define SEQ_CST 4
#define ACQ_REL 5

#ifdef FINE
#define MERGED
#else
#define MERGED atomic
#endif

typedef View {
    byte at[LOCATIONS]
};

byte newest[LOCATIONS]; /* number of the newest value; number 0 is the value it was made with */
byte value[MESSAGES];
View along[MESSAGES];   /* what the value took along, itself included */
View current[PROCESSES];
View heard[PROCESSES];
View told[PROCESSES];
View agreed;
View left[LOCKS]; /* what the last holder of the lock had seen */
bool held[LOCKS];

/* Used inside d_step only, where nobody else can come between. */
hidden byte each;
hidden byte where;

#define NEWEST(x) value[FIRST(x) + newest[x]]

/* To be the first line of every proctype that uses memory; `me` is its parameter. */
#define PROCESS                                                                                     \
    byte pick = 0, waiting = 0;                                                                     \
    byte want[PENDING];                                                                             \
    byte got[PENDING];

inline join(to, from)
{
    each = 0;
    do
    :: each < LOCATIONS ->
        if
        :: from.at[each] > to.at[each] -> to.at[each] = from.at[each]
        :: else
        fi;
        each++
    :: else -> break
    od
}

inline load(x, order, to)
{
    atomic {
        pick = current[me].at[x];
        do
        :: pick < newest[x] -> pick++
        :: break
        od;
        skip; /* Promela: a loop must not end where a d_step begins */
        d_step {
            where = FIRST(x) + pick;
            current[me].at[x] = pick;
            join(heard[me], along[where]);
            if
            :: order == ACQUIRE ->
                assert(waiting == 0); /* else a pending load could be tied to what this one sees */
                join(current[me], along[where])
            :: else
            fi;
            to = value[where];
            pick = 0
        }
    }
}

/* A load whose value, got[into], is there only after settle(). */
inline load_later(x, into)
{
    d_step {
        assert(into == waiting);
        want[into] = x;
        waiting++
    }
}

inline settle()
{
    do
    :: waiting > 0 ->
        atomic {
            waiting--;
            load(want[waiting], RELAXED, got[waiting]);
            want[waiting] = 0
        }
    :: else -> break
    od;
    skip
}

inline append(x, v)
{
    newest[x] = newest[x] + 1;
    assert(newest[x] < ROOM(x));
    where = FIRST(x) + newest[x];
    value[where] = v;
    current[me].at[x] = newest[x];
    along[where].at[x] = newest[x];
    heard[me].at[x] = newest[x]
}

inline store(x, v, order)
{
    atomic {
        if
        :: order == RELEASE -> settle()
        :: else
        fi;
        d_step {
            append(x, v);
            if
            :: order == RELEASE -> join(along[where], current[me])
            :: else -> join(along[where], told[me])
            fi;
            where = 0
        }
    }
}

/* `order` is that of success; a failure is a relaxed load. */
inline compare_exchange(x, expected, desired, order, done)
{
    atomic {
        if
        :: order == RELEASE -> settle()
        :: else
        fi;
        d_step {
            where = FIRST(x) + newest[x];
            join(heard[me], along[where]);
            current[me].at[x] = newest[x];
            if
            :: value[where] == expected ->
                append(x, desired);
                join(along[where], along[where - 1]);
                if
                :: order == RELEASE -> join(along[where], current[me])
                :: else -> join(along[where], told[me])
                fi;
                done = 1
            :: else -> done = 0
            fi;
            where = 0
        }
    }
}

inline fence(order)
{
    atomic {
        if
        :: order != NONE -> settle()
        :: else
        fi;
        d_step {
            if
            :: order == ACQUIRE -> join(current[me], heard[me])
            :: order == RELEASE -> join(told[me], current[me])
            :: order == ACQ_REL ->
                join(current[me], heard[me]);
                join(told[me], current[me])
            :: order == SEQ_CST ->
                join(current[me], heard[me]);
                join(current[me], agreed);
                join(agreed, current[me]);
                join(heard[me], current[me]);
                join(told[me], current[me])
            :: else
            fi;
            where = 0
        }
    }
}

inline lock(which)
{
    d_step {
        !held[which];
        join(current[me], left[which]);
        join(heard[me], left[which]);
        each = 0;
        do
        :: each < LOCATIONS ->
            left[which].at[each] = 0; /* it is in `current` now, and comes back from there */
            each++
        :: else -> break
        od;
        held[which] = 1
    }
}

inline unlock(which)
{
    d_step {
        join(left[which], current[me]);
        held[which] = 0
    }
}

/* The process is gone; another one, which has seen nothing yet, takes its place in the model. */
inline reborn()
{
    d_step {
        each = 0;
        do
        :: each < LOCATIONS ->
            current[me].at[each] = 0;
            heard[me].at[each] = 0;
            told[me].at[each] = 0;
            each++
        :: else -> break
        od;
        each = 0;
        do
        :: each < PENDING ->
            want[each] = 0;
            got[each] = 0;
            each++
        :: else -> break
        od;
        waiting = 0
    }
}
