"""Several calls at once in two media threads: everybody hears their own prompt and nobody else's."""
import glob
import os
import random

import pytest

import sound
from api import BOB, JOHN
from test_media_quality import prompt
from waiting import wait_until

PHONES = [400, 700, 1000, 1300, 1600, 1900]  # Hz: one call each
VIRTUAL = [2200, 2500]


def gauge(api, name):
    """One figure of /metrics."""
    for line in api.send("GET", "/metrics").body.decode().splitlines():
        if line.startswith("carillon_%s " % name):
            return int(line.split()[1])
    raise AssertionError("no figure " + name)


def pick_up_each(john, ends):
    """Answers the next INVITE with the next end."""
    left = list(ends)

    def script(peer, m):
        peer.pick_up(left.pop(0))
        answer, peer.on_invite = peer.on_invite, script
        answer(peer, m)
    john.on_invite = script


def heard_in(carillon, hz):
    """The calls in whose taps of what was said to a port this tone is; a tap begins with its call."""
    found = set()
    for path in glob.glob(os.path.join(carillon.tap, "*-out.wav")):
        samples, rate = sound.read_wav(path)
        if sound.has_tone(samples, rate, hz, 0.8):
            found.add(os.path.basename(path)[:36])
    return found


@pytest.mark.carillon(flags=["--media-threads", "2"])
def test_many_calls_in_two_threads_hear_their_own_prompts_only(carillon, api, sip, rtp, web):
    john, ends, calls = sip("john"), [rtp(seed=i) for i in range(len(PHONES))], []
    pick_up_each(john, ends)
    for i, hz in enumerate(PHONES + VIRTUAL):
        name = "bot-%d" % hz
        user = JOHN if i < len(PHONES) else BOB
        call = api.create_call([user], api.inbox_uri(name))
        api.inbox(name).wait_active(call)
        calls.append(call)
    assert gauge(api, "media_ports") >= len(calls) * 2
    for call, hz in zip(calls, PHONES + VIRTUAL):
        uri = prompt(web, "%d.wav" % hz, sound.tone(hz, 5000, 16000, -10), 16000)
        api.play(call, uri, "tone")

    for end, hz in zip(ends, PHONES):
        end.wait_tone(hz, 1.0, 15)
    for call, hz in zip(calls[len(PHONES):], VIRTUAL):
        wait_until(lambda: heard_in(carillon, hz), 15, "%d Hz in a tap" % hz)
        assert heard_in(carillon, hz) == {call}
    for end, own in zip(ends, PHONES):
        heard = [hz for hz in PHONES + VIRTUAL if not sound.never_has(end.pcm(), 8000, hz)]
        assert heard == [own]

    dialogs = {d.call_id: d for d in john.dialogs.values()}
    order = list(range(len(calls)))
    random.Random(7).shuffle(order)
    for i in order:  # some by the bot, some by the phone
        if i % 2 == 0 or i >= len(PHONES):
            assert api.delete_call(calls[i]).status == 204
        else:
            call_id = john.wait_request("INVITE", count=i + 1).call_id
            assert john.bye(dialogs[call_id]).status == 200
    for i, hz in enumerate(PHONES + VIRTUAL):
        end = api.inbox("bot-%d" % hz).wait_end(calls[i])
        assert end["code"] == 200, end
    wait_until(lambda: gauge(api, "media_ports") == 0, 5, "no ports left")
    assert all(d.ended.wait(5) for d in dialogs.values())
