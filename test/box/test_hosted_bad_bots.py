"""Bots that host their own media and do it badly: what becomes of their call, and that nobody else feels it."""
import fcntl
import struct
import termios
import threading

import pytest

from api import BOB, PICKER
from hostile import is_small, memory_kb
from media_bot import BINARY, PING, TEXT, MediaBot
from waiting import wait_until

MANY = 20
SECOND = b"\0\x10" * 16000


@pytest.fixture
def bad(api, sip, rtp, bin):
    """bad(...) calls Bob through a bot of those manners; its own phone is .rtp, its connections .bot.streams."""
    class Bad:
        def __init__(self, expect="established", **manners):
            self.rtp = rtp()
            self.phone = sip("bob")
            self.phone.pick_up(self.rtp)
            self.bot = MediaBot(**manners)
            bin.append(self.bot)
            self.inbox = api.inbox("bad")
            self.call = api.create_call([BOB], callback=api.inbox_uri("bad"), mediaConfig=self.bot.config())
            if expect == "established":
                self.inbox.wait_active(self.call)

        def end(self):
            return self.inbox.wait_end(self.call)

        def is_up_by(self, stream):
            """The call stands, and this connection is its stream."""
            stream.tell("status")
            stream.wait_event("status")
            assert api.get_call(self.call).json["state"] == "established"
    return Bad


def says(text):
    """In place of the upgrade."""
    def answer(stream):
        stream.raw(text)
        stream.ended.wait(20)
    return answer


@pytest.mark.parametrize("manners", [
    pytest.param(dict(answer=lambda s: s.drop()), id="hangs up"),
    pytest.param(dict(answer=lambda s: s.ended.wait(20)), id="says nothing"),
    pytest.param(dict(answer=says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")), id="200"),
    pytest.param(dict(answer=says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n")), id="302"),
    pytest.param(dict(answer=says(b"\x80\0\xff" * 10000)), id="garbage"),
    pytest.param(dict(answer=says(b"HTTP/1.1 101 OK\r\n" + b"X-More: and more\r\n" * 2000)), id="a head without end"),
    pytest.param(dict(protocol=None), id="no sub-protocol"),
    pytest.param(dict(protocol="chat"), id="another sub-protocol"),
])
def test_a_bot_that_cannot_be_had_ends_the_call_and_nobody_rings(echo, bad, manners):
    b = bad(expect="nothing", **manners)
    end = b.end()
    assert (end["code"], end["subcode"]) == (500, 1005)
    assert len(b.bot.streams) == 3
    with pytest.raises(AssertionError):
        b.phone.wait_request("INVITE", timeout=0.1)
    echo.still_fine()


def pieces(stream):
    for i in range(65):
        stream.message(BINARY if i == 0 else 0, b"xx", fin=False)


@pytest.mark.parametrize("code, offence", [
    pytest.param(1002, lambda s: s.message(BINARY, b"\0" * 640, mask=True), id="masked"),
    pytest.param(1002, lambda s: s.raw(b"\xff" * 60000), id="garbage"),
    pytest.param(1002, pieces, id="65 fragments"),
    pytest.param(1007, lambda s: s.message(TEXT, b'{"cmd":"\xc3\x28"}'), id="not UTF-8"),
    pytest.param(1009, lambda s: s.message(TEXT, b" " * 16385), id="a long text"),
    pytest.param(1009, lambda s: s.message(BINARY, b"\0" * 200000), id="a long message"),
])
def test_who_breaks_a_rule_is_told_which_and_the_call_goes_on(echo, bad, code, offence):
    b = bad()
    first = b.bot.wait_stream(0)
    resume = first.wait_event("start")["resume"]
    offence(first)
    first.wait(lambda s: s.closed == code, what="close %d" % code)
    again = b.bot.wait_stream(1)
    assert again.wait_event("start")["resume"] == resume
    b.is_up_by(again)
    echo.still_fine()


def test_a_bot_that_always_breaks_the_rules_is_given_up(echo, bad):
    b = bad()
    b.bot.begin = lambda s: s.raw(b"\xff" * 100)
    b.bot.wait_stream(0).drop()
    end = b.inbox.wait_end(b.call, timeout=40)
    assert (end["code"], end["subcode"]) == (500, 1005)
    assert len(b.bot.streams) < 20
    echo.still_fine()


def test_a_bot_that_closes_in_the_middle_of_a_frame_is_dialled_again(echo, bad):
    b = bad()
    first = b.bot.wait_stream(0)
    first.wait_event("start")
    first.raw(b"\x82\x7e\x02\x80" + b"\1" * 301)
    first.drop()
    b.is_up_by(b.bot.wait_stream(1))
    echo.still_fine()


def test_a_bot_that_answers_no_ping_is_dialled_again(echo, bad):
    b = bad(pongs=False)
    b.bot.wait_stream(0).wait_event("start")
    b.bot.wait_stream(1, timeout=25).wait_event("start")
    echo.still_fine()


def flood(stream, data, stop):
    """As fast as the other end takes it."""
    try:
        while not stop.is_set():
            stream.raw(data)
    except OSError:
        pass


@pytest.mark.parametrize("data", [
    pytest.param(b"\x82\x01x" * 20000, id="messages of one byte"),
    pytest.param(b'\x81\x24{"cmd":"direction","direction":"in"}\n' * 1000, id="commands"),
    pytest.param(b"\x89\x00" * 20000, id="empty pings"),
    pytest.param((b"\x82\x7f" + struct.pack("!Q", 65536) + bytes(65536)) * 4, id="sound without end"),
])
def test_a_flood_costs_nobody_else_anything_and_little_memory(carillon, echo, bad, data):
    b = bad()
    stream = b.bot.wait_stream(0)
    stream.wait_event("start")
    before, since = memory_kb(carillon), len(echo.rtp.pcm())
    stop = threading.Event()
    thread = threading.Thread(target=flood, args=(stream, data, stop), daemon=True)
    thread.start()
    try:
        for _ in range(3):
            echo.hears_itself(since)
        is_small(carillon, before, 4000)  # the bound of a stream, and what an allocator keeps
    finally:
        stop.set()
        thread.join(10)
    b.inbox.wait_active(b.call)
    echo.still_fine()


def test_the_newest_of_a_gigabyte_is_dropped_and_a_clear_gets_through(carillon, echo, bad):
    b = bad()
    stream = b.bot.wait_stream(0)
    stream.wait_event("start")
    before = memory_kb(carillon)
    megabyte = (b"\x82\x7f" + struct.pack("!Q", 65536) + bytes(65536)) * 16
    for _ in range(256):
        stream.raw(megabyte)
    stream.tell("clear")
    assert stream.wait_event("cleared", timeout=60)["droppedMs"] <= 20160
    assert stream.wait_event("overrun")["droppedMs"] > 0
    is_small(carillon, before, 4000)
    echo.still_fine()


def test_a_bot_that_does_not_read_loses_the_oldest_after_a_second(carillon, echo, bad):
    go = threading.Event()
    b = bad(begin=lambda s: go.wait(60), buffer=16384)
    stream = b.bot.wait_stream(0)
    b.rtp.say_tone(600)
    n = len(b.rtp.pcm())
    b.rtp.wait(lambda p: len(p.pcm()) >= n + 6 * 8000, 20, "six seconds")
    assert stream.frames == []
    go.set()
    lost = stream.wait_event("gap")["lostMs"]
    late = stream.order.index("gap")
    assert lost >= 1000, "of six seconds one is kept here, and two by the kernels"
    assert stream.order[:late].count("frame") <= 150
    stream.wait(lambda s: len(s.frames) >= 150, what="frames")
    echo.still_fine()


def unsent(stream):
    """Bytes that the other end's kernel has not taken."""
    return struct.unpack("i", fcntl.ioctl(stream.sock, termios.TIOCOUTQ, b"\0" * 4))[0]


def test_many_bots_that_fill_their_queues_stay_within_their_memory(carillon, api, bin):
    before, streams = memory_kb(carillon), []
    for _ in range(MANY):
        bot = MediaBot(reads=False)
        bin.append(bot)
        api.create_call([PICKER], callback=api.inbox_uri("many"), mediaConfig=bot.config())
        streams.append(bot.wait_stream(0))
    for s in streams:
        for _ in range(25):
            s.say(SECOND)
        for i in range(256):
            s.tell("mark", id=("%d-" % i).ljust(128, "x"))
    wait_until(lambda: all(unsent(s) == 0 for s in streams), 20, "all of it is taken")
    is_small(carillon, before, MANY * 1200 + 4000)
