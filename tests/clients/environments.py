"""The environments of the published clients: one each, made once and reused as long as its pins stay the same."""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2] / ".venv-clients"

PINS = {
    "binance-sdk": (
        "binance-sdk-derivatives-trading-portfolio-margin==16.0.0",
        "binance-sdk-derivatives-trading-portfolio-margin-pro==9.0.0",
    ),
    "python-binance": ("python-binance==1.0.37",),
    "ccxt": ("ccxt==4.5.90",),
    "binance-connector": ("binance-connector==3.13.0",),
}
"""python-binance and binance-connector install into one and the same folder `binance/`: never into one environment.

The SDKs' 16.1.0 and 9.1.0 need certifi >= 2026.10.19, which could not be had when these were pinned.
"""

NPM_PINS = {
    "npm-binance-sdk": (
        "@binance/derivatives-trading-portfolio-margin@19.0.0",
        "@binance/derivatives-trading-portfolio-margin-pro@15.0.4",
    ),
    "npm-binance": ("binance@3.6.5",),
    "npm-connector": ("@binance/connector@3.6.1",),
}

INSTALL_TIMEOUT_S = 600


def interpreter(name: str, pins: tuple[str, ...], root: Path = ROOT) -> Path:
    """Give the interpreter of an environment with these pins; made anew unless it was once made whole from the same."""

    def make(folder: Path) -> None:
        _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
        if pins:
            python = folder / "bin" / "python"
            _run(sys.executable, "-m", "pip", "--python", str(python), "install", "--only-binary", ":all:", *pins)

    return _made(root / name, "\n".join((sys.version, *pins)), make) / "bin" / "python"


def packages(name: str, pins: tuple[str, ...], root: Path = ROOT) -> Path:
    """Give a folder with these pins in its `node_modules`, made as an environment is; no script of theirs is run."""

    def make(folder: Path) -> None:
        folder.mkdir()
        (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        if pins:
            npm = ("npm", "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund")
            _run(*npm, "--save-exact", *pins)

    return _made(root / name, "\n".join(pins), make)


def node() -> str:
    """Find Node."""
    found = shutil.which("node")
    if found is None:
        raise RuntimeError("the clients in JavaScript need node, 18 or newer, and npm")
    return found


def _made(folder: Path, made_from: str, make: Callable[[Path], None]) -> Path:
    """Give a folder that was made from just this, by whichever process was first."""
    mark = folder / "made-from"
    folder.parent.mkdir(exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.is_file() or mark.read_text(encoding="utf-8") != made_from:
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            mark.write_text(made_from, encoding="utf-8")  # last: what is half made has no mark
    return folder


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
