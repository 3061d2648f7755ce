"""Media that the application hosts behind TLS: wss, and net.tcp where the operator says that it means wss."""
import ssl
import time

import pytest
import sound

from api import BOB
from media_bot import MediaBot
from server import Server
from test_hosted import tone
from test_oidc import certificate


@pytest.fixture
def cert(tmp_path):
    folder = tmp_path / "bot"
    folder.mkdir()
    return certificate(folder)


@pytest.fixture
def context(cert):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(*cert)
    return c


@pytest.fixture
def is_trusted():
    return True


@pytest.fixture
def carillon(request, tmp_path, cert, is_trusted):
    trust = {"dial_out": {"ca_file": cert[0]}} if is_trusted else {}
    s = Server(tmp_path, config={"media": {"net_tcp": "wss"}, **trust})
    request.node.carillon_server = s
    s.start()
    yield s
    assert s.stop() == 0, s.log()


def call(api, bot, **blob):
    return api.create_call([BOB], callback=api.inbox_uri("tls"), mediaConfig=bot.config(**blob))


@pytest.mark.parametrize("scheme", ["net.tcp", "wss"])
def test_bob_hears_himself_through_a_bot_behind_tls(api, sip, rtp, bin, context, scheme):
    r = rtp()
    sip("bob").pick_up(r)
    bot = MediaBot(echo=True, tls=context)
    bin.append(bot)
    call(api, bot, mpUri=bot.uri.replace("net.tcp", scheme))
    r.say_tone(600)
    r.wait_tone(600)
    assert bot.wait_stream(0).head.startswith("GET /MediaProcessor HTTP/1.1\r\n")


def test_a_burst_is_read_to_its_end_though_tls_holds_some_of_it(api, sip, rtp, bin, context):
    """More than one reading takes, and nothing after it that would wake anybody."""
    def begin(stream):
        for _ in range(18):
            stream.say(tone(1000, 1000))
        stream.tell("mark", id="end")
        stream.tell("status")
    r = rtp()
    sip("bob").pick_up(r)
    bot = MediaBot(begin=begin, tls=context)
    bin.append(bot)
    call(api, bot)
    stream = bot.wait_stream(0)
    assert stream.wait_event("status")["queuedMs"] >= 15000
    assert stream.all("overrun") == []
    r.wait_tone(1000)


@pytest.mark.parametrize("is_trusted", [False])
def test_a_certificate_that_nobody_vouches_for_ends_the_call(carillon, api, bin, context):
    bot = MediaBot(tls=context)
    bin.append(bot)
    end = api.inbox("tls").wait_end(call(api, bot))
    assert (end["code"], end["subcode"]) == (500, 1005)
    assert bot.streams == []
    assert "the certificate or TLS failed" in carillon.log()


def test_a_bot_that_speaks_no_tls_ends_the_call(carillon, api, bin):
    bot = MediaBot()
    bin.append(bot)
    end = api.inbox("tls").wait_end(call(api, bot))
    assert (end["code"], end["subcode"]) == (500, 1005)


def test_a_bot_that_stops_reading_for_a_while_keeps_its_connection(api, sip, rtp, bin, context):
    """What its kernel does not take waits with us, and is sent as it was begun."""
    r = rtp()
    sip("bob").pick_up(r)
    r.say_tone(600)
    bot = MediaBot(begin=lambda stream: time.sleep(2), buffer=4096, tls=context)
    bin.append(bot)
    id = call(api, bot)
    stream = bot.wait_stream(0)
    stream.wait_frames(250, 20)
    shown = api.shown(id)["stream"]
    assert len(bot.streams) == 1, shown
    assert sound.has_tone(stream.pcm(), 16000, 600, 3.0)
