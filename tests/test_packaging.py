"""What is installed: everything that mockex needs, nothing else, and it works far from its repository."""

import ast
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
from email import message_from_string
from pathlib import Path
from zipfile import ZipFile

import pytest

from mockex import __version__, scenarios

ROOT = Path(__file__).parents[1]
INFO = f"mockex-{__version__}.dist-info"


def built(folder: Path, *what: str) -> list[Path]:
    """Build from the working tree with the tools that are installed, as a release is built."""
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", *what, "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    (wheel,) = built(tmp_path_factory.mktemp("wheel"), "--wheel")
    return wheel


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone into a fresh environment, which finds what mockex depends on in this one."""
    home = tmp_path_factory.mktemp("fresh")
    python = home / "bin" / "python"
    run([sys.executable, "-m", "venv", "--without-pip", str(home)], home)
    run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)],
        home,
    )
    (packages,) = home.glob("lib/python*/site-packages")
    # What a .pth file names comes last, and .pth files in it do not count: mockex itself is not found there.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def run(command: list[str], folder: Path) -> str:
    """Run a command in a folder, with no variable that could lead it to the repository; gives what it prints."""
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MOCKEX", "VIRTUAL_ENV"))
    }
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=variables, cwd=folder, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def source_files() -> dict[str, Path]:
    """Name every file that belongs into the wheel, with where it comes from."""
    package = {
        path.relative_to(ROOT).as_posix(): path
        for path in (ROOT / "mockex").rglob("*")
        if path.suffix in {".py", ".toml", ".txt"} or path.name == "py.typed" or path.parent.name == "templates"
    }
    data = {f"mockex/_data/scenarios/{path.name}": path for path in (ROOT / "scenarios").glob("*.toml")}
    keys = {f"mockex/_data/fixtures/keys/{path.name}": path for path in (ROOT / "fixtures" / "keys").glob("*.pem")}
    return package | data | keys | {f"{INFO}/licenses/LICENSE": ROOT / "LICENSE"}


def imported_by_the_package() -> set[str]:
    """Name what others wrote and any module of the package imports, at its top or later."""
    names = set()
    for path in (ROOT / "mockex").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(str(node.module).partition(".")[0])
    return names - sys.stdlib_module_names - {"mockex"}


def test_wheel_contains_just_what_it_should(wheel: Path) -> None:
    """The package, its scenarios, its keys and the licence, each as it stands here; nothing else, no cache, no test."""
    expected = source_files()
    written = {f"{INFO}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")}
    with ZipFile(wheel) as archive:
        assert sorted(archive.namelist()) == sorted(expected.keys() | written)
        assert [name for name, path in expected.items() if archive.read(name) != path.read_bytes()] == []
    assert {"mockex/py.typed", "mockex/__main__.py", "mockex/_data/scenarios/documented.toml"} <= expected.keys()
    assert wheel.name == f"mockex-{__version__}-py3-none-any.whl"


def test_wheel_contains_no_private_thing(wheel: Path) -> None:
    """The only private keys in it say TEST-ONLY in their names, and no file in it knows where it was built."""
    with ZipFile(wheel) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    private = {name for name, content in contents.items() if re.search(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----", content)}
    assert private == {name for name in contents if "TEST-ONLY" in name}
    assert len(private) == 2
    places = [str(ROOT).encode(), str(Path.home()).encode() + b"/"]
    assert [name for name, content in contents.items() for place in places if place in content] == []


def test_metadata_says_what_is_needed(wheel: Path) -> None:
    """Version, licence, Python and program are told; what is asked of a user is what the package imports, no more."""
    with ZipFile(wheel) as archive:
        metadata = message_from_string(archive.read(f"{INFO}/METADATA").decode())
        program = archive.read(f"{INFO}/entry_points.txt").decode()
    assert (metadata["Name"], metadata["Version"], metadata["License-Expression"]) == ("mockex", __version__, "MIT")
    assert metadata["Requires-Python"] == ">=3.11"
    wanted = [(re.split(r"[<>=; ]", line)[0], "extra ==" in line) for line in metadata.get_all("Requires-Dist", [])]
    needed = {name.replace("-", "_") for name, is_extra in wanted if not is_extra}
    for_tests = {name.replace("-", "_") for name, is_extra in wanted if is_extra}
    assert needed == {name for name in imported_by_the_package() if name not in for_tests}
    assert "mockex = mockex.__main__:main" in program.splitlines()


def test_source_archive_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """From the source archive alone the same wheel is built, byte for byte; and it has the tests, but no cache."""
    again, archive = built(tmp_path)
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()
    with tarfile.open(archive) as files:
        names = {name.partition("/")[2] for name in files.getnames()}
    assert {"LICENSE", "README.md", "pyproject.toml", "Makefile", "tests/test_packaging.py"} <= names
    assert [name for name in names if "__pycache__" in name or name.startswith((".", "dist"))] == [".gitignore"]


def test_installed_program_finds_its_scenarios(python: Path, tmp_path: Path) -> None:
    """In an empty folder the installed program lists every scenario, from its own files and not from the repository."""
    told = run([str(python.with_name("mockex")), "scenarios"], tmp_path)
    assert [line.split()[0] for line in told.splitlines()] == scenarios.names()
    where = run([str(python), "-c", "import mockex.scenarios as s; print(s.__file__, s.folder())"], tmp_path)
    assert [Path(path).is_relative_to(python.parents[1]) for path in where.split()] == [True, True]
    assert run([str(python), "-m", "mockex", "--version"], tmp_path) == f"mockex {__version__}\n"
    assert list(tmp_path.iterdir()) == []


CALLS = """
from mockex.testing import LiveExchange
from urllib.request import Request, urlopen
with LiveExchange("documented") as exchange:
    for by in exchange.signers():
        time = urlopen(f"{exchange.url}/api/v3/time").read().decode().partition(":")[2].rstrip("}")
        query = by.signed(f"timestamp={time}")
        asked = Request(f"{exchange.url}/sapi/v1/portfolio/pmLoan?{query}", headers={"X-MBX-APIKEY": by.api_key})
        print(urlopen(asked).read().decode())
"""


def test_installed_keys_sign(python: Path, tmp_path: Path) -> None:
    """The keys that the installed scenario names lie where it looks for them, and each makes a call that is let in."""
    assert run([str(python), "-c", CALLS], tmp_path).split() == ['{"asset":"BUSD","amount":"579.45"}'] * 3


def test_installed_program_generates(python: Path, tmp_path: Path) -> None:
    """Generating needs nothing that was left behind, either."""
    code = "from mockex.testing import LiveExchange as L; print(len(L('long-history').records))"
    assert run([str(python), "-c", code], tmp_path) == "700\n"


def test_version_is_told_once() -> None:
    """The version in pyproject.toml and the one of the package are the same."""
    assert f'\nversion = "{__version__}"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
