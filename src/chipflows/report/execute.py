"""Notebooks are executed here, each in a kernel of its own, some at a time."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from tqdm import tqdm

from chipflows.report.warm import CAN_FORK, Forking, Warm
from chipflows.warehouse.reads import noted

TIMEOUT = 600
"""Seconds a single cell may take, and a kernel to start."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_WARNING = re.compile(r"^\S*:\d+: \w+: (.+)$", re.M)


@dataclass(frozen=True)
class Executed:
    """A notebook with its outputs and the tables it read, or the one message that says in which cell it failed."""

    path: Path
    notebook: NotebookNode | None
    failure: str = ""
    reads: frozenset[str] = frozenset()


class ThisInterpreter(AsyncKernelManager):
    """A kernel of the running interpreter; no kernel specification of the machine or the person is looked up."""

    @property
    def kernel_spec(self) -> KernelSpec:
        quiet = ["--HistoryManager.enabled=False", "--Completer.use_jedi=False"]
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *quiet]
        return KernelSpec(argv=argv, display_name="chipflows", language="python")


class Client(NotebookClient):
    """nbclient without its signal handlers: Ctrl-C stops the render, not one kernel of several."""

    @asynccontextmanager
    async def async_setup_kernel(self, **kwargs: Any) -> AsyncGenerator[None, None]:
        try:
            await self.async_start_new_kernel(**kwargs)
            await self.async_start_new_kernel_client()
            yield
        finally:
            await self._async_cleanup_kernel()


def execute(notebooks: Sequence[Path], environment: Mapping[str, str], workers: int = 2) -> list[Executed]:
    """Return the notebooks executed, in the order given, `workers` at a time; `environment` is added to our own."""
    return asyncio.run(_all(notebooks, environment, workers))


BLAS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
"""How many threads libraries start is said by these: notebooks run side by side, so that one each is enough."""


async def _all(notebooks: Sequence[Path], environment: Mapping[str, str], workers: int) -> list[Executed]:
    turn = asyncio.Semaphore(workers)
    # Sockets, profile and history lie in a folder that goes away: nothing of a person's set-up is read or left behind.
    with (
        tempfile.TemporaryDirectory(prefix="chipflows-", ignore_cleanup_errors=True) as folder,
        tqdm(total=len(notebooks), desc="pages", unit="page", disable=None, leave=False) as progress,
    ):
        # No question needs a key, so no page can print one.
        keyless = {name: value for name, value in os.environ.items() if not re.fullmatch(r"CHIPFLOWS_\w+_KEY", name)}
        same = {"PYTHONHASHSEED": "0", "MPLBACKEND": "agg", **dict.fromkeys(BLAS, "1")}
        own = {**keyless, "IPYTHONDIR": folder, **same, **environment}
        warm = Warm(own) if CAN_FORK else None

        async def one(path: Path, number: int) -> Executed:
            async with turn:
                result = await _execute(path, own, Path(folder) / str(number), warm)
                progress.update()
                return result

        try:
            return list(await asyncio.gather(*(one(path, number) for number, path in enumerate(notebooks))))
        finally:
            if warm is not None:
                warm.close()


async def _execute(path: Path, environment: Mapping[str, str], place: Path, warm: Warm | None) -> Executed:
    """Return one notebook executed in its own folder; a failure is returned, so that the others go on."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    at = 0

    def started(cell: NotebookNode, cell_index: int) -> None:
        nonlocal at
        at = cell_index

    by_file = {"transport": "ipc", "ip": str(place)} if os.name == "posix" else {}
    manager = ThisInterpreter(connection_file=f"{place}.json", **by_file)
    if warm is not None:
        manager.provisioner = Forking(warm, parent=manager, kernel_spec=manager.kernel_spec)
    resources = {"metadata": {"path": str(path.parent)}}
    given = {
        "timeout": TIMEOUT,
        "startup_timeout": TIMEOUT,
        "store_widget_state": False,
        "shutdown_kernel": "immediate",
    }
    client = Client(notebook, km=manager, resources=resources, on_cell_start=started, **given)
    try:
        await client.async_execute(env={**environment, "CHIPFLOWS_READS": f"{place}.reads"})
    except CellExecutionError as error:
        return Executed(path, None, _message(path, notebook, at, f"{error.ename}: {error.evalue}"))
    except CellTimeoutError:
        return Executed(path, None, _message(path, notebook, at, f"took more than {TIMEOUT} seconds"))
    except DeadKernelError:
        return Executed(path, None, _message(path, notebook, at, "the kernel died (out of memory?)"))
    return Executed(path, notebook, reads=frozenset(noted(Path(f"{place}.reads"))))


def _message(path: Path, notebook: NotebookNode, at: int, error: str) -> str:
    source = str(notebook.cells[at].source).strip()
    line = next((line for line in source.splitlines() if line.strip() and not line.startswith("#")), "")
    shown = " ".join(_COLOUR.sub("", error).split())
    return f"{path.name}, cell {at + 1} ({line[:60]}): {shown[:300]}"


def outputs(notebook: NotebookNode) -> list[Mapping[str, Any]]:
    """Return the mime bundles a notebook shows, in order."""
    shown = ("display_data", "execute_result")
    return [output.data for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type in shown]


def complaints(notebook: NotebookNode) -> list[str]:
    """Return the messages of the warnings a notebook raised, which no page shows."""
    streams = [
        str(output.text)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    ]
    return [message.strip() for text in streams for message in _WARNING.findall(text)]
