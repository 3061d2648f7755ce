"""sipp, a SIP implementation that is not ours, as phones that refuse, answer, repeat, hold and call.

Each scenario is one call in sipp/*.xml; sipp itself checks what it gets and ends with 0. Sound
comes from an RTP end whose port stands in sipp's description.
"""
import os
import shutil
import socket
import subprocess

import pytest

from api import JOHN
from waiting import wait_until

SIPP = shutil.which("sipp")
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sipp")

pytestmark = pytest.mark.skipif(SIPP is None, reason="sipp is not installed (Debian: sip-tester)")


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def is_bound(port):
    """Does somebody have this UDP port? (Without a packet that sipp would count.)"""
    with open("/proc/net/udp") as f:
        return any(line.split()[1].endswith(":%04X" % port) for line in f.readlines()[1:])


class Sipp:
    """One phone at one port; each run is one scenario with one call."""

    def __init__(self, server, folder, user):
        self.server, self.folder, self.user = server, str(folder), user
        self.port = free_port()
        self.process = None
        self.said = os.path.join(self.folder, "sipp-%d" % self.port)

    def start(self, scenario, uri="", password=None, **keys):
        """uri: what it asks for, as it stands in its digest. keys: the file's [words] that sipp
        does not know; a status must stand there before it reads the file."""
        with open(os.path.join(HERE, scenario + ".xml")) as f:
            text = f.read()
        for name, value in {"user": self.user, **keys}.items():
            text = text.replace("[%s]" % name, str(value))
        with open(self.said + ".xml", "w") as f:
            f.write(text)
        words = [SIPP, "%s:%d" % self.server, "-sf", self.said + ".xml",
                 "-i", "127.0.0.1", "-p", str(self.port), "-m", "1", "-timeout", "20",
                 "-timeout_error", "-nostdin", "-trace_err", "-error_file", self.said + ".errors",
                 "-au", self.user, "-ap", password or self.user + "-dev-secret",
                 "-auth_uri", uri + "%s:%d" % self.server]
        self.process = subprocess.Popen(words, stdout=open(self.said + ".out", "ab"),
                                        stderr=subprocess.STDOUT, cwd=self.folder,
                                        env={**os.environ, "TERM": "dumb"})
        return self

    def answer(self, scenario, **keys):
        """Starts what waits to be called."""
        self.start(scenario, **keys)
        wait_until(lambda: is_bound(self.port), 5, "sipp's port")
        return self

    def wait(self):
        """Its end: every message came as the scenario says."""
        code = self.process.wait(30)
        if code != 0:
            text = ""
            for end in (".errors", ".out"):
                if os.path.exists(self.said + end):
                    with open(self.said + end, errors="replace") as f:
                        text += f.read()[-3000:]
            raise AssertionError("sipp ended with %d:\n%s" % (code, text))

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def sipp(carillon, tmp_path, bin):
    """Makes phones: sipp("john"), registered unless told otherwise."""
    def make(user="john", register=True):
        s = Sipp(carillon.address("sip"), tmp_path, user)
        bin.append(s)
        if register:
            s.start("registers").wait()
        return s
    return make


@pytest.mark.parametrize("status, want", [
    ("486 Busy Here", (486, 8539)), ("603 Decline", (603, 8538)),
    ("480 Temporarily Unavailable", (480, 8541)), ("404 Not Found", (404, 8543)),
], ids=lambda v: v[:3] if isinstance(v, str) else None)
def test_sipp_rings_and_refuses(api, sipp, status, want):
    john = sipp().answer("refuses", refusal=status)
    call = api.create_call([JOHN])
    end = api.inbox().wait_end(call)
    assert (end["code"], end["subcode"]) == want
    john.wait()  # it got its ACK


def test_sipp_is_cancelled_while_it_rings(api, sipp):
    john = sipp().answer("is_cancelled")
    call = api.create_call([JOHN], ringingTimeoutInSeconds=1)
    end = api.inbox().wait_end(call)
    assert (end["code"], end["subcode"]) == (408, 10057)
    john.wait()


def test_sipp_answers_hears_a_tone_and_is_hung_up_on(api, sipp, rtp):
    r = rtp()
    john = sipp().answer("answers", rtp=r.port)
    call = api.create_call([JOHN])
    inbox = api.inbox()
    inbox.wait_active(call)
    r.wait_packets(25)
    assert api.delete_call(call).status == 204
    john.wait()
    assert inbox.wait_end(call)["subcode"] == 7000
    r.wait(lambda p: p.got_bye(), 5, "RTCP BYE")


def test_sipp_answers_and_hangs_up(api, sipp, rtp):
    john = sipp().answer("hangs_up", rtp=rtp().port)
    call = api.create_call([JOHN])
    end = api.inbox().wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 4521)
    john.wait()


@pytest.mark.parametrize("scenario", ["calls", "calls_late", "holds"])
def test_sipp_calls_the_echo_and_hears_itself(carillon, sipp, rtp, scenario):
    """With an early offer, with a late one, and after a hold."""
    r = rtp()
    r.say_tone(600)
    john = sipp(register=False).start(scenario, "echo@", rtp=r.port)
    r.wait_packets(1)
    r.to = r.received[0].source
    r.wait_tone(600, 0.5)
    john.wait()


def test_sipp_offers_a_codec_that_nobody_has(carillon, sipp, rtp):
    sipp(register=False).start("offers_unknown", "echo@", rtp=rtp().port).wait()


def test_sipp_with_a_wrong_password_is_not_let_in(carillon, sipp):
    john = sipp(register=False).start("registers", password="guess")
    with pytest.raises(AssertionError, match="401"):
        john.wait()
