"""The corners of a call's life: what happens when two things happen at once, or one thing fails."""
import http.client
import http.server
import json
import os
import re
import socket
import sqlite3
import threading
import time

import pytest

from api import JOHN, PICKER
from receiver import state_of
from server import run
from waiting import wait_until


def metric(api, name):
    found = re.search(r"(?m)^carillon_%s (-?\d+)$" % name, api.send("GET", "/metrics").body.decode())
    return int(found.group(1))


def no_port_is_left(api):
    wait_until(lambda: metric(api, "media_ports") == 0, 5, "the last port to go")
    assert metric(api, "calls_live") == 0
    assert api.send("GET", "/_/conversations").json["value"] == []


class Prompts:
    """A server of prompts that answers nothing until it is told to."""

    def __init__(self):
        self.go = threading.Event()
        self.asked = threading.Event()
        mine = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                mine.asked.set()
                mine.go.wait(20)
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def uri(self):
        return "http://127.0.0.1:%d/slow.wav" % self.server.server_address[1]

    def close(self):
        self.go.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def prompts(carillon, bin):
    p = Prompts()
    bin.append(p)
    return p


@pytest.mark.carillon(flags=["--rtp-ports", "41870-41871"])
def test_a_call_that_finds_no_port_for_any_phone_ends_once(api, sip, rtp):
    """The first call has the only pair of ports; the second has two phones to ring."""
    john = sip("john").pick_up(rtp())
    sip("john").pick_up(rtp())
    echo = sip("bob")
    response, d = echo.invite("echo", rtp().sdp())
    assert response.status == 200
    call = api.create_call([JOHN])
    end = api.inbox().wait_end(call)
    assert (end["code"], end["subcode"]) == (503, 8544)
    assert not [m for m in john.received if m.method == "INVITE"]
    assert len([n for n in api.inbox().notices() if state_of(n) == "terminated"]) <= 1
    echo.bye(d)
    no_port_is_left(api)


@pytest.mark.carillon(flags=["--rtp-ports", "41874-41875"])
def test_one_port_is_enough_for_one_of_two_phones(api, sip, rtp):
    phones = [sip("john").pick_up(rtp()), sip("john").pick_up(rtp())]
    call = api.create_call([JOHN])
    api.inbox().wait_active(call)
    assert len([p for p in phones if p.dialogs]) == 1
    assert api.delete_call(call).status == 204
    api.inbox().wait_end(call)
    no_port_is_left(api)


def test_recovered_calls_are_counted_as_ended_not_below_zero(carillon, api, receiver):
    call = api.create_call([PICKER], receiver.uri)
    receiver.wait_state("established")
    carillon.kill()
    carillon.restart()
    assert receiver.wait_end()["subcode"] == 9001
    assert metric(carillon.api(), "calls_live") == 0
    assert call


def test_a_crash_in_each_phase_ends_each_call_once(carillon, api, receiver, sip, rtp):
    sip("john").ring_only()
    ringing = api.create_call([JOHN], receiver.uri)
    held = api.create_call([PICKER], receiver.uri)
    receiver.wait_state("established")
    carillon.kill()
    carillon.restart()
    for call in (ringing, held):
        receiver.wait_for(lambda r, call=call: [n for n in r.notices() if call in n["resource"] and
                                                state_of(n) == "terminated"], 10, "its end")
    carillon.kill()
    carillon.restart()
    again = carillon.api().create_call([PICKER], receiver.uri)
    receiver.wait_for(lambda r: [n for n in r.notices() if again in n["resource"] and
                                 state_of(n) == "established"], 10, "a new call")
    for call in (ringing, held):
        ends = [n for n in receiver.notices() if call in n["resource"] and
                state_of(n) == "terminated"]
        assert len(ends) == 1
        assert ends[0]["resourceData"]["resultInfo"]["subcode"] == 9001


def test_a_prompt_that_is_still_fetched_does_not_hold_the_end_of_its_call(api, prompts):
    call = api.create_call([PICKER])
    api.inbox().wait_active(call)
    operation = api.play(call, prompts.uri)["id"]
    assert prompts.asked.wait(5)
    assert api.delete_call(call).status == 204
    inbox = api.inbox()
    assert inbox.wait_operation(operation)["resultInfo"]["subcode"] == 8508
    assert inbox.wait_end(call)["subcode"] == 7000
    no_port_is_left(api)
    prompts.go.set()


def test_a_cancelled_fetch_keeps_its_result_and_the_next_one_has_its_turn(api, prompts):
    call = api.create_call([PICKER])
    inbox = api.inbox()
    inbox.wait_active(call)
    first = api.play(call, prompts.uri)["id"]
    assert prompts.asked.wait(5)
    assert api.act(call, "cancelMediaProcessing").status == 202
    assert inbox.wait_operation(first)["resultInfo"]["subcode"] == 8508
    second = api.play(call, "https://cdn.contoso.com/beep.wav")["id"]
    assert inbox.wait_operation(second)["status"] == "completed"
    prompts.go.set()
    third = api.play(call, prompts.uri)["id"]
    assert inbox.wait_operation(third)["resultInfo"]["subcode"] == 8536
    a = api.request("GET", "/beta/app/calls/%s/operations/%s" % (call, first))
    assert a.json["resultInfo"]["subcode"] == 8508


def test_the_server_stops_in_time_while_a_prompt_and_a_callback_hang(carillon, api, receiver,
                                                                     prompts, sip, rtp):
    sip("john").pick_up(rtp())
    call = api.create_call([JOHN], receiver.uri)
    receiver.wait_state("established")
    api.play(call, prompts.uri)
    assert prompts.asked.wait(5)
    receiver.script((202, 30), (202, 30))
    begun = time.monotonic()
    assert carillon.stop() == 0
    assert time.monotonic() - begun < 10


def test_the_server_stops_while_somebody_waits_at_the_inbox(carillon, api):
    api.token()
    waiting = threading.Thread(target=lambda: swallow(
        lambda: api.send("GET", "/_/inbox/nobody?wait=30")), daemon=True)
    waiting.start()
    time.sleep(0.3)
    assert carillon.stop() == 0


def swallow(f):
    try:
        f()
    except OSError:
        pass
    except http.client.HTTPException:
        pass


@pytest.mark.parametrize("how", ["phone", "reset", "stop"])
def test_an_echo_call_leaves_nothing_behind(carillon, api, sip, rtp, how):
    john = sip("john")
    response, d = john.invite("echo", rtp().sdp())
    assert response.status == 200
    if how == "phone":
        john.bye(d)
    elif how == "reset":
        assert api.send("POST", "/_/reset", {}).status == 204
        assert d.ended.wait(5)
    else:
        assert carillon.stop() == 0
        assert d.ended.wait(2)
        return
    no_port_is_left(api)


def test_a_phone_that_takes_up_a_held_call_without_an_offer_is_heard_again(api, sip, rtp):
    """RFC 3264 section 8: its answer to our offer says the direction."""
    john, r = sip("john"), rtp()
    john.pick_up(r)
    call = api.create_call([JOHN])
    inbox = api.inbox()
    inbox.wait_active(call)
    d = john.wait_dialog()
    assert john.reinvite(d, r.sdp("sendonly")).status == 200
    inbox.wait_for(lambda n: (n["resourceData"].get("mediaState") or {}).get("audio") == "inactive",
                   5, "hold")
    before = len(inbox.notices())
    answer = john.ask(d, "INVITE")
    assert answer.status == 200 and "m=audio" in answer.body
    john._ack(d, d.cseq, r.sdp())
    wait_until(lambda: inbox.more(1) and len(inbox.notices()) > before, 5, "resume")
    assert inbox.notices()[-1]["resourceData"]["mediaState"]["audio"] == "active"


def test_a_client_that_vanishes_before_the_201_still_hears_by_callback(carillon, api, receiver):
    body = json.dumps(api.call_body([PICKER], receiver.uri)).encode()
    token = api.token()
    with socket.create_connection(carillon.address("http")) as s:
        s.sendall(b"POST /beta/app/calls HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
                  token.encode() + b"\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                  % len(body) + body)
    receiver.wait_state("established")


def test_phones_that_answer_at_the_same_time_leave_one_in_the_call(api, sip, rtp):
    phones = [sip("john").pick_up(rtp()) for _ in range(3)]
    for _ in range(5):
        call = api.create_call([JOHN])
        inbox = api.inbox()
        inbox.wait_active(call)
        wait_until(lambda: sum(1 for p in phones for d in p.dialogs.values()
                               if d.acked.is_set() and not d.ended.is_set()) == 1, 5, "one winner")
        assert api.delete_call(call).status == 204
        assert inbox.wait_end(call)["subcode"] == 7000
        wait_until(lambda: all(d.ended.is_set() for p in phones for d in p.dialogs.values()), 5,
                   "every phone's end")
        for p in phones:
            p.dialogs.clear()
    no_port_is_left(api)


def test_a_scenario_id_that_no_header_could_carry_is_left_out(api, receiver):
    long = "x" * 4000
    call = api.create_call([PICKER], receiver.uri, headers={"scenario-id": long})
    receiver.wait_state("established")
    assert call
    assert all(len(p.headers.get("Scenario-Id", "")) <= 200 for p in receiver.posts)


def test_our_own_verbs_refuse_forms_whatever_the_inbox_is_called(api):
    a = api.send("POST", "/_/inbox/oauth2/", "a=b",
                 {"Content-Type": "application/x-www-form-urlencoded"})
    assert a.status == 415, a


@pytest.mark.parametrize("host,status", [
    ("localhost:1", 200), ("127.0.0.1", 200), ("[::1]:80", 200), ("evil.example", 403),
    ("127.0.0.1.evil.example", 403), ("localhost.evil.example", 403), ("localhost@evil", 403),
    ("0.0.0.0", 403), ("[::]", 403), ("2130706433", 403), ("127.1", 403)])
def test_only_loopback_names_reach_our_own_verbs(api, host, status):
    a = api.send("GET", "/_/calls", headers={"Host": host})
    assert a.status in ((200,) if status == 200 else (400, 403)), a


def test_an_absolute_target_counts_as_the_host(carillon):
    with socket.create_connection(carillon.address("http")) as s:
        s.sendall(b"GET http://evil.example/_/calls HTTP/1.1\r\nHost: localhost\r\n"
                  b"Connection: close\r\n\r\n")
        assert s.recv(4096).split()[1] in (b"400", b"403")


def test_a_stop_in_the_middle_of_a_burst_leaves_nothing(carillon, api):
    api.token()
    calls = [api.create_call([PICKER], api.inbox_uri("burst")) for _ in range(20)]
    for call in calls[::2]:
        api.send("GET", "/_/calls/" + call)
    assert carillon.stop() == 0


PRODUCTION = {
    "profile": "production",
    "server": {"public_url": "https://calls.example.org", "operator_token": "a-long-token-of-ours"},
    "directory": {
        "tenants": [{"id": "aa67bd4c-8475-432d-bd41-39f255720e0a", "name": "Contoso"}],
        "users": [{"id": JOHN, "tenant": "aa67bd4c-8475-432d-bd41-39f255720e0a", "name": "John",
                   "sip": "john", "password": "john-dev-secret"}]}}


@pytest.mark.parametrize("password,good", [("john-dev-secret", False), ("correct horse", True)])
def test_production_wants_secrets_of_its_own(tmp_path, password, good):
    PRODUCTION["directory"]["users"][0]["password"] = password
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps(PRODUCTION, indent=1))
    code, out, err = run("config", "check", "--config", str(path), "--data", str(tmp_path / "d"))
    assert (code == 0) == good, out + err
    assert good or "dev profile" in out + err


@pytest.mark.parametrize("flag,value", [("--log-level", "verbose"), ("--log", "xml")])
def test_a_word_that_is_not_known_is_an_error(flag, value):
    code, _, err = run("config", "check", flag, value)
    assert code == 2 and value in err, err


@pytest.mark.slow
def test_a_call_that_ends_while_the_disk_refuses_does_not_end_again_after_a_restart(
        carillon, api, receiver):
    call = api.create_call([PICKER], receiver.uri)
    receiver.wait_state("established")
    disk = sqlite3.connect(os.path.join(carillon.data, "carillon.db"), isolation_level=None)
    disk.execute("BEGIN IMMEDIATE")  # nothing of the server's can be written now
    try:
        api.request("POST", "/beta/app/calls", api.call_body([PICKER]))
        wait_until(lambda: api.send("GET", "/readyz").status == 503, 20, "not ready")
        assert api.delete_call(call).status == 204
        assert receiver.wait_end()["subcode"] == 7000
        wait_until(lambda: metric(api, "notices_owed") == 0, 5, "all told")
        refused = metric(api, "store_errors_total")
        wait_until(lambda: metric(api, "store_errors_total") > refused, 30, "another refusal")
    finally:
        disk.execute("ROLLBACK")
        disk.close()
    wait_until(lambda: api.send("GET", "/readyz").status == 200, 20, "ready")
    wait_until(lambda: metric(api, "notices_owed") == 0, 5, "all told")
    again = api.create_call([PICKER], receiver.uri)
    wait_until(lambda: api.get_call(again).json["state"] == "established", 5, "another call")
    carillon.kill()
    carillon.restart()
    receiver.wait_for(lambda r: [n for n in r.notices() if again in n["resource"] and
                                 state_of(n) == "terminated"], 10, "the end of the other")
    wait_until(lambda: metric(carillon.api(), "notices_owed") == 0, 10, "all told")
    ends = [n for n in receiver.notices() if call in n["resource"] and state_of(n) == "terminated"]
    assert len(ends) == 1
