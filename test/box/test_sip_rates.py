"""Phones that ask too often, and who guesses passwords: refused, counted, told to fail2ban, of no harm to others."""
import json
import os
import re
import socket

import pytest
from hostile import Stranger
from server import ROOT, run
from sip_peer import Message, SipPeer
from test_media_threads import gauge
from waiting import wait_until

ELSEWHERE = "127.0.0.2"
ANSWERS = 10  # that an address over its limit gets in a minute (src/sip/limit.h)


class Guesser(SipPeer):
    """It asks once and waits, so that a slow machine makes no tries of its own."""
    t1 = 60


# Two a minute: the next one comes after half a minute, which no test takes.
def limits(**per_minute):
    return pytest.mark.carillon(config={"sip": {k + "_per_minute": v for k, v in per_minute.items()}})


def register(s, i, how="UDP", name="john"):
    return ("REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%d;rport\r\nMax-Forwards: 70\r\n"
            "From: <sip:%s@x>;tag=%d\r\nTo: <sip:%s@x>\r\nCall-ID: r%d\r\nCSeq: 1 REGISTER\r\n"
            "Content-Length: 0\r\n\r\n" % (s.at, how, s.me, i, name, i, name, i))


def refused(carillon):
    return [line for line in carillon.log().splitlines() if "security" in line]


def rules(name):
    """What fail2ban does with a line of the log by this filter: the address that it would ban, or None."""
    with open(os.path.join(ROOT, "contrib/fail2ban", name)) as f:
        text = f.read()

    def rule(key):
        words = re.search(r"^%s *= *(.*)$" % key, text, re.M)[1]
        return re.compile(words.replace("<HOST>", r"(?P<host>[\w.:]+)")) if words else None

    fail, ignore = rule("failregex"), rule("ignoreregex")

    def judge(line):
        found = fail.search(line)
        return None if not found or (ignore and ignore.search(line)) else found["host"]
    return judge


@pytest.fixture
def stranger(carillon, bin):
    s = Stranger(carillon.address("sip"), ELSEWHERE)
    bin.append(s)
    return s


@limits(registers=2)
def test_a_flood_is_told_to_wait_and_then_not_answered_at_all(carillon, api, sip, stranger):
    got = []
    for i in range(22):
        stranger.send(register(stranger, i))
        got.append(stranger.final_status(10 if i < 2 + ANSWERS else 0.05))
    assert got == [401] * 2 + [503] * ANSWERS + [None] * 10
    assert len(refused(carillon)) == ANSWERS  # a flood does not fill the disk
    assert gauge(api, "sip_limited_total") == ANSWERS + 10
    sip("john")  # from another address: 401 and 200
    assert api.send("POST", "/_/clock", {"advanceSeconds": 30}).status == 200
    stranger.send(register(stranger, 99))
    assert stranger.final_status(10) == 401


@limits(failures=2)
def test_a_guesser_waits_and_the_owner_of_the_name_does_not(carillon, api, sip, bin):
    guesser = Guesser(carillon.address("sip"), "john", "wrong", ip=ELSEWHERE)
    bin.append(guesser)
    got = [guesser.register(expect=None).status for _ in range(3)]
    assert got == [401] * 2 + [503]
    guesser.password = "john-dev-secret"
    assert guesser.register(expect=None).status == 503  # a right guess is none
    john = sip("john")
    assert john.register().status == 200
    assert api.send("POST", "/_/clock", {"advanceSeconds": 60}).status == 200
    assert guesser.register(expect=None).status == 200


@limits(failures=2)
def test_behind_one_nat_a_registered_phone_goes_on_beside_a_guesser(carillon, sip, bin, rtp):
    """A new one at that address has to wait, as the guesser does."""
    john = sip("john")
    guesser, bob = Guesser(carillon.address("sip"), "john", "wrong"), SipPeer(carillon.address("sip"), "bob")
    bin += [guesser, bob]
    assert [guesser.register(expect=None).status for _ in range(3)] == [401] * 2 + [503]
    assert john.register().status == 200
    response, dialog = john.invite("echo", rtp().sdp())
    assert response.status == 200
    john.bye(dialog)
    assert bob.register(expect=None).status == 503


@limits(options=2)
def test_each_connection_counts_for_its_address(carillon, sip):
    """By TCP as by UDP, and whatever the ports."""
    at, got = carillon.address("sip"), []
    for i in range(4):
        with socket.create_connection(at, 5, (ELSEWHERE, 0)) as c:
            me = "%s:%d" % c.getsockname()
            c.sendall(("OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP %s;branch=z9hG4bK%d\r\nMax-Forwards: 70\r\n"
                       "From: <sip:x@x>;tag=%d\r\nTo: <sip:x@x>\r\nCall-ID: o%d\r\nCSeq: 1 OPTIONS\r\n"
                       "Content-Length: 0\r\n\r\n" % (me, i, i, i)).encode())
            got.append(Message(c.recv(65536)).status)
    assert got == [200] * 2 + [503] * 2
    assert sip("john").options().status == 200
    assert "request refused from %s: too many a minute\n" % ELSEWHERE in carillon.log()


@pytest.mark.parametrize("form", ["text", "json"])
@limits(registers=20, failures=2)
def test_fail2ban_reads_what_is_certain_and_floods_by_udp_apart(carillon, stranger, bin, form):
    """Who floods by UDP may have forged the address: banning it is a choice, so it has a filter of its own."""
    if form == "json":
        carillon.stop()
        carillon.flags += ["--log", "json"]
        carillon.restart()
        stranger.server = carillon.address("sip")
    guesser = Guesser(carillon.address("sip"), "john", "wrong", ip="127.0.0.3")
    bin.append(guesser)
    for _ in range(3):
        guesser.register(expect=None)
    i, status = 0, 401
    while status == 401:  # as many as it takes
        i += 1
        stranger.send(register(stranger, i))
        status = stranger.final_status(10)
    assert status == 503
    lines = refused(carillon)
    certain, floods = rules("carillon.conf"), rules("carillon-flood.conf")
    assert [certain(line) for line in lines] == ["127.0.0.3"] * 3 + [None], lines
    assert [floods(line) for line in lines] == [None] * 3 + [ELSEWHERE], lines
    assert "john" not in "".join(lines) and "wrong\"" not in "".join(lines)


def test_a_nonce_that_another_address_asked_for_makes_nobody_a_guesser(carillon, api, bin):
    """A guess with a forged source and a nonce of one's own: not tried, not counted, not logged."""
    thief, victim = (SipPeer(carillon.address("sip"), "john", ip=ip) for ip in (ELSEWHERE, "127.0.0.1"))
    bin += [thief, victim]
    uri = "sip:" + thief.host
    headers = ["From: <sip:john@x>;tag=1", "To: <sip:john@x>", "Call-ID: forged"]
    challenge = thief.request("REGISTER", uri, headers + ["CSeq: 1 REGISTER"])
    for password in ("wrong", "john-dev-secret"):
        victim.password = password
        again = victim.request("REGISTER", uri, headers + [
            "CSeq: 2 REGISTER", victim._credentials(challenge, "REGISTER", uri)])
        assert again.status == 401 and "stale=true" in again.get("www-authenticate")
    assert refused(carillon) == [] and gauge(api, "sip_auth_refused_total") == 0


@limits(registers=1000)
def test_a_reload_takes_new_limits(carillon, stranger):
    with open(os.path.join(carillon.folder, "config.yaml"), "w") as f:
        json.dump({"sip": {"registers_per_minute": 3}}, f)
    assert run("reload", "--data", carillon.data)[0] == 0
    assert "needs a restart" not in carillon.log()

    def is_limited():
        stranger.send(register(stranger, 1))
        return stranger.final_status(10) == 503
    wait_until(is_limited, 10, "the new limit")
