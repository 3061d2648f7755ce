"""Waiting for something that will be true, instead of sleeping and hoping."""
import time


def wait_until(check, timeout=5.0, what="it"):
    """Asks check() until it gives something true, and returns that."""
    end = time.monotonic() + timeout
    while True:
        got = check()
        if got:
            return got
        if time.monotonic() > end:
            raise AssertionError("waited %.1f s for %s in vain" % (timeout, what))
        time.sleep(0.02)
