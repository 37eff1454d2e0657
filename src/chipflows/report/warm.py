"""A process that has imported what notebooks import and forks a kernel for each: the imports are paid for once.

It reads one line of JSON for each kernel (`arguments` of ipykernel, `environment`, `folder`), answers with the number
of the process, and ends with its input. Only Linux can fork a process that holds these libraries; elsewhere every
kernel starts from nothing.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

CAN_FORK = sys.platform == "linux"
FOLDERS = ("analysis", "figures", "figures/charts", "report")
OTHERS = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "matplotlib.backends.backend_svg",
    "pyfixest.estimation",
    "seaborn",
)


class Warm:
    """The process, from this side; one serves all kernels of a render."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        # -P: what lies in the folder of the caller is not imported.
        command = [sys.executable, "-P", "-m", __name__]
        self.process = subprocess.Popen(
            command, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def fork(self, arguments: Sequence[str], environment: Mapping[str, str], folder: str) -> Forked:
        """Return a new kernel."""
        asked, answered = self.process.stdin, self.process.stdout
        assert asked is not None
        assert answered is not None
        asked.write(json.dumps([list(arguments), dict(environment), folder]) + "\n")
        asked.flush()
        return Forked(int(answered.readline()))

    def close(self) -> None:
        """End the process; kernels that still run see that it is gone and end too."""
        self.process.communicate()


class Forked:
    """One kernel, with what Jupyter asks of a `subprocess.Popen`: a grandchild, whom its parent buries at once."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """Return None while the kernel runs, else 1: how it ended only its parent knows."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 1
        return None

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.01)
        return 1

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class Forking(LocalProvisioner):
    """Jupyter's way to a local kernel, but that it is forked from `warm`."""

    def __init__(self, warm: Warm, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.warm = warm

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Return how the kernel is reached, which is forked with what follows the module in the command."""
        after = cmd.index("-m") + 2
        kernel: Any = self.warm.fork(cmd[after:], kwargs["env"], str(kwargs["cwd"]))
        self.process, self.pid, self.cwd = kernel, kernel.pid, kwargs["cwd"]
        return self.connection_info


def modules() -> list[str]:
    """Return what notebooks import, and ipykernel."""
    package = Path(__file__).parents[1]
    files = [path for folder in FOLDERS for path in sorted((package / folder).glob("[!_]*.py"))]
    return [*OTHERS, *(".".join((package.name, *path.relative_to(package).with_suffix("").parts)) for path in files)]


def serve(asked: IO[str], answered: IO[str]) -> None:
    """Fork a kernel for every line, until there is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the render, which then ends this
    for name in modules():
        import_module(name)
    signal.signal(signal.SIGCHLD, bury)
    gc.freeze()
    for line in asked:
        arguments, environment, folder = json.loads(line)
        pid = os.fork()
        if pid == 0:
            become_kernel(arguments, environment, folder)
        print(pid, file=answered, flush=True)
    os._exit(0)  # libraries complain of what is left when an interpreter that has forked ends in its own way


def bury(*of: object) -> None:
    """Take leave of the kernels that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass  # none is left


def become_kernel(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    """Be a kernel, as if started with these arguments, and never return."""
    from ipykernel.kernelapp import launch_new_instance

    os.setsid()
    for number in (signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    try:
        # A kernel ends when its parent has ended.
        launch_new_instance(argv=[*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])
    finally:
        os._exit(0)


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
