"""Notices that an endpoint refuses are parked, kept, shown and sent again; calls may share POSTs."""
import io
import time

import pytest

from api import BUSY, CALLING_BOT, JOHN, TENANT
from receiver import Receiver, state_of

CONTENT = {"Content-Type": "application/json"}


class Choosy(Receiver):
    """Answers `status` to every POST that has one of the texts in `refuse` in its body."""

    def __init__(self, api):
        self.refuse, self.status = set(), 500
        super().__init__(api)

    def _take(self, h):
        body = h.rfile.read(int(h.headers.get("Content-Length") or 0))
        h.rfile = io.BytesIO(body)
        if any(text.encode() in body for text in self.refuse):
            with self._changed:
                self._script = [(self.status,)]
        super()._take(h)


def notices(api, state, **more):
    query = "".join("&%s=%s" % pair for pair in more.items())
    a = api.send("GET", "/_/notices?state=%s%s" % (state, query))
    assert a.status == 200, a
    return a.json["value"]


def replay(api, webhook_id):
    return api.send("POST", "/_/notices/%s/replay" % webhook_id, b"{}", CONTENT)


def until(check, timeout=15.0, what="what was awaited"):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        got = check()
        if got:
            return got
        time.sleep(0.05)
    raise AssertionError("no %s in %.0f s" % (what, timeout))


def test_a_redirect_parks_the_notice_and_the_next_says_so(api, receiver):
    receiver.script((302, 0, {"Location": "http://127.0.0.1:1/else"}))
    call = api.create_call([JOHN], receiver.uri)
    receiver.wait_state("established")
    first, second = receiver.posts[:2]
    parked = first.headers["webhook-id"]
    assert first.headers.get("Carillon-Parked") is None
    assert second.headers["Carillon-Parked"] == parked
    row, = notices(api, "parked")
    assert row["webhookId"] == parked and row["call"] == call and row["state"] == "parked"
    assert row["application"] == CALLING_BOT and row["uri"] == receiver.uri
    assert (row["tries"], row["lastStatus"]) == (1, 302)
    assert row["body"] == first.json["value"][0]
    api.delete_call(call)
    receiver.wait_end()
    assert all(p.headers.get("Carillon-Parked") is None for p in receiver.posts[2:])
    assert len(notices(api, "parked")) == 1


def test_a_404_parks_after_its_second_try(api, receiver):
    receiver.script(404, 202, 410, 410)
    api.create_call([BUSY], receiver.uri)
    until(lambda: notices(api, "parked"), 20, "parked notice")
    ids = [p.headers["webhook-id"] for p in receiver.posts]
    assert ids[0] == ids[1] and ids[2] == ids[3] and ids[0] != ids[2]
    row, = notices(api, "parked")
    assert (row["webhookId"], row["tries"], row["lastStatus"]) == (ids[2], 2, 410)


def test_what_is_parked_is_replayed_with_its_id_and_bytes(carillon, api, receiver):
    receiver.script(302)
    call = api.create_call([BUSY], receiver.uri)
    until(lambda: len(receiver.posts) >= 2)
    rows = until(lambda: notices(api, "parked"))
    until(lambda: not notices(api, "owed"))
    carillon.restart()
    api = carillon.api()
    assert api.get_call(call).status == 404
    first = receiver.posts[0]
    seen = len(receiver.posts)
    assert rows[0]["webhookId"] == first.headers["webhook-id"]
    assert replay(api, rows[0]["webhookId"]).status == 202
    receiver.wait_for(lambda r: any(p.headers["webhook-id"] == rows[0]["webhookId"]
                                    for p in r.posts[seen:]), 10, "replay")
    again = receiver.posts[-1]
    assert again.body == first.body
    assert again.headers["webhook-id"] == first.headers["webhook-id"]
    assert again.headers["X-Microsoft-Skype-Chain-ID"] == first.headers["X-Microsoft-Skype-Chain-ID"]
    receiver.api = api
    receiver.claims(again)
    until(lambda: rows[0]["webhookId"] not in [r["webhookId"] for r in notices(api, "parked")])
    until(lambda: rows[0]["webhookId"] not in [r["webhookId"] for r in notices(api, "owed")])
    assert replay(api, rows[0]["webhookId"]).status == 404


def test_what_is_owed_is_not_replayed(api, receiver):
    receiver.script(*[503] * 20)
    api.create_call([BUSY], receiver.uri)
    row = until(lambda: [r for r in notices(api, "owed") if r["tries"] > 0])[0]
    assert row["lastStatus"] == 503
    assert replay(api, row["webhookId"]).status == 409
    assert replay(api, "6f1d0a52-3c44-4b55-9c0e-7a1f5f0c1eff").status == 404
    assert replay(api, "nonsense").status == 404


def test_an_endpoint_that_is_down_parks_nothing(api, bin):
    down = Choosy(api)
    bin.append(down)
    down.refuse.add("commsNotification")
    api.create_call([JOHN], down.uri)
    for tries in range(1, 7):
        until(lambda: [r for r in notices(api, "owed") if r["tries"] >= tries], 10, "another try")
        api.advance(61)
    assert not notices(api, "parked")
    assert len({p.headers["webhook-id"] for p in down.posts}) == 1
    down.refuse.clear()
    api.advance(61)
    down.wait_state("established", timeout=20)
    assert [state_of(n) for n in down.notices(only_accepted=True)][0] == "establishing"


def test_what_breaks_the_endpoint_alone_is_parked_after_30_s(api, bin):
    choosy = Choosy(api)
    bin.append(choosy)
    bad = api.create_call([JOHN], choosy.uri)
    choosy.wait_state("established")
    choosy.refuse.add(bad)
    api.delete_call(bad)
    choosy.wait_for(lambda r: any(p.status == 500 for p in r.posts), 10, "refusal")
    api.create_call([BUSY], choosy.uri)
    choosy.wait_for(lambda r: any(n["changeType"] == "deleted" for n in r.notices(True)), 10, "end")
    assert not notices(api, "parked")
    api.advance(40)
    row = until(lambda: notices(api, "parked"), 20, "parked notice")[0]
    assert row["call"] == bad and row["lastStatus"] == 500


def test_what_is_given_up_is_kept_for_seven_days(api, receiver):
    receiver.script(*[(503, 0, {"Retry-After": "3600"})] * 40)
    call = api.create_call([BUSY], receiver.uri)
    receiver.wait_for(lambda r: r.posts)
    until(lambda: api.get_call(call).status == 404)
    for _ in range(3):
        time.sleep(0.3)
        api.advance(9 * 3600)
    rows = until(lambda: notices(api, "dead"), 10, "dead notice")
    until(lambda: not notices(api, "owed"))
    with receiver._changed:
        receiver._script.clear()
    seen = len(receiver.posts)
    assert replay(api, rows[0]["webhookId"]).status == 202
    receiver.wait_for(lambda r: len(r.posts) > seen, 10, "replay")
    assert receiver.posts[seen].headers["webhook-id"] == rows[0]["webhookId"]
    api.advance(6 * 24 * 3600)
    time.sleep(1)
    assert len(notices(api, "dead")) >= 1
    api.advance(25 * 3600)
    until(lambda: not notices(api, "dead"), 15, "pruning")


def test_the_answer_is_kept_without_secrets(api, receiver):
    class Chatty(Receiver):
        def _take(self, h):
            body = h.rfile.read(int(h.headers.get("Content-Length") or 0))
            assert body
            said = ("no: " + h.headers["Authorization"] + " whsec_c2VjcmV0 " + "x " * 200).encode()
            h.send_response(301)
            h.send_header("Content-Length", str(len(said)))
            h.end_headers()
            h.wfile.write(said)

    chatty = Chatty(api)
    try:
        api.create_call([BUSY], chatty.uri)
        row = until(lambda: notices(api, "parked"))[0]
    finally:
        chatty.close()
    assert row["answer"].startswith("no: Bearer *** *** x x")
    assert len(row["answer"]) == 200


def test_the_list_has_pages_and_refuses_nonsense(api, receiver):
    receiver.script(302, 302, 302)
    api.create_call([BUSY], receiver.uri)
    rows = until(lambda: (lambda v: v if len(v) >= 2 else None)(notices(api, "parked")))
    assert [r["number"] for r in rows] == sorted(r["number"] for r in rows)
    assert notices(api, "parked", after=rows[0]["number"])[0] == rows[1]
    assert api.send("GET", "/_/notices?state=lost").status == 400
    assert api.send("GET", "/_/notices?after=x").status == 400


BATCH = {"directory": {
    "tenants": [{"id": TENANT, "name": "Contoso", "guests": "lobby"}],
    "applications": [{"id": CALLING_BOT, "tenant": TENANT, "name": "Calling Bot", "batch": True,
                      "secret": "carillon-dev-secret", "roles": ["Calls.Initiate.All"]}],
    "users": [{"id": BUSY, "tenant": TENANT, "name": "Busy", "virtualPhone": {"refuseWith": 486}}],
    "meetings": []}}


@pytest.mark.carillon(config=BATCH)
def test_calls_of_an_application_that_batches_share_posts(api, receiver):
    receiver.script((202, 2))
    calls = [api.create_call([BUSY], receiver.uri) for _ in range(5)]
    receiver.wait_for(lambda r: sum(n["changeType"] == "deleted" for n in r.notices()) == 5, 15, "ends")
    assert receiver.most_open == 1
    shared = [p for p in receiver.posts
              if len({n["resource"] for n in p.json["value"]}) > 1]
    assert shared, "no POST has two calls"
    assert all(p.headers.get("X-Microsoft-Skype-Chain-ID") is None for p in receiver.posts)
    assert all(p.headers.get("Scenario-Id") is None for p in receiver.posts)
    for call in calls:
        states = [state_of(n) for n in receiver.notices() if call in n["resource"]]
        assert states[0] == "establishing" and states[-1] == "terminated"


@pytest.mark.carillon(config=BATCH)
def test_a_shared_post_is_the_same_after_a_crash(carillon, api, receiver):
    receiver.script((202, 1), *[503] * 30)
    for _ in range(4):
        api.create_call([BUSY], receiver.uri)
    first = receiver.wait_for(lambda r: next((p for p in r.posts if len(
        {n["resource"] for n in p.json["value"]}) > 1), None), 15, "shared POST")
    carillon.kill()
    with receiver._changed:
        receiver._script.clear()
    seen = len(receiver.posts)
    carillon.restart()
    again = receiver.wait_for(lambda r: next(
        (p for p in r.posts[seen:] if p.headers["webhook-id"] == first.headers["webhook-id"]),
        None), 15, "the POST of before")
    assert again.body == first.body
