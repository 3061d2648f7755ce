"""The examples are run as their reader would run them, and do what they say."""
import json
import os
import queue
import shutil
import struct
import subprocess
import sys
import threading
import wave

import pytest

import server
import sound
from api import BUSY, HANGER, JOHN
from phone import PROGRAM
from receiver import Receiver
from tap import Tap

EXAMPLES = os.path.join(server.ROOT, "examples")
BOTS = [pytest.param([sys.executable, os.path.join(EXAMPLES, "ivr.py")], id="python"),
        pytest.param(["node", os.path.join(EXAMPLES, "ivr.mjs")], id="node",
                     marks=pytest.mark.skipif(shutil.which("node") is None, reason="there is no node"))]


class Bot:
    """An example at work: its lines as they come. at: what it takes for the server."""

    def __init__(self, words, at, folder=None, **env):
        env = {"CARILLON_URL": at, **env}
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
                                        env={**os.environ, **env})
        self.lines = []
        self._coming = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self._coming.put(line.rstrip("\n"))
        self._coming.put(None)

    def next_line(self, timeout=15):
        line = self._coming.get(timeout=timeout)
        assert line is not None, "it ended after %r: %s" % (self.lines, self.process.stderr.read())
        self.lines.append(line)
        return line

    def wait_line(self, want, timeout=15):
        while self.next_line(timeout) != want:
            pass

    def end(self, timeout=15):
        """(exit code, standard error), after the last line."""
        code = self.process.wait(timeout)
        self._reader.join(timeout)
        while (line := self._coming.get(timeout=timeout)) is not None:
            self.lines.append(line)
        return code, self.process.stderr.read()

    def close(self):
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()
        self.process.stderr.close()


@pytest.fixture
def start(carillon, bin):
    tap = Tap(carillon.http)
    bin.append(tap)

    def run(words, *more, **env):
        bot = Bot(words + list(more), tap.uri, **env)
        bin.append(bot)
        return bot
    return run


@pytest.mark.parametrize("words", BOTS)
def test_the_menu_follows_the_keys_and_ends_with_nine(api, sip, rtp, start, words):
    r = rtp()
    r.say_tone(300)
    john = sip("john").pick_up(r)
    bot = start(words)
    bot.wait_line("prompt cool: completed")
    r.press("1")
    bot.wait_line("prompt beep: completed")
    r.wait_tone(1000, 0.2)
    r.press("2")
    bot.wait_line("prompt cool: completed")
    r.press("5")
    bot.wait_line("key: tone5")
    r.press("9")
    assert bot.end() == (0, "")
    assert bot.lines == [
        "call: establishing", "call: established, audio active", "prompt cool: completed",
        "key: tone1", "prompt beep: completed", "key: tone2", "prompt cool: completed",
        "key: tone5", "key: tone9", "call: terminating", "call: terminated"]
    assert john.wait_request("BYE")
    assert api.send("GET", "/_/calls").json["value"] == []


@pytest.mark.parametrize("words", BOTS)
def test_a_key_ends_what_is_being_played(sip, rtp, start, words):
    r = rtp()
    r.say_tone(300)
    sip("john").pick_up(r)
    bot = start(words)
    bot.wait_line("call: established, audio active")
    r.wait(lambda p: sound.has_tone(p.pcm(), 8000, 523.25, 0.1), what="first tone of the tune")
    r.press("1")
    bot.wait_line("prompt beep: completed")
    r.press("9")
    assert bot.end() == (0, "")
    assert bot.lines[2:6] == ["key: tone1", "prompt cool: failed", "prompt beep: completed", "key: tone9"]


@pytest.mark.parametrize("words", BOTS)
def test_the_menu_ends_when_the_other_side_hangs_up(sip, rtp, start, words):
    r = rtp()
    r.say_tone(300)
    john = sip("john").pick_up(r)
    bot = start(words, JOHN)
    d = john.wait_dialog()
    bot.wait_line("prompt cool: completed")
    john.bye(d)
    assert bot.end() == (0, "")
    assert bot.lines[-1] == "call: terminated"


@pytest.mark.parametrize("words", BOTS)
def test_the_menu_works_with_a_phone_that_is_none(start, words):
    """A virtual phone that picks up and hangs up, and one that is busy."""
    hanger, busy = start(words, HANGER), start(words, BUSY)
    assert hanger.end() == (0, "")
    assert hanger.lines[:2] == ["call: establishing", "call: established, audio active"]
    assert hanger.lines[-1] == "call: terminated"
    assert busy.end() == (0, "")
    assert busy.lines == ["call: establishing", "call: terminated"]


@pytest.mark.parametrize("words", BOTS)
def test_a_wrong_secret_ends_the_example_at_once(start, words):
    bot = start(words, CARILLON_SECRET="wrong")
    code, said = bot.end()
    assert code != 0 and "401" in said
    assert bot.lines == []


def test_the_node_bot_believes_only_what_the_server_signed(api, sip, start, rtp):
    if shutil.which("node") is None:
        pytest.skip("there is no node")
    sip("john").pick_up(rtp())
    probe = Receiver()
    port = probe.uri.rsplit(":", 1)[1].split("/")[0]
    probe.close()
    bot = start(["node", os.path.join(EXAMPLES, "ivr.mjs")], BOT_PORT=port)
    bot.wait_line("prompt cool: completed")
    forged = {"value": [{"resourceData": {"@odata.type": "#microsoft.graph.call", "state": "terminated"}}]}
    at = type(api)("127.0.0.1:" + port)
    for header in ({}, {"Authorization": "Bearer " + api.token()}, {"Authorization": "Bearer a.b.c"}):
        assert at.send("POST", "/callback", forged, header).status == 202
    call = api.send("GET", "/_/calls").json["value"][0]["id"]
    assert api.delete_call(call).status == 204
    code, said = bot.end()
    assert code == 0
    assert len(said.splitlines()) == 3, said
    assert bot.lines[3:] == ["call: terminating", "call: terminated"]


@pytest.mark.parametrize("name", ["ivr.py", "ivr.mjs"])
def test_an_example_can_be_read_in_one_go(name):
    with open(os.path.join(EXAMPLES, name)) as f:
        lines = f.read().splitlines()
    assert len(lines) < 80
    assert max(map(len, lines)) <= 120


# bots that host their own media

NODE = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")


def hosted(name):
    return [pytest.param([sys.executable, os.path.join(EXAMPLES, name + ".py")], id="python"),
            pytest.param(["node", os.path.join(EXAMPLES, name + ".mjs")], id="node", marks=NODE)]


def listening(bot):
    """The address that it prints, in a call to John: (the call, its inbox)."""
    line = bot.next_line()
    assert line.startswith("listening at net.tcp://"), line
    return {"@odata.type": "#microsoft.graph.appHostedMediaConfig",
            "blob": json.dumps({"mpUri": line.split()[-1], "supportedAudioFormat": "Pcm16K"})}


@pytest.mark.parametrize("words", hosted("echo_bot"))
def test_the_echo_says_what_it_hears(api, sip, rtp, start, words):
    r = rtp()
    sip("john").pick_up(r)
    bot = start(words, BOT_PORT="0")
    call = api.create_call([JOHN], mediaConfig=listening(bot))
    bot.wait_line("start")
    r.say_tone(700)
    r.wait_tone(700)
    r.press("1")
    bot.wait_line("dtmf")
    assert api.delete_call(call).status == 204
    bot.wait_line("stop")


@pytest.mark.parametrize("words", hosted("announce_bot"))
def test_an_announcement_of_30_s_is_cut_short_by_a_key(api, sip, rtp, start, words):
    r = rtp()
    r.say_tone(300, -40)
    sip("john").pick_up(r)
    bot = start(words, BOT_PORT="0")
    call = api.create_call([JOHN], mediaConfig=listening(bot))
    r.wait_tone(255, 0.4)  # the first of its seconds
    r.press("1")
    bot.wait_line("11 s left cleared")
    end = api.inbox().wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 7000)


@pytest.mark.slow
def test_an_announcement_of_30_s_is_said_to_its_end(api, sip, rtp, start):
    r = rtp()
    sip("john").pick_up(r)
    bot = start([sys.executable, os.path.join(EXAMPLES, "announce_bot.py")], BOT_PORT="0")
    call = api.create_call([JOHN], mediaConfig=listening(bot))
    bot.wait_line("0 s left played", timeout=50)
    end = api.inbox().wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 7000)
    loud = [w for w in sound.windows(r.pcm(), 8000) if sound.rms_db(w) > -30]
    assert 0.2 * len(loud) > 28, "%d windows of 200 ms" % len(loud)


@pytest.fixture
def reception(carillon, start, tmp_path):
    """At work in tmp_path, and where the next incoming call is told."""
    bot = start([sys.executable, os.path.join(EXAMPLES, "reception.py")], folder=tmp_path, BOT_PORT="0")
    carillon.webhook.script((302, 0, {"Location": bot.next_line().split()[-1]}))
    return bot


@pytest.mark.skipif(PROGRAM is None, reason="baresip is not installed")
@pytest.mark.carillon(webhook=True)
def test_the_reception_takes_a_message(reception, phone, tmp_path):
    john = phone("john", hz=440)
    john.dial("callingbot")
    john.wait_event("CALL_ESTABLISHED")
    for line in ("call: incoming", "call: establishing", "call: established"):
        reception.wait_line(line)
    john.wait_heard(lambda s, rate: sound.has_tone(s, rate, 523.25, 0.1), what="first tone of the tune")
    john.press("2")
    reception.wait_line("key: tone2")
    heard = len(john.heard()[0])
    john.wait_heard(lambda s, rate: len(s) > heard + 4 * rate, what="four seconds more")
    john.press("#")
    reception.wait_line("message: message.wav")
    reception.wait_line("call: terminated")
    john.wait_event("CALL_CLOSED")
    with wave.open(str(tmp_path / "message.wav")) as w:
        samples = struct.unpack("<%dh" % w.getnframes(), w.readframes(w.getnframes()))
        assert sound.has_tone(samples, w.getframerate(), 440, 1.0)


@pytest.mark.carillon(webhook=True)
def test_the_reception_answers_and_hands_the_caller_on(reception, sip, rtp):
    bot = reception
    bob, ear = sip("bob"), rtp()
    bob.pick_up(ear)
    ear.say_tone(1000)
    john, mine = sip("john"), rtp()
    response, _ = john.invite("callingbot", mine.sdp(), timeout=20)
    assert response.status == 200
    mine.connect(response.body)
    mine.say_tone(600)
    for line in ("call: incoming", "call: establishing", "call: established"):
        bot.wait_line(line)
    mine.wait(lambda p: sound.has_tone(p.pcm(), 8000, 523.25, 0.1), what="first tone of the tune")
    mine.press("1")
    for line in ("key: tone1", "call: transferring", "call: transferAccepted", "call: terminated"):
        bot.wait_line(line)
    mine.wait_tone(1000)
    ear.wait_tone(600)
