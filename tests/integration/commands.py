# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Ansible's commands from a process that has Ansible and the collection imported and forks for each run.

Importing Ansible and reading its plugins' documentation takes a second, most of a test's time. `Commands` starts this
file as a program. Ansible reads ansible.cfg and ANSIBLE_* while it is imported, so a run with other settings gets a
process of its own. A forked child has its own arguments, environment, working directory and output, and then runs and
exits as `python -m ansible.cli.playbook` does.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

PLUGINS = Path(__file__).resolve().parent.parent.parent / "plugins"
# Not read while Ansible is imported, and different in each run.
OF_ONE_RUN = ("NGCP_", "PYTEST_", "RECORD_FILE")
LARGEST_REQUEST = 1 << 20
Environment = dict[str, str]
Finished = subprocess.CompletedProcess[str]


class Commands:
    """Runs `ansible-playbook` and its like with one Python, until it is closed."""

    def __init__(self, python: str) -> None:
        self._python = python
        self._server: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lasting: tuple[Environment, Path | None] = {}, None

    def run(self, module: str, arguments: list[str], env: Environment, cwd: Path, *, apart: bool = False) -> Finished:
        """Run `python -m module arguments…`; what goes to stderr is in `stdout`, or with `apart` in `stderr`.

        The environment of the first run, with the ansible.cfg in its folder, decides what can be forked: another one
        gets a process of its own.
        """
        kept = {name: value for name, value in env.items() if not name.startswith(OF_ONE_RUN)}
        config = cwd / "ansible.cfg"
        lasting = kept, config if config.exists() else None
        server = self._server or self._start(lasting, cwd)
        if lasting != self._lasting:
            return subprocess.run(
                [self._python, "-m", module, *arguments],
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if apart else subprocess.STDOUT,
                text=True,
                check=False,
            )
        out, err = os.pipe(), os.pipe()
        request = {"module": module, "arguments": arguments, "env": env, "cwd": str(cwd)}
        socket.send_fds(server, [json.dumps(request).encode()], [out[1], err[1] if apart else out[1]])
        for writer in (out[1], err[1]):
            os.close(writer)
        # What fits into a pipe is all that a command says on stderr.
        with os.fdopen(out[0], encoding="utf-8") as stdout, os.fdopen(err[0], encoding="utf-8") as stderr:
            texts = stdout.read(), stderr.read()
        return subprocess.CompletedProcess(arguments, int(server.recv(16)), *texts)

    def _start(self, lasting: tuple[Environment, Path | None], cwd: Path) -> socket.socket:
        self._lasting = lasting
        self._server, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [self._python, __file__, str(theirs.fileno())]
            self._process = subprocess.Popen(
                command, env=lasting[0], cwd=cwd, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], process_group=0
            )
        return self._server

    def close(self) -> None:
        """End the process that forks, and after an interruption the run that nobody waits for any more."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._server:
            self._server.close()


def prepare() -> None:
    """Import Ansible and the collection, and read the documentation of the plugins that every run loads."""
    for name in ("ansible.cli", "ansible.executor.playbook_executor", "ansible.executor.task_executor"):
        importlib.import_module(name)
    loader: Any = importlib.import_module("ansible.plugins.loader")
    loader.init_plugin_loader()
    # A child does the same once more; Ansible says so by a Python warning in order that it can be ignored.
    warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")
    # Not those of "vars": Ansible takes its list of them for complete once one is loaded, and reads no group_vars.
    for kind in ("callback", "connection", "inventory", "shell", "strategy"):
        list(getattr(loader, f"{kind}_loader").all(class_only=True))
    for path in PLUGINS.rglob("*.py"):
        name = ".".join(path.relative_to(PLUGINS).with_suffix("").parts).removesuffix(".__init__")
        importlib.import_module(f"ansible_collections.ngcp.fax.plugins.{name}")
    gc.freeze()


def serve(server: socket.socket) -> Any:
    """Fork for each request; return it in the child. The parent exits when nobody is left to ask."""
    while True:
        content, descriptors, _flags, _address = socket.recv_fds(server, LARGEST_REQUEST, 2)
        if not content:
            sys.exit()
        child = os.fork()
        if not child:
            server.close()
            for standard, descriptor in enumerate(descriptors, start=1):
                os.dup2(descriptor, standard)
        for descriptor in descriptors:
            os.close(descriptor)
        if not child:
            return json.loads(content)
        server.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def main() -> None:
    """Serve; in a child, become the command that was asked for."""
    # The folder of this file.
    del sys.path[0]
    prepare()
    request = serve(socket.socket(fileno=int(sys.argv[1])))
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.path.insert(0, request["cwd"])
    temporary = importlib.import_module("ansible.constants").DEFAULT_LOCAL_TMP
    # Its name is known since the import; the run before has removed it, unless it was killed.
    shutil.rmtree(temporary, ignore_errors=True)
    Path(temporary).mkdir(mode=0o700)
    sys.argv[1:] = request["arguments"]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
