"""Killed at random instants under load, again and again: nothing acknowledged is lost, nothing is said
twice with other bytes, every call ends exactly once. CARILLON_KILLS=200 is the long run."""
import http.client
import os
import random
import threading
import time

import pytest
from api import HANGER, OFFLINE, PICKER, state_of
from waiting import wait_until

KILLS = int(os.environ.get("CARILLON_KILLS", "6"))
RATE = 50  # calls a second


class Load(threading.Thread):
    """Makes calls, and ends some, for as long as it is let; remembers those that got their 201."""

    def __init__(self, api, callback):
        super().__init__(daemon=True)
        self.api, self.callback = api, callback
        self.made, self.running = [], True
        self.random = random.Random(11)

    def run(self):
        due = time.monotonic()
        while self.running:
            due += 1 / RATE
            time.sleep(max(0, due - time.monotonic()))  # a pace, not a wait for luck
            try:
                self.one()
            except (OSError, http.client.HTTPException):
                due = time.monotonic() + 0.02  # it is down just now

    def one(self):
        user = self.random.choice([PICKER, OFFLINE, HANGER, PICKER])
        a = self.api.request("POST", "/beta/app/calls", self.api.call_body([user], self.callback))
        if a.status == 201:
            self.made.append(a.json["id"])
        if self.made and self.random.random() < 0.5:
            self.api.delete_call(self.random.choice(self.made[-30:]))


def judge(posts):
    """Each call's notices in the order of their first coming; the same id must mean the same bytes."""
    bytes_of, calls = {}, {}
    for p in posts:
        key = p.headers["webhook-id"]
        if key in bytes_of:
            assert p.body == bytes_of[key], "webhook-id %s came with other bytes" % key
            continue
        bytes_of[key] = p.body
        for n in p.json["value"]:
            calls.setdefault(n["resource"].split("/")[3], []).append((n["changeType"], state_of(n)))
    return calls


def is_over(story):
    return any(change == "deleted" and state == "terminated" for change, state in story)


ORDER = ["establishing", "established", "terminating", "terminated"]


def check_story(call, story):
    states = [s for _, s in story]
    assert states[0] == "establishing", (call, story)
    assert [s for _, s in story].count("terminated") == 1, (call, story)
    assert story[-1] == ("deleted", "terminated"), (call, story)
    assert [ORDER.index(s) for s in states] == sorted(ORDER.index(s) for s in states), (call, story)


@pytest.mark.carillon(flags=["--calls-per-application", "100000"])
def test_a_server_that_is_killed_again_and_again_loses_nothing(carillon, api, receiver):
    api.token()
    load = Load(api, receiver.uri)
    load.start()
    instants = random.Random(5)
    for _ in range(KILLS):
        time.sleep(instants.uniform(0.1, 1.0))  # the random instant is what is tested
        carillon.kill()
        carillon.restart()
    load.running = False
    load.join(30)
    assert len(load.made) > 10 * KILLS

    for call in set(load.made) | set(judge(receiver.posts)):
        api.delete_call(call)  # who is over by now says 404
    receiver.wait_for(lambda r: all(is_over(judge(r.posts).get(c, [])) for c in load.made), 60, "every call's end")
    wait_until(lambda: api.send("GET", "/_/conversations").json["value"] == [], what="no phone in a call")
    for call, story in judge(receiver.posts).items():
        check_story(call, story)
