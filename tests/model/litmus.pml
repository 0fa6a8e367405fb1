/* Is memory.pml weak where C++ is, and strong where it is? The classic questions, each with the orders as parameters.
 *
 * TEST chooses the question; STORE, LOAD and the fences FIRST_FENCE (writing side, or first process) and SECOND_FENCE
 * (reading side, or second process) the orders. The assertion says that the weak outcome does not happen.
 */
#ifndef STORE
#define STORE RELAXED
#endif
#ifndef LOAD
#define LOAD RELAXED
#endif
#ifndef FIRST_FENCE
#define FIRST_FENCE NONE
#endif
#ifndef SECOND_FENCE
#define SECOND_FENCE NONE
#endif

#define MP   1 /* message passing:   x = 1; y = 1          |  y, then x                                                */
#define SB   2 /* store buffering:   x = 1; look at y      |  y = 1; look at x                                         */
#define LB   3 /* load buffering:    look at x; y = 1      |  look at y; x = 1                                         */
#define IRIW 4 /* independent reads of independent writes:  x = 1 | y = 1 | x, then y | y, then x                      */
#define WRC  5 /* write to read causality:  x = 1 | x, then y = 1 | y, then x                                          */
#define CORR 6 /* coherence:         x = 1; x = 2          |  x, then x                                                */
#define CAS  7 /* two compare and swap of the same value                                                               */

#define PROCESSES 4
#define LOCATIONS 2
#define LOCKS     1
#define PENDING   1
#define MESSAGES  6
#define FIRST(x)  ((x) * 3)
#define ROOM(x)   3

#include "memory.pml"

#define X 0
#define Y 1

byte a[PROCESSES]; /* what a process saw first, */
byte b[PROCESSES]; /* and second */
byte finished = 0;

proctype Process(byte me)
{
    PROCESS
    if
    :: (TEST == MP || TEST == CORR) && me == 0 ->
        store(X, 1, RELAXED);
        fence(FIRST_FENCE);
        if
        :: TEST == MP -> store(Y, 1, STORE)
        :: else -> store(X, 2, STORE)
        fi
    :: TEST == MP && me == 1 ->
        load(Y, LOAD, a[me]);
        fence(SECOND_FENCE);
        load(X, RELAXED, b[me])
    :: TEST == CORR && me == 1 ->
        load(X, LOAD, a[me]);
        load(X, LOAD, b[me])
    :: TEST == SB && me < 2 ->
        store((me == 0 -> X : Y), 1, STORE);
        if
        :: me == 0 -> fence(FIRST_FENCE)
        :: else -> fence(SECOND_FENCE)
        fi;
        load((me == 0 -> Y : X), LOAD, a[me])
    :: TEST == LB && me < 2 ->
        load_later((me == 0 -> X : Y), 0);
        if
        :: me == 0 -> fence(FIRST_FENCE)
        :: else -> fence(SECOND_FENCE)
        fi;
        store((me == 0 -> Y : X), 1, STORE);
        settle();
        a[me] = got[0]
    :: TEST == IRIW && me < 2 -> store((me == 0 -> X : Y), 1, STORE)
    :: TEST == IRIW && me >= 2 ->
        load((me == 2 -> X : Y), LOAD, a[me]);
        if
        :: me == 2 -> fence(FIRST_FENCE)
        :: else -> fence(SECOND_FENCE)
        fi;
        load((me == 2 -> Y : X), LOAD, b[me])
    :: TEST == WRC && me == 0 -> store(X, 1, RELAXED)
    :: TEST == WRC && me == 1 ->
        load(X, LOAD, a[me]);
        fence(FIRST_FENCE);
        store(Y, 1, STORE)
    :: TEST == WRC && me == 2 ->
        load(Y, LOAD, a[me]);
        fence(SECOND_FENCE);
        load(X, RELAXED, b[me])
    :: TEST == CAS && me < 2 -> compare_exchange(X, 0, 1 + me, RELAXED, a[me])
    :: else
    fi;
    finished++
}

init
{
    atomic {
        run Process(0);
        run Process(1);
        run Process(2);
        run Process(3)
    }
    finished == PROCESSES;
    if
    :: TEST == MP -> assert(!(a[1] == 1 && b[1] == 0))
    :: TEST == SB -> assert(!(a[0] == 0 && a[1] == 0))
    :: TEST == LB -> assert(!(a[0] == 1 && a[1] == 1))
    :: TEST == IRIW -> assert(!(a[2] == 1 && b[2] == 0 && a[3] == 1 && b[3] == 0))
    :: TEST == WRC -> assert(!(a[1] == 1 && a[2] == 1 && b[2] == 0))
    :: TEST == CORR -> assert(!(b[1] < a[1]))
    :: TEST == CAS -> assert(a[0] + a[1] == 1)
    fi
}
