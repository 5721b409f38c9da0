"""The process that forks the commands of the tests leaves none behind."""

import sys

import psutil
import pytest

from tests.commands import start, start_server
from tests.integration.conftest import Project
from tests.integration.website import wait_until

FORKS = "import socket, sys, tests.commands as c; c.serve(socket.socket(fileno=int(sys.argv[1])))"


def test_commands_end_with_the_tests_that_started_them(project: Project):
    server, process = start_server([sys.executable, "-c", FORKS])
    command = start(["scheduler"], project.root, project.environment(), server=server)
    server.close()
    process.wait(timeout=30)
    wait_until(lambda: not psutil.pid_exists(command.pid))
    with pytest.raises(RuntimeError):  # nobody is left to tell its status
        command.wait()
    for stream in (command.stdin, *command.outputs):
        stream.close()
