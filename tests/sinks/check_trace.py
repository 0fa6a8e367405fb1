"""Whether a file is a trace as the JSON Trace Event Format describes it: python3 check_trace.py FILE.

Strict: the object form, the phases that we write and no other, every field that a phase must have and no unknown one,
times in microseconds from 0 on, named processes and threads, slices of a thread that nest. Prints how many events there
are of each phase, as JSON; a line on stderr and status 1 for the first thing that is wrong.
"""

import json
import math
import sys

COMMON = {"name", "ph", "pid", "tid"}
FIELDS = {  # phase: (fields it must have, fields it may have), besides the common ones
    "M": ({"args"}, set()),
    "C": ({"ts", "args"}, {"id"}),
    "i": ({"ts", "s"}, {"args", "cat"}),
    "X": ({"ts", "dur"}, {"args", "cat"}),
}
METADATA = {"process_name", "thread_name"}


def refuse_constant(word):
    raise ValueError(f"{word} is no JSON")


def refuse_doubles(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key twice in {keys}")
    return dict(pairs)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def check_event(event):
    require = lambda holds, what: (_ for _ in ()).throw(ValueError(f"{what}: {event}")) if not holds else None
    require(isinstance(event, dict), "no object")
    phase = event.get("ph")
    require(phase in FIELDS, "a phase of ours it is not")
    must, may = FIELDS[phase]
    require(COMMON | must <= set(event), "a field is missing")
    require(set(event) <= COMMON | must | may, "an unknown field")
    require(isinstance(event["name"], str) and event["name"], "no name")
    for key in ("pid", "tid"):
        require(isinstance(event[key], int) and not isinstance(event[key], bool), f"{key} is no whole number")
    for key in ("ts", "dur"):
        if key in event:
            require(is_number(event[key]) and event[key] >= 0, f"{key} is no time")
    args = event.get("args", {})
    require(isinstance(args, dict), "args is no object")
    if phase == "M":
        require(event["name"] in METADATA, "unknown metadata")
        require(isinstance(args.get("name"), str), "metadata without a name")
    if phase == "C":
        require(args and all(is_number(value) for value in args.values()), "a counter of no numbers")
    if phase == "i":
        require(event["s"] in ("g", "p", "t"), "no scope")


def check_names(events):
    processes = {event["pid"] for event in events if event["ph"] == "M" and event["name"] == "process_name"}
    threads = {(event["pid"], event["tid"]) for event in events if event["ph"] == "M" and event["name"] == "thread_name"}
    for event in events:
        if event["pid"] not in processes or (event["pid"], event["tid"]) not in threads:
            raise ValueError(f"on a process or thread without a name: {event}")


def check_counters(events):
    """A counter track is its process and name: of one moment it has one value, and it runs forward."""
    last = {}
    for event in events:
        if event["ph"] != "C":
            continue
        track = (event["pid"], event["name"], event.get("id"))
        if event["ts"] <= last.get(track, -1):
            raise ValueError(f"a counter that goes back: {event}")
        last[track] = event["ts"]


def check_slices(events):
    tracks = {}
    for event in events:
        if event["ph"] == "X":
            tracks.setdefault((event["pid"], event["tid"]), []).append((event["ts"], -event["dur"]))
    for slices in tracks.values():
        open_ends = []
        for begin, negative in sorted(slices):
            end = begin - negative
            while open_ends and open_ends[-1] <= begin:
                open_ends.pop()
            if open_ends and end > open_ends[-1]:
                raise ValueError(f"slices that overlap, at {begin}")
            open_ends.append(end)


def check(path):
    with open(path, encoding="utf-8") as file:
        trace = json.load(file, parse_constant=refuse_constant, object_pairs_hook=refuse_doubles)
    if not isinstance(trace, dict) or not isinstance(trace.get("traceEvents"), list):
        raise ValueError("no object with traceEvents")
    if trace.get("displayTimeUnit", "ms") not in ("ms", "ns"):
        raise ValueError("an unknown displayTimeUnit")
    if set(trace) - {"traceEvents", "displayTimeUnit", "otherData"}:
        raise ValueError(f"unknown keys: {sorted(trace)}")
    events = trace["traceEvents"]
    for event in events:
        check_event(event)
    check_names(events)
    check_counters(events)
    check_slices(events)
    phases = {}
    for event in events:
        phases[event["ph"]] = phases.get(event["ph"], 0) + 1
    return phases


if __name__ == "__main__":
    try:
        print(json.dumps(check(sys.argv[1]), sort_keys=True))
    except (ValueError, OSError) as error:
        print(f"{sys.argv[1]}: {error}", file=sys.stderr)
        sys.exit(1)
