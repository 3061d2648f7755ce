"""Commands beside the server: a new user, a copy of the data."""
import hashlib
import json
import os
import re
import sqlite3
import stat
import subprocess

from api import JOHN, TENANT
from server import PROGRAM, Server, run

NEW = "0c0ffee0-0000-4000-8000-0000000000aa"


def add(*more):
    return run("user", "add", "--name", "mary", "--id", NEW, "--tenant", TENANT, *more)


def line(out):
    return json.loads(re.search(r"^    - (\{.*\})$", out, re.M)[1])


def test_a_new_user_gets_a_password_that_is_not_in_his_lines():
    code, out, err = add("--display", 'Mary "M" Ö')
    password = err.rsplit(": ", 1)[1].strip()
    u = line(out)
    assert code == 0 and len(password) == 20 and password not in out
    assert (u["id"], u["tenant"], u["sip"], u["name"]) == (NEW, TENANT, "mary", 'Mary "M" Ö')
    a1 = ("mary:carillon:" + password).encode()
    assert u["ha1Md5"] == hashlib.md5(a1).hexdigest()
    assert u["ha1Sha256"] == hashlib.sha256(a1).hexdigest()
    assert add()[2] != err


def test_a_password_can_be_brought_and_is_not_shown():
    p = subprocess.run([PROGRAM, "user", "add", "--name", "mary", "--id", "new", "--tenant", TENANT,
                        "--password-stdin"], input="correct horse\n", capture_output=True, text=True, timeout=30)
    assert p.returncode == 0 and "horse" not in p.stdout + p.stderr
    assert line(p.stdout)["ha1Md5"] == hashlib.md5(b"mary:carillon:correct horse").hexdigest()


def test_a_user_who_cannot_be_is_refused():
    for words in (("--name", "john"), ("--id", JOHN), ("--tenant", NEW), ("--id", "x")):
        code, out, err = add(*words)
        assert code != 0 and out == "" and err, words
    assert run("user", "add", "--name", "mary")[0] == 2


def test_a_copy_is_whole_private_and_never_over_another(carillon, api, tmp_path):
    call = api.create_call()
    api.inbox().wait_active(call)
    to = str(tmp_path / "copy.db")
    code, out, err = run("backup", to, "--data", carillon.data)
    assert (code, err) == (0, "") and to in out
    assert stat.S_IMODE(os.stat(to).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(to + ".keys").st_mode) == 0o700
    assert not os.path.exists(to + "-wal")
    keys = os.path.join(carillon.data, "keys")
    assert sorted(os.listdir(to + ".keys")) == sorted(n for n in os.listdir(keys) if n[0] != ".")
    db = sqlite3.connect(to)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert call in "\n".join(db.iterdump())
    db.close()
    size = os.path.getsize(to)
    assert run("backup", to, "--data", carillon.data)[0] == 1
    assert os.path.getsize(to) == size
    carillon.stop()
    assert run("backup", to + "2", "--data", carillon.data)[0] == 0
    carillon.start()


def test_a_copy_of_nothing_is_refused(tmp_path):
    to = str(tmp_path / "copy.db")
    assert run("backup", to, "--data", str(tmp_path))[0] == 1
    assert not os.path.exists(to)
    assert run("backup")[0] == 2
