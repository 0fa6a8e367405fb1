/* The writer: writer_role.hpp and writer.cpp. One proctype plays all writers, one after the other: the lock allows no two. */

#ifdef HORIZON_BELOW_INTENT
#define HORIZON_AHEAD (-1)
#else
#define HORIZON_AHEAD (LENGTH / 2)
#endif

#define VALUE(epoch, item) ((epoch)*32 + (item) + 1)

/* Before every store. (With a lock that nobody else holds, giving the role up is a death between two pushes.) */
#define MAY_DIE                                                                                     \
    if                                                                                              \
    :: true                                                                                         \
    :: deaths < WRITER_DEATHS -> goto died                                                          \
    fi

/* WriteHead::publish()'s store of `pushed`, with the invariants of FORMAT.md. */
inline store_pushed()
{
    d_step {
#if !defined(NO_INTENT) && !defined(INTENT_OF_ONE)
        assert(t <= NEWEST(INTENT));
#endif
        assert(NEWEST(INTENT) <= t + LENGTH);
        i = NEWEST(PUSHED);
        do
        :: i < t ->
            published[i] = VALUE(epoch, i);
            i++
        :: else -> break
        od;
        i = 0
    }
    store(PUSHED, t, RELAXED)
}

/* Nothing orders `pushed` before the `intent` of the next push, so a writer may die having stored only the latter. */
inline deliver_pushed()
{
    if
    :: withheld ->
        MAY_DIE;
        withheld = 0;
        store_pushed()
    :: else
    fi
}

/* WriterRole::raise_horizon(). Before the fence nothing orders it with `intent`. */
inline raise_horizon()
{
#ifndef NO_HORIZON
    if
    :: goal > horizon ->
        MAY_DIE;
        horizon = goal + HORIZON_AHEAD;
        store(HORIZON, horizon, RELAXED)
    :: else
    fi;
#endif
    skip
}

/* WriterRole::push_many() up to WriteHead::announce(), and that. Writer::push() is the case that raises no horizon. */
inline announce()
{
    goal = MAX(t + k, floor);
#if AHEAD > 0
    if
    :: goal <= announced -> deliver_pushed()
    :: else ->
#ifdef AHEAD_OF_ROOM
        goal = MAX(t + k + AHEAD, floor);
#else
        goal = MAX(MIN(room, t + k + AHEAD), floor);
#endif
        announced = goal;
#endif
#ifdef INTENT_OF_ONE
        goal = MAX(t + 1, floor);
#endif
        late = 0;
#ifndef HORIZON_LAST
        if
        :: raise_horizon()
        :: WRITER_DEATHS > 0 -> late = 1
        fi;
#endif
        MAY_DIE;
#ifndef NO_INTENT
        store(INTENT, goal, RELAXED);
#endif
        if
        :: late -> raise_horizon()
        :: else
        fi;
        late = 0;
        deliver_pushed();
        fence(ANNOUNCE_FENCE);
#if AHEAD > 0
    fi;
#endif
    skip
}

/* copying::store() of k items */
inline store_items()
{
    do
    :: i < k * WORDS ->
        MAY_DIE;
        store(WORD(t + i / WORDS, i % WORDS), VALUE(epoch, t + i / WORDS), RELAXED);
        i++
    :: else -> break
    od;
    i = 0
}

/* WriteHead::publish() */
inline publish()
{
    t = t + k;
    fence(PUBLISH_FENCE);
    if
    :: MAY_DIE;
       store_pushed()
#ifndef NEVER_WITHHELD
    :: WRITER_DEATHS > 0 -> withheld = 1
#endif
    fi
}

/* WriterRole::oldest_active_cursor(), one slot. F_OFD_GETLK is taken to order nothing. */
inline look_at_slot()
{
    load(SLOT(r), SCAN_WORD, word);
    if
    :: STATE_OF(word) == ACTIVE ->
        load(CURSOR(r), SCAN_CURSOR, cursor);
#ifdef EVICT_THE_LIVING
        dead = t - MIN(cursor, t) >= LENGTH;
#else
        dead = t - MIN(cursor, t) >= LENGTH && !held[READER_LOCK(r)];
#endif
#ifdef NO_EVICTION
        dead = 0;
#endif
        if
        :: !dead ->
            oldest = MIN(oldest, cursor);
            if
            :: held[READER_LOCK(r)] -> alive = alive | (1 << r)
            :: else
            fi
        :: else
        fi
    :: else
    fi
}

/* WriterRole::evict_if_dead(), after the look at the lock */
inline evict()
{
#ifdef ANY_GENERATION
    if
    :: STATE_OF(NEWEST(SLOT(r))) == ACTIVE -> word = NEWEST(SLOT(r))
    :: else
    fi;
#endif
    compare_exchange(SLOT(r), word, SLOT_WORD(GENERATION_OF(word), EVICTED), RELAXED, dead);
    if
    :: !dead ->
        oldest = MIN(oldest, cursor);
        again = 1
    :: else
    fi
}

/* WriterRole::oldest_active_cursor() */
inline oldest_active_cursor()
{
    oldest = t;
#ifdef SLOTS_KNOWN
    seen_slots = SLOTS;
#else
    load(USED, RELAXED, word);
    seen_slots = MAX(seen_slots, word);
#endif
    do
    :: r < seen_slots ->
        MERGED { look_at_slot() }
        if
        :: dead -> MERGED { evict() }
        :: else
        fi;
        dead = 0;
        r++
    :: else -> break
    od;
    MERGED {
#ifdef ROOM_FOR_ONE_MORE
        room = oldest + LENGTH + 1;
#else
        room = oldest + LENGTH;
#endif
        oldest = 0;
        r = 0;
        word = 0;
        cursor = 0
    }
}

/* A refused writer tries again once there is something new to see: then a writer that is stuck shows as a deadlock. */
#define NEWS(r)                                                                                     \
    (newest[SLOT(r)] > current[me].at[SLOT(r)] || newest[CURSOR(r)] > current[me].at[CURSOR(r)] ||  \
     ((alive >> (r)) % 2 == 1 && !held[READER_LOCK(r)]))
#if SLOTS > 1
#define ANY_NEWS (NEWS(0) || NEWS(1))
#else
#define ANY_NEWS NEWS(0)
#endif

proctype Writer(byte me)
{
    byte t = 0;         /* WriteHead's pushed */
    byte room = 0;      /* allowed_until_ */
    byte horizon = 0;   /* horizon_ */
    byte floor = 0;     /* intent_floor_ */
    byte announced = 0; /* the intent last stored, if AHEAD */
    byte k = 0;         /* items of this push */
    byte epoch = 0, deaths = 0, goal = 0, i = 0;
    bool withheld = 0, late = 0;
#if SLOTS > 0
    byte r = 0, seen_slots = 0, word = 0, cursor = 0, oldest = 0, alive = 0;
    bool dead = 0, again = 0;
#endif
    PROCESS

take_over:
    skip; /* Promela: a step between two atomic sequences, which a jump would otherwise make one */
    /* WriterRole::create(), take_over() and begin(). The counters are read through the kernel. */
    MERGED {
        lock(WRITER_LOCK);
        load(PUSHED, RELAXED, t);
        load(INTENT, RELAXED, floor);
#ifdef NO_FLOOR
        floor = 0;
#endif
#ifdef RESUME_AT_INTENT
        t = floor;
#endif
#ifdef REJECT
        room = 0;
#else
        room = ENDLESS;
#endif
        epoch++;
        fence(ADOPT_FENCE)
    }
#if SLOTS > 0
#ifndef SLOTS_KNOWN
    MERGED {
        do
        :: r < SLOTS ->
            load(SLOT(r), ACQUIRE, word);
            if
            :: STATE_OF(word) != FREE -> seen_slots = r + 1
            :: else
            fi;
            r++
        :: else -> break
        od;
        r = 0;
        word = 0
    }
#endif
#endif

    do
    :: t < ITEMS ->
        if
        :: t >= room ->
            MERGED {
                deliver_pushed();
                fence(ROOM_FENCE)
            }
#if SLOTS > 0
            oldest_active_cursor();
            if
            :: t >= room ->
                if
                :: again || ANY_NEWS
                fi
            :: else
            fi;
            again = 0;
            alive = 0
#else
            room = t + LENGTH
#endif
        :: else ->
            MERGED {
                k = 1;
                do
                :: k < CHUNK && t + k < room && t + k < ITEMS -> k++
                :: break
                od;
#ifdef PUBLISH_FIRST
                t = t + k;
                announce();
                store_pushed();
                t = t - k;
                store_items();
                t = t + k;
#else
#ifdef INTENT_LAST
                fence(ANNOUNCE_FENCE);
                store_items();
                announce();
#else
                announce();
                store_items();
#endif
#ifdef HORIZON_LAST
                raise_horizon();
#endif
                publish();
#endif
                k = 0;
                goal = 0
            }
        fi
    :: else -> break
    od;
    MERGED {
        deliver_pushed();
        unlock(WRITER_LOCK);
        reborn();
        writer_finished = 1
    }
    goto finished;

died:
    MERGED {
        deaths++;
        unlock(WRITER_LOCK); /* by the kernel */
        reborn();
        withheld = 0;
        i = 0;
        k = 0;
        goal = 0;
        announced = 0;
        horizon = 0;
        late = 0;
#if SLOTS > 0
        seen_slots = 0;
#endif
        goto take_over
    }

finished:
    skip
}
