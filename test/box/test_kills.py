"""Killed at random instants under load, again and again: nothing acknowledged is lost, nothing is said
twice with other bytes, every call ends exactly once, no phone stays in a call that was cut.
CARILLON_KILLS=200 is the long run."""
import contextlib
import http.client
import os
import random
import threading
import time

import pytest
from api import HANGER, JOHN, OFFLINE, PICKER, state_of
from desk_phone import DeskPhone
from waiting import wait_until

KILLS = int(os.environ.get("CARILLON_KILLS", "6"))
RATE = 50  # calls a second
USERS = [PICKER, OFFLINE, HANGER, JOHN]  # John has a real phone
FREE_S = 10  # seconds of a running server in which the phone of a cut call must hear its BYE


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
        user = self.random.choice(USERS)
        a = self.api.request("POST", "/beta/app/calls", self.api.call_body([user], self.callback))
        if a.status == 201:
            self.made.append(a.json["id"])
        if self.made and self.random.random() < 0.5:
            self.api.delete_call(self.random.choice(self.made[-30:]))


class Judge:
    """Each call's notices in the order of their first coming; the same id must mean the same bytes."""

    def __init__(self, receiver):
        self.receiver, self.read = receiver, 0
        self.bytes_of, self.calls = {}, {}

    def stories(self):
        """What has come so far, by call. Beside the receiver, which must not be kept from answering."""
        for p in self.receiver.posts[self.read:]:
            self.read += 1
            key = p.headers["webhook-id"]
            if key in self.bytes_of:
                assert p.body == self.bytes_of[key], "webhook-id %s came with other bytes" % key
                continue
            self.bytes_of[key] = p.body
            for n in p.json["value"]:
                self.calls.setdefault(n["resource"].split("/")[3], []).append((n["changeType"], state_of(n)))
        return self.calls


def is_over(story):
    return any(change == "deleted" and state == "terminated" for change, state in story)


ORDER = ["establishing", "established", "terminating", "terminated"]


def check_story(call, story):
    states = [s for _, s in story]
    assert states[0] == "establishing", (call, story)
    assert [s for _, s in story].count("terminated") == 1, (call, story)
    assert story[-1] == ("deleted", "terminated"), (call, story)
    assert [ORDER.index(s) for s in states] == sorted(ORDER.index(s) for s in states), (call, story)


def waited(d, lives):
    """The server was killed while this phone rang or talked: for how long did it run afterwards before the phone,
    once picked up, heard its BYE? None: it was not killed meanwhile. lives: (started, killed) of each run."""
    end = d.ended_at or time.monotonic()
    cut = next((killed for _, killed in lives if killed is not None and d.invite.at < killed < end), None)
    if cut is None:
        return None
    return sum(max(0, min(killed or end, end) - max(started, cut, d.up_at)) for started, killed in lives)


def check_phone(john, lives):
    dialogs = list(john.dialogs.values())
    cut = [d for d in dialogs if waited(d, lives) is not None]
    late = ["%s: %.1f s, ACK %s" % (d.call_id, waited(d, lives), d.acked.is_set())
            for d in cut if waited(d, lives) > FREE_S or not d.ended_at]
    assert not late, "%d of %d calls that were cut, of %d: %s" % (len(late), len(cut), len(dialogs), late[:5])
    assert all(d.ended_at for d in dialogs), "a phone is still in a call"
    print("%d calls, %d of them cut, the slowest BYE after %.1f s" % (
        len(dialogs), len(cut), max((waited(d, lives) for d in cut), default=0)))
    assert cut, "no phone was in a call when the server was killed"


@pytest.mark.carillon(flags=["--calls-per-application", "100000"])
def test_a_server_that_is_killed_again_and_again_loses_nothing(carillon, api, receiver, rtp, bin):
    john = DeskPhone(carillon.address("sip"), "john", rtp(rtcp=False).sdp(), rings=(0, 0.3))
    bin.append(john)
    john.register(expires=3600)
    api.token()
    load = Load(api, receiver.uri)
    load.start()
    lives, started = [], time.monotonic()
    instants = random.Random(5)
    for _ in range(KILLS):
        time.sleep(instants.uniform(0.1, 1.0))  # the random instant is what is tested
        carillon.kill()
        lives.append((started, time.monotonic()))
        carillon.restart()
        started = time.monotonic()
    lives.append((started, None))
    load.running = False
    load.join(30)
    assert len(load.made) > 10 * KILLS

    judge = Judge(receiver)
    for call in set(load.made) | set(judge.stories()):
        api.delete_call(call)  # who is over by now says 404
    wait_until(lambda: all(is_over(judge.stories().get(c, [])) for c in load.made), 60, "every call's end")
    wait_until(lambda: api.send("GET", "/_/conversations").json["value"] == [], what="no phone in a call")
    for call, story in judge.stories().items():
        check_story(call, story)
    with contextlib.suppress(AssertionError):
        wait_until(lambda: all(d.ended_at for d in list(john.dialogs.values())), FREE_S + 1, "every phone's BYE")
    check_phone(john, lives)
