/* A reader: reader_role.hpp and reader.cpp. One proctype plays all occupants of one slot, one after the other. */

#ifdef REJECT
#ifndef UNREGISTERED
#define SLOTTED
#endif
#endif

/* Before every store. */
#if DEPARTURES > 0
#define MAY_DIE_READING                                                                             \
    if                                                                                              \
    :: true                                                                                         \
    :: occupants < DEPARTURES -> goto gone                                                          \
    fi
#else
#define MAY_DIE_READING skip
#endif

/* The cursor's store. Without a slot that a writer looks at, nobody reads it, and only its order is left. */
inline store_cursor(order)
{
    assert(c <= NEWEST(PUSHED));
#ifdef SLOTTED
    MAY_DIE_READING;
    store(CURSOR(slot), c, order)
#else
    if
    :: order == RELEASE -> settle()
    :: else
    fi
#endif
}

/* ReaderRole::oldest_readable() */
inline oldest_readable(to)
{
    load(INTENT, START_LOAD, i);
    to = (i > LENGTH -> i - LENGTH : 0);
    i = 0
}

/* ReaderRole::take_slot(), up to the slot's joining */
inline take_slot()
{
    MERGED {
        lock(READER_LOCK(slot));
#ifndef SLOTS_KNOWN
        load(USED, RELAXED, i);
        do
        :: i <= slot ->
            compare_exchange(USED, i, slot + 1, RELAXED, done);
            if
            :: done -> break
            :: else -> load(USED, RELAXED, i)
            fi
        :: else -> break
        od;
        done = 0
#endif
    }
    MERGED {
        load(SLOT(slot), RELAXED, i);
        generation = GENERATION_OF(i) + 1;
        i = 0;
        MAY_DIE_READING;
        store(SLOT(slot), SLOT_WORD(generation, JOINING), JOINING_STORE)
    }
}

/* ReaderRole::publish_slot() and settle_start() */
inline publish_and_settle()
{
    MERGED {
        if
        :: oldest_readable(c);
           load(PUSHED, START_LOAD, seen);
           c = MIN(c, seen)
        :: load(PUSHED, START_LOAD, seen);
           oldest_readable(c);
           c = MIN(c, seen)
#ifndef START_AT_OLDEST
        :: load(PUSHED, START_LOAD, c)
#endif
        fi;
        store_cursor(RELAXED)
    }
#ifdef SLOTTED
    MERGED {
        MAY_DIE_READING;
        store(SLOT(slot), SLOT_WORD(generation, ACTIVE), ACTIVE_STORE)
    }
    fence(REGISTER_FENCE);
#endif
    MERGED {
#ifndef NO_REREAD
        load(PUSHED, START_LOAD, seen);
#else
        load(PUSHED, START_LOAD, i);
        seen = MAX(c, seen);
        i = 0;
#endif
#ifdef SLOTTED
#ifdef UNGUARDED
        guarded = 0;
#else
        guarded = seen;
#endif
#else
        guarded = ENDLESS; /* no writer waits for us */
#endif
        oldest_readable(from);
        c = MIN(MAX(c, from), seen);
        from = 0;
        accounted = c; /* start */
        store_cursor(RELAXED)
    }
#ifdef DISOWNED
    atomic {
        /* A thread begins with all that its creator has seen. */
        join(current[THREAD(slot)], current[me]);
        join(heard[THREAD(slot)], current[me]);
        run Disowner(THREAD(slot), slot, generation)
    }
#endif
}

#ifdef ONE_TOO_MANY
#define LIMIT (LENGTH + 1)
#else
#define LIMIT LENGTH
#endif

/* ReadHead::find_items(); a `pushed` that went back is an error there */
inline find_items()
{
    load(PUSHED, FIND_LOAD, seen);
    assert(seen >= c)
}

/* copying::load() of count items */
inline load_items()
{
    i = 0;
    do
    :: i < count * WORDS ->
        load_later(WORD(c + i / WORDS, i % WORDS), i);
        i++
    :: else -> break
    od;
    i = 0
}

/* ReadHead::overwritten() */
inline overwritten()
{
#ifdef SLOT_PATH_UNFENCED
    if
    :: c < guarded -> fence(WHOLE_FENCE)
    :: else
    fi;
#else
    fence(WHOLE_FENCE);
#endif
    over = 0;
#ifndef NO_VALIDATION
    if
    :: c < guarded ->
        load(HORIZON, RELAXED, i);
        if
        :: i <= c + LIMIT /* the bound of an earlier cursor, which the source also takes, is only stricter */
        :: else ->
            load(INTENT, RELAXED, i);
            assert(i >= c); /* the difference must not wrap around here */
            over = (i > c + LIMIT -> i - c - LIMIT : 0)
        fi;
        i = 0
    :: else ->
#ifdef SLOTTED
#ifndef NO_SLOT_VALIDATION
        load(SLOT(slot), RELAXED, i);
        if
        :: i > SLOT_WORD(generation, ACTIVE) -> /* a claim only ever grows */
            evicted = 1;
            goto gone /* ReaderEvicted is thrown */
        :: else
        fi;
        i = 0
#else
        skip
#endif
#else
        skip
#endif
    fi;
#endif
    skip
}

/* What the caller of pop() or pop_many() gets: the items from `from` on in the copy. */
inline hand_over()
{
    do
    :: from < count ->
        d_step {
            assert(got[from * WORDS] == got[from * WORDS + 1]); /* not torn */
            assert(got[from * WORDS] == published[accounted]);  /* in order, once, none missing unsaid */
            accounted++;
            from++
        }
    :: else -> break
    od;
    forget_copy()
}

inline forget_copy()
{
    d_step {
        i = 0;
        do
        :: i < PENDING ->
            got[i] = 0;
            i++
        :: else -> break
        od;
        i = 0;
        over = 0;
        from = 0;
        count = 0
    }
}

/* ReadHead::take(). Where no order has kept the copies before the cursor's store, they are still pending: then others may come
 * between, and the loop below goes on. */
inline take()
{
    c = c + count - from;
    store_cursor(TAKE_STORE);
    if
    :: waiting == 0 -> hand_over()
    :: else
    fi
}

/* ReaderRole::skip() */
inline skip_overwritten()
{
    fence(SKIP_FENCE);
    accounted = accounted + over; /* lost */
    c = c + over;
#ifndef DISOWNED
    assert(c <= guarded); /* what the writer guards is never lost */
#endif
    store_cursor(SKIP_STORE)
}

/* Reader::pop() if BATCH is 1, else ReaderRole::pop_many() of BATCH. One attempt: an unlucky one is tried again by the
 * loop.
 * While it knows of enough items it may look at `pushed` or not, whatever its look_at says. */
inline pop()
{
    if
    :: c + BATCH <= seen
    :: find_items()
    fi;
    count = MIN(MIN(seen - c, BATCH), LENGTH);
    if
    :: count > 0 ->
        load_items();
        overwritten();
        if
        :: over == 0 -> take()
        :: else ->
            skip_overwritten();
            if
            :: over < count -> /* pop_many(): the suffix was whole when `intent` was read */
#ifdef KEEP_PREFIX
                from = over - 1;
                c = c - 1;
#else
                from = over;
#endif
                take()
            :: else ->
                settle();
                forget_copy()
            fi
        fi
    :: else
    fi
}

#ifdef DISOWNED
/* While the reader pops: exit() frees its slot in another thread, or its lock is lost. */
proctype Disowner(byte me, slot, generation)
{
    bool done = 0;
    PROCESS
    if
    :: compare_exchange(SLOT(slot), SLOT_WORD(generation, ACTIVE), SLOT_WORD(generation + NEXT_GENERATION, FREE), FREE_STORE, done)
    :: held[READER_LOCK(slot)] = 0
    fi
}
#endif

proctype Reader(byte me, slot)
{
    byte c = 0;       /* ReadHead's cursor */
    byte seen = 0;    /* seen_pushed */
    byte guarded = 0; /* guarded_until */
    byte accounted = 0; /* start + popped + lost, each counted where it happens */
    byte generation = 0, occupants = 0, count = 0, over = 0, from = 0, i = 0;
    bool evicted = 0, done = 0;
    PROCESS

attach:
    skip; /* Promela: a step between two atomic sequences, so that the lock can be seen free */
#ifdef SLOTTED
    take_slot();
#endif
    publish_and_settle();

    do
    :: MERGED {
           waiting == 0 && NEWEST(PUSHED) > c; /* an empty look changes nothing; a stale one is among those below */
           pop()
       }
    :: MERGED {
           waiting > 0;
           settle();
           hand_over()
       }
#if DEPARTURES > 0
    :: MERGED {
           occupants < DEPARTURES; /* its clean-up: free, unless somebody evicted us */
           compare_exchange(SLOT(slot), SLOT_WORD(generation, ACTIVE), SLOT_WORD(generation + NEXT_GENERATION, FREE), FREE_STORE, done);
           goto gone
       }
    :: occupants < DEPARTURES -> goto gone
#endif
    :: atomic {
           writer_finished && NEWEST(PUSHED) == c && waiting == 0;
           assert(accounted == ITEMS);
           goto finished
       }
    od;

gone:
#ifndef DISOWNED
    assert(!evicted); /* never while it lives */
#endif
    MERGED {
#ifdef SLOTTED
        unlock(READER_LOCK(slot)); /* its own, or the kernel's when it died */
#endif
        occupants++;
        reborn();
        c = 0;
        seen = 0;
        guarded = 0;
        accounted = 0;
        generation = 0;
        count = 0;
        over = 0;
        from = 0;
        i = 0;
        done = 0;
        evicted = 0;
        if
        :: occupants < OCCUPANTS -> goto attach
        :: else
        fi
    }

finished:
    skip
}
