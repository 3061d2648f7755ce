"""SIGTERM in the middle of everything: a hundred calls, phones in them, and bots that do not answer."""
import signal
import threading
import time

import pytest

from api import JOHN, PICKER, state_of
from desk_phone import DeskPhone
from receiver import Receiver
from waiting import wait_until

CALLS = 100
MANY = pytest.mark.carillon(flags=["--calls-per-application", "1000"])


class Stubborn(Receiver):
    """While it hangs, it reads a POST and says nothing; what it hears later it answers."""

    def __init__(self, api):
        self.hangs, self.freed = threading.Event(), threading.Event()
        super().__init__(api)

    def _take(self, h):
        if self.hangs.is_set():
            h.rfile.read(int(h.headers.get("Content-Length") or 0))
            self.freed.wait(30)
            h.close_connection = True
            return
        super()._take(h)

    def close(self):
        self.freed.set()
        super().close()


@pytest.fixture
def crowd(carillon, api, rtp, bin):
    """A hundred calls that stand: half with a real phone, half of them told to a bot that hangs from now on."""
    class Crowd:
        def __init__(self):
            self.john = DeskPhone(carillon.address("sip"), "john", rtp(rtcp=False).sdp())
            self.good, self.stubborn = Receiver(api), Stubborn(api)
            bin.extend([self.john, self.good, self.stubborn])
            self.john.register(expires=3600)
            self.calls = {self.good: [], self.stubborn: []}
            for i in range(CALLS):
                bot = self.stubborn if i % 2 else self.good
                self.calls[bot].append(api.create_call([JOHN if i % 4 < 2 else PICKER], bot.uri))
            for bot, calls in self.calls.items():
                bot.wait_for(lambda r, c=calls: len(self.in_state(r, "established")) == len(c), 30, "all to stand")
            self.stubborn.hangs.set()

        @staticmethod
        def in_state(bot, state):
            return {n["resource"].split("/")[3]: n["resourceData"] for n in bot.notices() if state_of(n) == state}

        def ends(self, bot):
            return {call: (data["resultInfo"]["code"], data["resultInfo"]["subcode"])
                    for call, data in self.in_state(bot, "terminated").items()}
    return Crowd()


@MANY
def test_a_hundred_calls_end_within_ten_seconds_of_sigterm_and_every_bot_hears_why(carillon, crowd):
    begun = time.monotonic()
    assert carillon.stop() == 0
    assert time.monotonic() - begun < 10
    dialogs = list(crowd.john.dialogs.values())
    assert len(dialogs) == CALLS // 2
    wait_until(lambda: all(d.ended.is_set() for d in dialogs), 1, "a BYE for every phone")
    wanted = {call: (503, 9002) for call in crowd.calls[crowd.good]}
    assert crowd.ends(crowd.good) == wanted
    # who did not answer hears it from the next server, in order
    assert crowd.ends(crowd.stubborn) == {}
    crowd.stubborn.hangs.clear()
    carillon.restart()
    wanted = {call: (503, 9002) for call in crowd.calls[crowd.stubborn]}
    wait_until(lambda: crowd.ends(crowd.stubborn) == wanted, 20, "what was owed")
    for call in wanted:
        states = [state_of(n) for n in crowd.stubborn.notices() if call in n["resource"]]
        assert states == ["establishing", "established", "terminating", "terminated"]
    assert crowd.ends(crowd.good) == {call: (503, 9002) for call in crowd.calls[crowd.good]}


@MANY
@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_does_not_wait_for_anybody(carillon, crowd, second):
    carillon.process.send_signal(signal.SIGTERM)
    wait_until(lambda: "stopping" in carillon.log(), 5, "the first to be heard")
    assert carillon.alive()
    carillon.process.send_signal(second)
    assert carillon.process.wait(2) == 1
    # nothing that was owed is lost by it
    crowd.stubborn.hangs.clear()
    carillon.restart()
    for bot, calls in crowd.calls.items():
        wait_until(lambda b=bot, c=calls: set(crowd.ends(b)) == set(c), 20, "every call's end")
        assert set(crowd.ends(bot).values()) <= {(503, 9002), (500, 9001)}
    dialogs = list(crowd.john.dialogs.values())
    wait_until(lambda: all(d.ended.is_set() for d in dialogs), 10, "a BYE for every phone")
