"""Fixtures: each test gets a fresh server, and phones and receivers that are cleaned up after it.

@pytest.mark.carillon(flags=[...], env={...}, config={...}) changes how the server is started.
The log of a server is shown only when its test fails.
"""
import http.server
import os
import sys
import threading

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import seen  # noqa: E402
import sound  # noqa: E402
from phone import Phone  # noqa: E402
from receiver import Receiver  # noqa: E402
from rtp_peer import RtpPeer  # noqa: E402
from server import PROGRAM, Server  # noqa: E402
from sip_peer import SipPeer  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "carillon(flags, env, config, webhook): how the server is started")
    config.addinivalue_line("markers", "echoed((type, property), ...): what the test makes up in an open type")
    config.addinivalue_line("markers", "slow: waits for a real time-out of half a minute")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    server = getattr(item, "carillon_server", None)
    if report.failed and server is not None:
        report.sections.append(("carillon's log", server.log()[-20000:]))


@pytest.fixture(autouse=True)
def all_seen(request):
    """Every answer and every notice that a test sees is of the published types (seen.py). The first fixture that is set
    up, so that what comes while the others end counts too."""
    mark = request.node.get_closest_marker("echoed")
    seen.begin(mark.args if mark else ())
    yield
    wrong = seen.end()
    if wrong:
        pytest.fail("%d times not as published:\n%s" % (len(wrong), "\n\n".join(wrong[:5])), pytrace=False)


@pytest.fixture
def carillon(request, tmp_path):
    """A fresh server; it must end with exit code 0. With the mark's webhook=True calls that come to the Calling Bot are
    told to carillon.webhook, a Receiver."""
    if not os.access(PROGRAM, os.X_OK):
        pytest.fail("there is no program %s (build it, or set CARILLON)" % PROGRAM)
    mark = request.node.get_closest_marker("carillon")
    wanted = dict(mark.kwargs) if mark else {}
    webhook = Receiver() if wanted.pop("webhook", False) else None
    if webhook is not None:
        wanted["flags"] = [*wanted.get("flags", ()), "--calling-webhook", webhook.uri]
    s = Server(tmp_path, **wanted)
    s.webhook = webhook
    request.node.carillon_server = s
    try:
        s.start()
        yield s
        died = s.process is not None and not s.alive()
    except BaseException:
        s.stop()
        raise
    code = s.stop()
    if webhook is not None:
        webhook.close()
    assert not died, "the server ended by itself with %s" % code
    assert code == 0, "the server's exit: %s" % code


@pytest.fixture
def api(carillon):
    return carillon.api()


@pytest.fixture
def bin(request):
    """Things to close after the test, newest first."""
    things = []
    yield things
    for t in reversed(things):
        t.close()


@pytest.fixture
def receiver(carillon, bin):
    r = Receiver(carillon.api())
    bin.append(r)
    return r


@pytest.fixture
def phone(carillon, tmp_path, bin):
    """Makes real phones: phone("john", answer="auto", hz=440)."""
    def make(user="john", **more):
        p = Phone(carillon, tmp_path / ("phone-%s-%d" % (user, len(bin))), user, **more)
        bin.append(p)
        return p.start()
    return make


@pytest.fixture
def sip(carillon, bin):
    """Makes scripted phones: sip("john"), registered unless told otherwise."""
    def make(user="john", register=True, **more):
        p = SipPeer(carillon.address("sip"), user, **more)
        bin.append(p)
        if register:
            p.register()
        return p
    return make


@pytest.fixture
def rtp(bin):
    """Makes RTP ends."""
    def make(**more):
        p = RtpPeer(**more)
        bin.append(p)
        return p
    return make


@pytest.fixture
def echo(carillon, sip, rtp):
    """A call that goes on while bad things happen; still_fine() says whether it felt anything."""
    class Call:
        def __init__(self):
            self.john, self.rtp = sip("john"), rtp()
            self.rtp.say_tone(600)
            response, self.dialog = self.john.invite("echo", self.rtp.sdp())
            assert response.status == 200, response.first
            self.rtp.connect(response.body)
            self.rtp.wait_tone(600)
            self.ssrc = self.rtp.received[-1].ssrc

        def hears_itself(self, since=None):
            """For a second more; since: a number of samples from which on it always has."""
            n = len(self.rtp.pcm())
            self.rtp.wait(lambda p: len(p.pcm()) >= n + 8000, 10, "one more second")
            assert sound.has_tone(self.rtp.pcm()[n:], 8000, 600, 0.8)
            if since is not None:
                found = [db >= -30 for db in sound.levels(self.rtp.pcm()[since:], 8000, 600)]
                assert sum(found) >= 0.8 * len(found), "%d of %d" % (sum(found), len(found))

        def still_fine(self, since=None):
            self.hears_itself(since)
            assert {p.ssrc for p in self.rtp.received} == {self.ssrc}
            assert not self.dialog.ended.is_set()
            assert self.john.bye(self.dialog).status == 200
    return Call()


@pytest.fixture
def web(bin, tmp_path):
    """Serves tmp_path/web on loopback; returns (folder, address)."""
    folder = tmp_path / "web"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()

    class Closer:
        def close(self):
            server.shutdown()
            server.server_close()
            thread.join()
    bin.append(Closer())
    return folder, "http://127.0.0.1:%d" % server.server_address[1]
