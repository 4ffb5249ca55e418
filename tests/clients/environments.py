"""The environments of the published clients: one each, made once and reused as long as its pins stay the same."""

import fcntl
import shutil
import subprocess
import sys
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

INSTALL_TIMEOUT_S = 600


def interpreter(name: str, pins: tuple[str, ...], root: Path = ROOT) -> Path:
    """Give the interpreter of an environment with these pins; made anew unless it was once made whole from the same."""
    folder = root / name
    python = folder / "bin" / "python"
    mark = folder / "made-from"
    made_from = "\n".join((sys.version, *pins))
    root.mkdir(exist_ok=True)
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.is_file() or mark.read_text(encoding="utf-8") != made_from:
            shutil.rmtree(folder, ignore_errors=True)
            _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
            if pins:
                _run(sys.executable, "-m", "pip", "--python", str(python), "install", "--only-binary", ":all:", *pins)
            mark.write_text(made_from, encoding="utf-8")  # last: what is half made has no mark
    return python


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
