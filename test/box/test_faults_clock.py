"""Somebody sets the time of day, or the whole server is stopped for a while: no call ends early, nothing that
lasted lasted less than nothing."""
import os
import re
import shutil
import signal
import struct
import subprocess
import time

import pytest

from api import BOB, JOHN, PICKER, SILENT
from server import ROOT, Server
from waiting import wait_until

HOUR = 3600


@pytest.fixture
def watch(request, tmp_path):
    """A server whose time of day can be set: (server, set_by(seconds))."""
    library, offset = str(tmp_path / "wrong_clock.so"), tmp_path / "offset"
    compiler = shutil.which("cc") or pytest.skip("there is no C compiler")
    subprocess.run([compiler, "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", library,
                    os.path.join(ROOT, "test", "box", "wrong_clock.c"), "-ldl"], check=True)
    offset.write_bytes(struct.pack("<q", 0))
    s = Server(tmp_path, env={"LD_PRELOAD": library, "WALL_OFFSET": str(offset),
                              "ASAN_OPTIONS": "verify_asan_link_order=0"})
    request.node.carillon_server = s
    s.start()

    def set_by(seconds):
        with open(offset, "r+b") as f:
            f.write(struct.pack("<q", seconds * 10**9))
    yield s, set_by
    assert s.stop() == 0


@pytest.fixture
def carillon(watch):
    """For the other fixtures: sip, api."""
    return watch[0]


def numbers(value, path=""):
    """Every number of a JSON value but levels, with its place."""
    if isinstance(value, dict):
        for k, v in value.items():
            yield from numbers(v, path + "/" + k)
    elif isinstance(value, list):
        for i, v in enumerate(value):
            yield from numbers(v, "%s/%d" % (path, i))
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and not path.endswith("Db"):
        yield path, value


def nothing_is_negative(carillon, api):
    for c in api.send("GET", "/_/calls").json["value"]:
        shown = api.shown(c["id"])
        assert [n for n in numbers(shown) if n[1] < 0] == []
    metrics = api.send("GET", "/metrics").body.decode()
    assert re.findall(r"(?m)^[a-z_{}=\"]+ -.*$", metrics) == []
    assert re.findall(r"[ =(:]-\d+ ?(?:ms|s|us)\b", carillon.log()) == []


def seconds_of(api, name):
    return float(re.search(r"(?m)^carillon_%s (\S+)$" % name, api.send("GET", "/metrics").body.decode()).group(1))


class Calls:
    """One with a real phone whose voice is heard and that refreshes its session, one that rings at a real phone, one
    with a virtual phone."""

    def __init__(self, api, sip, rtp):
        self.api, self.rtp, self.other = api, rtp(seed=3), rtp(seed=4)
        self.rtp.say_tone(600)
        self.john = sip("john").pick_up(self.rtp, headers=["Session-Expires: 1800;refresher=uas", "Require: timer"])
        self.bob = sip("bob").ring_only()
        self.talking = api.create_call([JOHN], api.inbox_uri("talking"))
        api.inbox("talking").wait_active(self.talking)
        self.dialog = self.john.wait_dialog()
        self.virtual = api.create_call([PICKER], api.inbox_uri("virtual"))
        api.inbox("virtual").wait_active(self.virtual)
        self.ringing = api.create_call([BOB], api.inbox_uri("ringing"))
        self.bobs = self.bob.wait_request("INVITE")
        self.all = (self.talking, self.virtual, self.ringing)

    def go_on(self):
        """All stand as they stood, and sound flows both ways for a second and a half."""
        before = self.api.shown(self.talking)["media"]["packetsReceived"]
        self.rtp.wait_packets(len(self.rtp.received) + 75)
        wait_until(lambda: self.api.shown(self.talking)["media"]["packetsReceived"] > before + 50, 10, "the voice")
        assert [self.api.get_call(c).json["state"] for c in self.all] == ["established", "established",
                                                                          "establishing"]
        assert not self.dialog.ended.is_set()

    def end(self):
        """Who rang is picked up, and each ends as it would have."""
        self.bob.pick_up(self.other)
        self.bob.on_invite(self.bob, self.bobs)
        self.api.inbox("ringing").wait_active(self.ringing)
        for c in self.all:
            assert self.api.delete_call(c).status == 204
        assert self.dialog.ended.wait(5), "the phone got no BYE"
        for name, c in zip(("talking", "virtual", "ringing"), self.all):
            assert self.api.inbox(name).wait_end(c)["subcode"] == 7000


@pytest.mark.parametrize("hours", [1, -1], ids=["forward", "back"])
def test_an_hour_more_or_less_ends_no_call(watch, api, sip, rtp, hours):
    carillon, set_by = watch
    calls = Calls(api, sip, rtp)
    set_by(hours * HOUR)
    calls.go_on()
    nothing_is_negative(carillon, api)
    # what waits goes on waiting for as long as it said, no more and no less
    short = api.create_call([SILENT], api.inbox_uri("short"), ringingTimeoutInSeconds=2)
    begun = time.monotonic()
    assert api.inbox("short").wait_end(short, 20)["subcode"] == 10057
    assert time.monotonic() - begun > 1.5
    assert calls.john.options().status == 200
    set_by(0)
    calls.go_on()
    nothing_is_negative(carillon, api)
    assert 0 <= seconds_of(api, "uptime_seconds") < 300
    calls.end()


@pytest.mark.parametrize("hours", [1, -1], ids=["forward", "back"])
def test_a_phone_is_rung_after_the_clock_was_set(watch, api, sip, rtp, hours):
    """Its registration lasts by what has passed; and a request that is lost is sent again."""
    set_by = watch[1]
    john, invites = sip("john"), []
    assert john.register(expires=300).status == 200
    john.on_invite = lambda _, m: invites.append(m)
    call = api.create_call([JOHN])
    wait_until(lambda: invites, 5, "the INVITE")
    set_by(hours * HOUR)
    seen = len(invites)
    # the first is lost, and the next; they come again, each time after a longer while
    wait_until(lambda: len(john.received) > seen, 10, "the INVITE once more")
    john.pick_up(rtp())
    john.on_invite(john, invites[-1])
    api.inbox().wait_active(call)
    again = api.create_call([JOHN], api.inbox_uri("again"))
    api.inbox("again").wait_active(again)  # it is still registered
    for c in (call, again):
        assert api.delete_call(c).status == 204
    wait_until(lambda: all(d.ended.is_set() for d in john.dialogs.values()), 5, "both BYEs")


def test_ten_seconds_of_standing_still_end_no_call(watch, api, sip, rtp):
    carillon, _ = watch
    calls = Calls(api, sip, rtp)
    calls.go_on()
    os.kill(carillon.process.pid, signal.SIGSTOP)
    try:
        time.sleep(10)  # it is what is tested
    finally:
        os.kill(carillon.process.pid, signal.SIGCONT)
    calls.go_on()
    nothing_is_negative(carillon, api)
    calls.end()
