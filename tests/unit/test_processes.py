"""Whether another process is gone is told also where /proc does not show it."""

import os
import shutil
import subprocess
import sys

import pytest

from digest.processes import ProcessId, is_gone, this_process

# Of a process that runs as another user, in a mount namespace whose /proc hides it.
LOOK = """
import pathlib
from digest.processes import ProcessId, is_gone, this_process
me = this_process()
hidden = not pathlib.Path("/proc/{pid}").exists()
print(hidden, is_gone(ProcessId(me.host, {pid}, 1.0, me.space)))
"""


def test_a_process_that_lives_is_not_gone_and_one_that_ended_is():
    me = this_process()
    child = subprocess.Popen(["sleep", "60"])
    lives = ProcessId(me.host, child.pid, 0.0, me.space)
    assert not is_gone(me)
    assert is_gone(lives), "another process with this number, which began at another time"
    child.kill()
    child.wait()
    assert is_gone(lives)


@pytest.mark.skipif(
    os.geteuid() != 0 or not (shutil.which("unshare") and shutil.which("setpriv")),
    reason="only root may mount a /proc of its own",
)
def test_a_process_that_proc_hides_is_not_taken_for_gone():
    other = subprocess.Popen(["setpriv", "--reuid=65534", "--clear-groups", "sleep", "60"])
    try:
        # Group 0 sees all; root without its rights sees what is root's.
        look = (
            f"setpriv --bounding-set=-all --regid=65534 --clear-groups '{sys.executable}' -c \"$0\""
        )
        script = f"mount -t proc -o hidepid=2 proc /proc && exec {look}"
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, LOOK.format(pid=other.pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        if "mount:" in done.stderr:
            pytest.skip("this machine lets nobody mount a /proc")
        assert done.stdout.split() == ["True", "False"], done.stderr
    finally:
        other.kill()
        other.wait()
