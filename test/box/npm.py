"""Packages of npm, for the folders here that have a package-lock.json."""
import fcntl
import hashlib
import os
import shutil
import subprocess


def missing():
    """What there are no packages without, or None."""
    return next((p for p in ("node", "npm") if shutil.which(p) is None), None)


def install(folder):
    """`npm ci`, once for each package-lock.json, however many tests want it at a time."""
    stamp = os.path.join(folder, "node_modules", ".installed")
    with open(os.path.join(folder, "package-lock.json"), "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = hashlib.sha256(lock.read()).hexdigest()
        if os.path.exists(stamp) and open(stamp).read() == wanted:
            return
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder,
                              capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        with open(stamp, "w") as f:
            f.write(wanted)
