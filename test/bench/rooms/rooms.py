#!/usr/bin/env python3
"""Rooms of many phones on one media thread: python3 test/bench/rooms/rooms.py build/bench_rooms [NAME ...]

Prints one JSON object a line, as test/bench/run.py does. Each run of the program (rooms.c) is bounded in
legs and seconds; everything happens on the loopback address. The media thread has one core, the phones
have another: with fewer than two, or with company, the figures say little ("phones_late_ms" is how late
the phones themselves were at worst). See docs/performance.md.
"""
import json
import os
import subprocess
import sys
import time

SECONDS = os.environ.get("BENCH_SECONDS", "5")
LATE = 0.01  # of the ticks, at most


def machine_busy():
    """Seconds of CPU that everybody has used."""
    with open("/proc/stat") as f:
        words = f.readline().split()[1:]
    return sum(int(w) for i, w in enumerate(words[:8]) if i not in (3, 4)) / os.sysconf("SC_CLK_TCK")


def wait_until_quiet(at_most_s=15):
    end = time.monotonic() + at_most_s
    while time.monotonic() < end:
        before = machine_busy()
        time.sleep(0.5)
        if machine_busy() - before < 0.1:
            return


def run(**options):
    """One run; None when the phones had no time."""
    wait_until_quiet()
    words = [PROGRAM, "--seconds", SECONDS]
    for name, value in options.items():
        words += ["--" + name] + ([] if value is True else [str(value)])
    p = subprocess.run(words, stdout=subprocess.PIPE, text=True, timeout=float(SECONDS) * 3 + 120)
    return json.loads(p.stdout) if p.returncode == 0 else None


def say(bench, value, unit, goal, met, **more):
    print(json.dumps({"bench": bench, "value": value, "unit": unit, "goal": goal, "met": met, **more}), flush=True)


def cost(name, goal, **options):
    r = run(**options)
    if r is None:
        return say(name, None, "us CPU / leg-s", goal, False)
    say(name, r["us_per_leg_s"], "us CPU / leg-s", "<= %d" % goal if goal else None,
        r["us_per_leg_s"] <= goal if goal else None, **r)


def largest(name, goal, least, most, **options):
    """The most legs with less than 1 % of the ticks late, to within 5 %."""
    best = None
    low, high = 0, most
    legs = least
    while high - low > max(low, least) * 0.05:
        r = run(legs=legs, **options)
        if r is not None and r["late"] < LATE:
            best, low = r, legs
        else:
            high = legs
        legs = min(most, low * 3 // 2) if high == most and low < most else (low + high) // 2
        if low == most:
            break
    say(name, low, "legs", ">= %d" % goal if goal else None, low >= goal if goal else None, **(best or {}))


def delay(name, goal, **options):
    r = run(bursts=True, **options)
    p99 = r and r["delay_p99_ms"]
    say(name, p99, "ms", "<= %d" % goal, bool(r) and 0 <= p99 <= goal, **(r or {}))


def bench_g711():
    for legs in (100, 400, 1600):
        cost("G.711, one room of %d, 3 talk" % legs, 250 if legs == 1600 else None, codec="PCMU", legs=legs)
    for talkers in (1, 6):
        cost("G.711, one room of 400, %d talk" % talkers, None, codec="PCMU", legs=400, talkers=talkers)
    largest("G.711, one room, 3 talk: most legs", 2800, 2000, 6000, codec="PCMU")
    cost("G.711, rooms of 10, 2 talk in each", None, codec="PCMU", legs=1000, room=10, talkers=2)
    largest("G.711, rooms of 10, 2 talk in each: most legs", None, 1500, 6000, codec="PCMU", room=10, talkers=2)


def bench_opus():
    for quiet, legs in (("levels", 1600), ("dtx", 1600), ("packets", 400)):
        cost("Opus, one room of %d, 3 talk, quiet by %s" % (legs, quiet), None, codec="opus", legs=legs, quiet=quiet)
    for legs in (100, 400):
        cost("Opus, one room of %d, 3 talk, quiet by levels" % legs, None, codec="opus", legs=legs, quiet="levels")
    for talkers in (1, 6):
        cost("Opus, one room of 400, %d talk, quiet by levels" % talkers, None, codec="opus", legs=400,
             talkers=talkers, quiet="levels")
    largest("Opus, one room, 3 talk, levels: most legs", 2000, 1500, 5000, codec="opus", quiet="levels")
    largest("Opus, one room, 3 talk, DTX: most legs", 2000, 1500, 6000, codec="opus", quiet="dtx")
    largest("Opus, one room, 3 talk, all decoded: most legs", 400, 400, 3000, codec="opus", quiet="packets")
    largest("Opus, rooms of 10, 2 talk in each: most legs", None, 300, 3000, codec="opus", room=10, talkers=2,
            quiet="levels")


def bench_delay():
    delay("G.711, from mouth to ear, room of 1600, p99", 60, codec="PCMU", legs=1600, talkers=1)
    delay("Opus, from mouth to ear, room of 1200, p99", 60, codec="opus", legs=1200, talkers=1, quiet="levels")


BENCHES = {"g711": bench_g711, "opus": bench_opus, "delay": bench_delay}


def main():
    global PROGRAM
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit("usage: rooms.py PROGRAM [%s]" % " | ".join(BENCHES))
    PROGRAM = os.path.abspath(sys.argv[1])
    for name in sys.argv[2:] or BENCHES:
        BENCHES[name]()


if __name__ == "__main__":
    main()
