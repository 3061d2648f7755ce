"""An issuer that is not ours: the real oidc-provider on Node.js, started, stopped, asked for tokens."""
import base64
import json
import os
import queue
import ssl
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request

from api import CALLING_BOT, TENANT

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "oidc")
SECRET = "of-the-outside-issuer-0123456789"
ROLES = ["Calls.Initiate.All", "Calls.AccessMedia.All"]


def claims_of(token, part=1):
    text = token.split(".")[part]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class Issuer:
    """One provider. Each start makes new keys; a second start keeps the address."""

    def __init__(self, **settings):
        self.settings = {"port": 0, "algorithm": "RS256", "audience": "api://carillon", "life": 3 * 24 * 3600,
                         "clients": [{"id": CALLING_BOT, "secret": SECRET}],
                         "claims": {"tid": TENANT, "roles": ROLES}, **settings}
        self.process = None
        self.url = None
        self.asked = []

    def start(self, **changes):
        self.settings.update(changes)
        lines = queue.Queue()
        self.process = subprocess.Popen(["node", "provider.js", json.dumps(self.settings)], cwd=FOLDER, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.reader = threading.Thread(target=self._read, args=(self.process.stdout, lines), daemon=True)
        self.reader.start()
        self.url = lines.get(timeout=30)
        assert self.url, "the provider did not start"
        self.settings["port"] = int(self.url.rsplit(":", 1)[1])
        return self

    def _read(self, out, lines):
        for line in out:
            said = json.loads(line)
            if said["event"] == "ready":
                lines.put(said["issuer"])
            else:
                self.asked.append(said["path"])
        lines.put(None)

    def close(self):
        if self.process is None:
            return
        self.process.terminate()
        self.process.wait(10)
        self.reader.join(10)
        self.process.stdout.close()
        self.process = None

    stop = close

    def keys_asked(self):
        return self.asked.count("/jwks")

    def token(self, **more):
        form = {"grant_type": "client_credentials", **more}
        client = self.settings["clients"][0]
        basic = base64.b64encode(("%s:%s" % (client["id"], client["secret"])).encode()).decode()
        request = urllib.request.Request(self.url + "/token", urllib.parse.urlencode(form).encode(),
                                         {"Authorization": "Basic " + basic})
        trust = ssl.create_default_context(cafile=self.settings["cert"]) if "cert" in self.settings else None
        try:
            with urllib.request.urlopen(request, timeout=10, context=trust) as r:
                return json.load(r)["access_token"]
        except urllib.error.HTTPError as e:
            raise AssertionError(e.read()) from e
