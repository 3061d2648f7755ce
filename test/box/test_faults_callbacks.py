"""Callback servers that hang, fail, stream, trickle or are down: who else waits for it, and what is lost."""
import pytest

import bad_bots
from api import BUSY
from bad_bots import BadBot
from receiver import Receiver, state_of
from waiting import wait_until

MANY = ["--calls-per-application", "5000"]


def owed_of(api, call):
    return [r for r in owed(api) if r["call"] == call]


def owed(api):
    """All rows, page by page."""
    rows, after = [], 0
    while True:
        page = api.send("GET", "/_/notices?state=owed&after=%d" % after).json["value"]
        if not page:
            return rows
        rows += page
        after = page[-1]["number"]


def stories(receiver):
    """{call: its states in the order in which they were accepted}; nothing may have come twice."""
    out, seen = {}, set()
    for p in [p for p in list(receiver.posts) if p.status == 202]:
        assert p.headers["webhook-id"] not in seen, "told twice"
        seen.add(p.headers["webhook-id"])
        for n in p.json["value"]:
            out.setdefault(n["resource"].split("/")[3], []).append(state_of(n))
    return out


WHOLE = ["establishing", "terminated"]


def make(api, uri, count, out):
    for _ in range(count):
        out.append(api.create_call([BUSY], uri))


# one of fifty

@pytest.mark.carillon(flags=MANY)
def test_bots_that_hang_fail_stream_or_trickle_do_not_hold_up_the_others(api, bin):
    """Fifty callbacks, each a server of its own for the bad four, with more calls than may be in flight to one."""
    api.token()
    bad = [BadBot(how) for how in (bad_bots.hang, bad_bots.say_500, bad_bots.stream(500), bad_bots.trickle_head)]
    good = Receiver(api)
    bin += bad + [good]
    theirs, ours = [], []
    for b in bad:
        make(api, b.uri, 80, theirs)
    wait_until(lambda: bad[0].held >= 40 and bad[3].held >= 40, 20, "the bad ones to be full")
    for i in range(46):
        make(api, good.uri + "/%d" % i, 2, ours)
    # a try that hangs takes ten seconds: nobody may have waited for one to end
    good.wait_for(lambda r: all(stories(r).get(c) == WHOLE for c in ours), 9, "all notices of the others")
    assert len(stories(good)) == 92


@pytest.mark.carillon(flags=MANY)
def test_twenty_bots_that_hang_leave_room_for_one_that_does_not(api, bin):
    api.token()
    bad, theirs = [BadBot(bad_bots.hang) for _ in range(20)], []
    good = Receiver(api)
    bin += bad + [good]
    for b in bad:
        make(api, b.uri, 30, theirs)
    wait_until(lambda: sum(b.held for b in bad) > 100 and all(b.held for b in bad), 10, "the bad ones to be full")
    ours = []
    make(api, good.uri, 10, ours)
    good.wait_for(lambda r: all(stories(r).get(c) == WHOLE for c in ours), 9, "all notices of the other")


@pytest.mark.parametrize("how", [bad_bots.stream(200), bad_bots.trickle(200)], ids=["stream", "trickle"])
def test_a_200_counts_whatever_its_body_does(api, bin, how):
    """It has been accepted: sending it again and again would help nobody."""
    bot = BadBot(how)
    bin.append(bot)
    call = api.create_call([BUSY], bot.uri)
    wait_until(lambda: api.get_call(call).status == 404 and not owed_of(api, call), 40, "both notices accepted")
    assert bot.posts == 2


@pytest.mark.parametrize("how", [bad_bots.stream(410), bad_bots.trickle(410)], ids=["stream", "trickle"])
def test_a_refusal_counts_whatever_its_body_does(api, bin, how):
    bot = BadBot(how)
    bin.append(bot)
    call = api.create_call([BUSY], bot.uri)

    def parked():
        return [r for r in api.send("GET", "/_/notices?state=parked").json["value"] if r["call"] == call]
    row = wait_until(lambda: parked(), 60, "the first notice to be parked")[0]
    assert (row["tries"], row["lastStatus"]) == (2, 410)


# down for ten minutes

@pytest.mark.carillon(flags=MANY)
def test_ten_minutes_without_a_receiver_lose_nothing_and_mix_nothing_up(api, bin):
    """300 calls meanwhile; afterwards all of them are told in order, and only so many at a time."""
    bot = Receiver(api, listening=False)
    bin.append(bot)
    calls = []
    for _ in range(10):
        make(api, bot.uri, 30, calls)
        wait_until(lambda: len({r["call"] for r in owed(api) if r["tries"] > 0}) == len(calls), 20, "a try of each")
        api.advance(60)
    wait_until(lambda: len(owed(api)) == 2 * len(calls), 20, "all that is owed")
    assert not api.send("GET", "/_/notices?state=parked").json["value"]
    bot.script(*[(202, 0.05)] * 1000)  # so that they are seen side by side
    bot.listen()
    api.advance(75)  # the longest wait, and its 20 %
    bot.wait_for(lambda r: all(stories(r).get(c) == WHOLE for c in calls), 60, "every notice of every call")
    assert len(stories(bot)) == len(calls)
    assert 8 <= bot.most_open <= 64
    wait_until(lambda: not owed(api), 10, "nothing to be owed")
