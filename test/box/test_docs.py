"""The documents say what the program says of itself."""
import json
import os
import re

from server import ROOT, run


def read(name):
    return open(os.path.join(ROOT, name), encoding="utf-8").read()


def test_the_page_of_states_is_what_the_tables_say():
    assert run("--dump-states")[1] == read("docs/states.md")


def test_every_route_is_in_the_api_page():
    block = re.search(r"<!-- routes -->\n(.*?)<!-- /routes -->", read("docs/api.md"), re.S)
    assert block, "docs/api.md has no table of routes"
    assert block[1] == run("--dump-coverage")[1]
    for line in run("--dump-routes")[1].splitlines():
        route, who, built = line.split(" | ")
        row = next(r for r in block[1].splitlines() if r.startswith("| `%s` | %s |" % (route, who)))
        assert ("**501**" in row) == (built == "501"), row


def test_help_names_every_command_and_exits_well():
    code, out, _ = run("--help")
    assert code == 0
    for word in ("serve", "token", "ca", "config", "doctor"):
        assert re.search(r"^  %s\b" % word, out, re.M)
        assert run(word, "--help")[0] == 0


def test_an_unknown_word_or_flag_is_an_error_that_names_it():
    assert "'dance'" in run("dance")[2]
    code, _, err = run("serve", "--dance", "x")
    assert code == 2 and "--dance" in err


def test_an_unknown_key_of_the_configuration_is_named_with_its_line(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("sip:\n  realm: home\n  raelm: away\n")
    code, _, err = run("config", "check", "--config", str(path))
    assert code != 0 and "%s:3:" % path in err and "raelm" in err


HOSTILE_YAML = [  # a file, and what is said of it
    ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "anchors"),  # what would double with each line
    ("sip: *x\n", "alias"),
    ("sip: &x {realm: a}\n", "anchors"),
    ("sip: !!python/object:os.system [x]\n", "tags"),
    ("!<tag:yaml.org,2002:map> {sip: {}}\n", "tags"),
    ("sip: {<<: {realm: a}}\n", "'sip.<<'"),
    ("sip: {realm: a}\n---\nsip: {realm: b}\n", "document"),
    ("sip: {realm: a, realm: b}\n", "twice"),
    ("sip: {realm: \"a\\0b\"}\n", "zero byte"),
    ("sip: {realm: [a]}\n", "'sip.realm' must be a string"),
    ("sip: a\n", "'sip' must be"),
    ("- sip\n", "object"),
    ("sip:\n\trealm: a\n", "line 2"),
    ("media: {threads: 1e3}\n", "'media.threads'"),
    ("media: {threads: 99999999999999999999}\n", "'media.threads'"),
    ("media: {threads: 0x7fffffffffffffff}\n", "'media.threads'"),
    ("[" * 500000, "too deep"),
    ("- " * 250000, "too deep"),
    ("{a: " * 200000, "too deep"),
    ("? " * 250000, "a key must be a text"),
    ("sip: {realm: '" + "x" * 1040000 + "\n", "line"),
    ("x: " + "y" * (1 << 20), "1 MiB"),
    ("".join("k%d: 1\n" % i for i in range(80000)), "'k"),
]


def test_a_hostile_file_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "c.yaml"
    for text, words in HOSTILE_YAML:
        path.write_text(text)
        code, out, err = run("config", "check", "--config", str(path))
        assert code == 2 and out == "" and words in err and len(err) < 600, (text[:80], code, err[:600])


def test_a_huge_file_that_is_right_is_taken(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("sip: {realm: a}\n" + "# " + "x" * 1000000 + "\n")
    assert run("config", "check", "--config", str(path))[0] == 0


def test_flags_win_over_environment_over_file_over_defaults(tmp_path):
    import subprocess
    from server import PROGRAM
    path = tmp_path / "c.yaml"
    path.write_text("sip:\n  realm: file\nserver:\n  http: 127.0.0.1:1\nlog:\n  level: warn\n")
    env = {**os.environ, "CARILLON_SIP_REALM": "environment", "CARILLON_SERVER_HTTP": "127.0.0.1:2"}
    out = subprocess.run([PROGRAM, "config", "print", "--config", str(path), "--http", "127.0.0.1:3"], env=env,
                         capture_output=True, text=True, timeout=30)
    c = json.loads(out.stdout)
    assert c["server"]["http"] == "127.0.0.1:3"
    assert c["sip"]["realm"] == "environment"
    assert c["log"]["level"] == "warn"
    assert c["sip"]["digest"] == "md5"


def test_secrets_are_hidden_when_the_configuration_is_printed():
    out = run("config", "print")[1]
    assert "carillon-dev-secret" not in out and "john-dev-secret" not in out and "***" in out


def test_production_refuses_to_start_and_names_each_unsafe_default(tmp_path):
    code, _, err = run("serve", "--profile", "production", "--data", str(tmp_path / "d"))
    assert code == 1
    for word in ("public_url", "directory"):
        assert word in err
    assert "operator_token" not in err  # one is made


def test_an_operators_token_that_can_be_guessed_is_unsafe(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("profile: production\nserver: {operator_token: letmein}\n")
    code, _, err = run("config", "check", "--config", str(path))
    assert code == 1 and "operator_token is shorter" in err


def test_the_configuration_of_the_production_page_is_good(tmp_path):
    block = re.search(r"<!-- sample -->\n```yaml\n(.*?)```\n<!-- /sample -->", read("docs/production.md"), re.S)[1]
    path = tmp_path / "carillon.yaml"
    path.write_text(block)
    code, out, err = run("config", "check", "--config", str(path))
    assert (code, err) == (0, ""), err
    known = json.loads(run("config", "print")[1])
    assert set(re.findall(r"^(\w+):", block, re.M)) == set(known), "the page shows every section"


def test_the_webhook_secret_is_shown_in_dev_alone(tmp_path):
    assert "whsec_" in run("config", "print")[1]
    assert "whsec_" not in run("config", "print", "--profile", "production")[1]
