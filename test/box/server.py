"""One server under test: started, asked, stopped, killed."""
import json
import os
import select
import signal
import subprocess
import time

from api import Api

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.abspath(os.environ.get("CARILLON") or os.path.join(ROOT, "build", "carillon"))


def run(*words, timeout=30, **more):
    """The program with these words, to its end: (exit code, standard output, standard error)."""
    p = subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=timeout, **more)
    return p.returncode, p.stdout, p.stderr


class Server:
    """A fresh server with a folder of its own. config: what --config gets (JSON is YAML). tap: write the sound of
    every leg to files, which only the dev profile may."""

    def __init__(self, folder, flags=(), env=None, config=None, tap=True):
        self.folder = str(folder)
        self.data = os.path.join(self.folder, "data")
        self.tap = os.path.join(self.folder, "tap")
        self.has_tap = tap
        self.log_path = os.path.join(self.folder, "log")
        self.flags = list(flags)
        self.env = dict(env or {})
        self.config = config
        self.process = None
        self.ready = {}

    def start(self, timeout=20, **flags):
        """Waits for the ready line. Addresses of a former run are kept on restart()."""
        at = {"http": "127.0.0.1:0", "https": "127.0.0.1:0", "sip": "127.0.0.1:0",
              "sips": "127.0.0.1:0", **flags}
        words = [PROGRAM, "serve", "--data", self.data, "--rtp-ports", "0-0"]
        if self.has_tap:
            words += ["--tap", self.tap]
        for name, value in at.items():
            words += ["--" + name, value]
        if self.config is not None:
            path = os.path.join(self.folder, "config.yaml")
            with open(path, "w") as f:
                json.dump(self.config, f, indent=1)
            words += ["--config", path]
        self.process = subprocess.Popen(
            words + self.flags, stdout=subprocess.PIPE, stderr=open(self.log_path, "ab"),
            env={**os.environ, **self.env}, cwd=self.folder)
        line = self._line(timeout)
        self.ready = json.loads(line)
        assert self.ready["event"] == "ready", line
        return self

    def _line(self, timeout):
        """The first line of standard output."""
        got, end = b"", time.monotonic() + timeout
        fd = self.process.stdout.fileno()
        while not got.endswith(b"\n"):
            left = end - time.monotonic()
            assert left > 0, "no ready line in %d s; the log:\n%s" % (timeout, self.log())
            if select.select([fd], [], [], left)[0]:
                c = os.read(fd, 1)
                if not c:
                    code = self.process.wait(10)
                    raise AssertionError("the server ended with %d; its log:\n%s" % (code, self.log()))
                got += c
        return got.decode()

    @property
    def http(self):
        return self.ready["http"]

    def address(self, name):
        """("127.0.0.1", 5060) of http, https, sip, sips."""
        host, port = self.ready[name].rsplit(":", 1)
        return host, int(port)

    def api(self, app="calling"):
        return Api(self.http, app)

    def log(self):
        try:
            with open(self.log_path, errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, timeout=15):
        """SIGTERM; returns the exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = "no exit within %d s of SIGTERM" % timeout
        self.process.stdout.close()
        self.process = None
        return code

    def kill(self):
        """As a crash: no time to say goodbye."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    def restart(self, timeout=20):
        """Starts again at the same addresses with the same data."""
        if self.process is not None:
            self.stop()
        kept = {k: self.ready[k] for k in ("http", "https", "sip", "sips") if self.ready.get(k)}
        return self.start(timeout, **kept)
