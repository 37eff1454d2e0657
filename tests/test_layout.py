"""The shape of the project: which part may import which, one home per library, locked dependencies, clean notebooks."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "chipflows"

MAY_IMPORT = {
    "__init__": {"report", "warehouse"},
    "__main__": {"cli", "errors"},
    "cli": {"config", "demo", "errors", "paths", "raw", "report", "sources", "warehouse"},
    "errors": set(),
    "paths": {"errors"},
    "config": {"errors", "paths"},
    "raw": {"config", "errors", "paths"},
    "sources": {"config", "errors", "paths", "raw"},
    "warehouse": {"config", "errors", "paths"},
    "analysis": {"config"},
    "words": set(),
    "figures": {"config", "words"},
    "report": {"config", "errors", "figures", "paths", "warehouse", "words"},
    "demo": {"config", "errors", "paths", "raw", "sources"},
}
HOMES = {
    "duckdb": {"warehouse"},
    "sqlglot": {"warehouse"},
    "pyspark": {"warehouse"},
    "requests": {"sources"},
    "tenacity": {"sources"},
    "matplotlib": {"figures"},
    "seaborn": {"figures"},
    "nbclient": {"report"},
    "nbconvert": {"report"},
    "jinja2": {"report"},
    "latex2mathml": {"report"},
    "pyfixest": {"analysis"},
}


def part_of(path: Path) -> str:
    name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "config" if name.startswith("config_") else name


def imports(path: Path) -> set[str]:
    """Every module a file imports, written out in full."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full, not relative"
            found.add(node.module or "")
            if node.module == "chipflows":
                found |= {f"chipflows.{alias.name}" for alias in node.names}
    return found


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_follow_the_direction_of_the_data(path: Path) -> None:
    part = part_of(path)
    assert part in MAY_IMPORT, f"{path}: a new part; say in MAY_IMPORT what it may import"
    ours = {module.split(".")[1] for module in imports(path) if module.startswith("chipflows.")}
    parts = {"config" if name.startswith("config_") else name for name in ours} - {part, "__version__"}
    assert parts <= MAY_IMPORT[part], f"{path} imports {sorted(parts - MAY_IMPORT[part])}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_library_has_one_home(path: Path) -> None:
    used = {module.split(".")[0] for module in imports(path)}
    strangers = {library for library in used & set(HOMES) if part_of(path) not in HOMES[library]}
    assert not strangers, f"{path} uses {sorted(strangers)}, whose home is elsewhere"


def requirement_name(requirement: str) -> str:
    return re.split(r"[<>=!~\[; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_conda_environment_names_the_same_requirements(project: dict) -> None:
    conda_name = {"duckdb": "python-duckdb", "matplotlib": "matplotlib-base"}
    wanted = set()
    for requirement in project["dependencies"]:
        name = re.split(r"[<>=]", requirement, maxsplit=1)[0]
        wanted.add(conda_name.get(name, name) + requirement[len(name) :])
    listed = set(re.findall(r"^  - ([a-z0-9-]+[<>=][^\s]*)$", (ROOT / "environment.yml").read_text(), re.M))
    assert listed - {"python" + project["requires-python"]} == wanted
    assert "python" + project["requires-python"] in listed


def test_every_dependency_is_locked_with_hashes_and_no_host_is_named(project: dict) -> None:
    lock = (ROOT / "requirements.lock").read_text()
    locked = {requirement_name(line) for line in lock.splitlines() if re.match(r"^[a-zA-Z]", line)}
    asked = {requirement_name(r) for r in project["dependencies"] + project["optional-dependencies"]["dev"]}
    assert asked <= locked, f"not in requirements.lock: {sorted(asked - locked)}; compile it again"
    assert "://" not in lock
    assert not re.search(r"^\s*--(index-url|extra-index-url|find-links|trusted-host)", lock, re.M)
    entries = re.split(r"\n(?=[a-zA-Z])", lock)
    assert all("--hash=sha256:" in entry for entry in entries if entry[0].isalpha())


def test_continuous_integration_runs_the_readme_commands() -> None:
    readme, script = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()
    for command in ("make demo", "make test"):
        assert command in readme
        assert command in script
