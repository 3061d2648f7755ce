"""A bot's callback server is down for ten minutes of the server's clock while calls are made and end: when it is back
it hears of every one, in order, by few POSTs at a time. CARILLON_DOWN=50 is the long run: calls in a second."""
import os
import time

import pytest

from api import BUSY, OFFLINE, PICKER
from receiver import Receiver
from test_kills import Judge, check_story
from test_media_threads import gauge
from waiting import wait_until

PER_SECOND = int(os.environ.get("CARILLON_DOWN", "1"))
SECONDS = 600
AT_ONCE = 64  # POSTs to a host that is alone: docs/api.md, "fairness"
USERS = [BUSY, OFFLINE, PICKER]  # the first two end by themselves


def pass_second(api):
    """Of the server's clock; the token stays, it is good for an hour."""
    assert api.send("POST", "/_/clock", {"advanceSeconds": 1}).status == 200


def make_calls(api, uri):
    """All of them, second by second; who was picked up is hung up a second later."""
    made, picked_up = [], []
    for second in range(SECONDS):
        for call in picked_up:
            assert api.delete_call(call).status == 204
        here = [(api.create_call([user], uri), user) for user in
                (USERS[(second + i) % len(USERS)] for i in range(PER_SECOND))]
        picked_up = [call for call, user in here if user == PICKER]
        made += [call for call, _ in here]
        pass_second(api)
    for call in picked_up:
        api.delete_call(call)
    return made


@pytest.mark.carillon(flags=["--calls-per-application", "100000"])
def test_ten_minutes_without_a_callback_server_lose_nothing(carillon, api, bin):
    receiver = Receiver(api, listening=False)
    bin.append(receiver)
    api.token()
    begun = time.monotonic()
    made = make_calls(api, receiver.uri)
    wait_until(lambda: gauge(api, "calls_live") == 0, 30, "the end of all calls")
    waiting, tries = gauge(api, "notices_made_total"), gauge(api, "notices_failed_total")
    wait_until(lambda: gauge(api, "notices_owed") == waiting, 30, "the last of them to be safe")
    assert waiting >= 2 * len(made) and gauge(api, "notices_delivered_total") == 0
    assert tries >= len(made)
    made_in = time.monotonic() - begun

    receiver.script(*[(202, 0.005)] * (2 * len(made)))  # so that POSTs meet
    receiver.listen()
    begun = time.monotonic()
    api.advance(75)  # at most so long until the next try
    wait_until(lambda: gauge(api, "notices_owed") == 0, 60 + len(made) / 100, "all told")
    drained_in = time.monotonic() - begun

    stories = Judge(receiver).stories()
    assert set(stories) == set(made)
    for call, story in stories.items():
        check_story(call, story)
    assert sum(len(story) for story in stories.values()) == waiting == gauge(api, "notices_delivered_total")
    assert 1 < receiver.most_open <= AT_ONCE
    for name in ("parked", "dropped"):
        assert gauge(api, "notices_%s_total" % name) == 0
    print("%d calls in %.0f s; %d notices, %d tries in vain; told in %.1f s by %d POSTs, at most %d at once" % (
        len(made), made_in, waiting, tries, drained_in, len(receiver.posts), receiver.most_open))
