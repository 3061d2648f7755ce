"""SIGHUP and `carillon reload`: what changes while calls go on, and what a bad file does."""
import json
import os
import signal

import pytest

from api import JOHN, SILENT
from server import run
from waiting import wait_until

TENANT = "aa67bd4c-8475-432d-bd41-39f255720e0a"
BOT = "2891555a-92ff-42e6-80fa-6e1300c6b5c6"
NEW = "0c0ffee0-0000-4000-8000-0000000000aa"


def config(users, **more):
    phones = [{"id": u, "tenant": TENANT, "name": "U%d" % i, "virtualPhone": {"answerAfterMs": 100, "echo": True}}
              for i, u in enumerate(users)]
    return {"directory": {
        "tenants": [{"id": TENANT, "name": "Contoso"}],
        "applications": [{"id": BOT, "tenant": TENANT, "name": "Calling Bot", "secret": "carillon-dev-secret",
                          "roles": ["Calls.Initiate.All", "Calls.AccessMedia.All"]}],
        "users": phones}, **more}


def write(carillon, c):
    with open(os.path.join(carillon.folder, "config.yaml"), "w") as f:
        f.write(c if isinstance(c, str) else json.dumps(c, indent=1))


def reload(carillon):
    return run("reload", "--data", carillon.data)


@pytest.mark.carillon(config=config([JOHN]))
def test_a_new_user_can_be_called_and_a_live_call_goes_on(carillon, api):
    call = api.create_call()
    api.inbox().wait_active(call)
    write(carillon, config([NEW]))
    code, out, err = reload(carillon)
    assert (code, err) == (0, "") and "directory" in out
    assert api.get_call(call).json["state"] == "established"
    assert [leg["user"] for leg in api.shown(call)["legs"]] == [JOHN]
    other = api.create_call([NEW])
    api.inbox().wait_active(other)
    gone = api.create_call([JOHN])
    wait_until(lambda: api.shown(gone)["state"] == "terminated")
    assert api.shown(gone)["ending"]["code"] == 404
    for _ in range(3):
        assert reload(carillon)[0] == 0
    assert api.delete_call(call).status == 204
    api.inbox().wait_end(call)


@pytest.mark.carillon(config=config([JOHN, SILENT]))
def test_a_bad_file_keeps_everything_and_says_which_line(carillon, api):
    write(carillon, "calls:\n  per_application: 1\nsip:\n  raelm: away\n")
    code, out, err = reload(carillon)
    assert code == 1 and out == "" and "config.yaml:4:" in err and "raelm" in err
    assert "config.yaml:4:" in carillon.log()
    for _ in range(2):  # the limit of the bad file is not taken
        api.create_call()
    bad = config([JOHN])
    bad["directory"]["users"][0]["tenant"] = NEW
    write(carillon, bad)
    assert reload(carillon)[0] == 1
    api.create_call()


@pytest.mark.carillon(config=config([JOHN]))
def test_sighup_takes_limits_and_names_what_needs_a_restart(carillon, api):
    write(carillon, config([JOHN], calls={"per_application": 1}, media={"threads": 2}, sip={"realm": "other"}))
    carillon.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "were read again" in carillon.log())
    assert "media.threads has changed" in carillon.log() and "sip.realm has changed" in carillon.log()
    assert "per_application has changed" not in carillon.log()
    api.create_call()
    assert api.request("POST", "/beta/app/calls", api.call_body()).status == 429


@pytest.mark.carillon(config=config([JOHN]))
def test_a_broken_certificate_keeps_the_directory_too(carillon, api):
    with open(os.path.join(carillon.data, "server.pem"), "w") as f:
        f.write("no certificate\n")
    write(carillon, config([NEW]))
    assert reload(carillon)[0] == 1
    api.create_call()


def test_without_a_server_nothing_is_asked(tmp_path):
    code, _, err = run("reload", "--data", str(tmp_path))
    assert code == 1 and "no server runs" in err


@pytest.mark.carillon(config=config([JOHN]))
def test_a_call_outlives_many_directories(carillon, api):
    assert reload(carillon)[0] == 0
    call = api.create_call()
    api.inbox().wait_active(call)
    for users in ([NEW], [NEW, JOHN], [NEW]):
        write(carillon, config(users))
        assert reload(carillon)[0] == 0
        assert api.send("POST", "/_/clock", {"advanceSeconds": 120}).status < 300
    assert reload(carillon)[0] == 0
    assert [leg["user"] for leg in api.shown(call)["legs"]] == [JOHN]
    assert api.delete_call(call).status == 204
    api.inbox().wait_end(call)
    assert api.send("POST", "/_/clock", {"advanceSeconds": 120}).status < 300
    assert reload(carillon)[0] == 0
    api.inbox().wait_active(api.create_call([NEW]))
