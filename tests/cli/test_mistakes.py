"""What cannot be done is told in one sentence on stderr, with exit code 2 and no traceback."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import PATIENCE_S, environment, mockex, refused

HERE = Path(__file__).parent

ROWS: list[tuple[str, tuple[str, ...]]] = [
    # command, and what its sentence must name
    ("srve", ("'srve'", "did you mean 'serve'")),
    ("--sed 3", ("--sed",)),
    ("serve extra", ("extra",)),
    ("serve --sed 3", ("--sed", "--seed")),
    ("serve --seed", ("--seed",)),
    ("serve --seed -1", ("--seed", "-1", "0")),
    ("serve --seed 9223372036854775808", ("--seed", "9223372036854775807")),
    ("serve --port http", ("--port", "http")),
    ("serve --port 0 --scenario quite", ("'quite'", "did you mean 'quiet'", "documented")),
    ("serve --port 0 --scenario Documented", ("'Documented'", "did you mean 'documented'")),
    ("serve --port 0 --scenario nowhere.toml", ("nowhere.toml", "No such file")),
    ("serve --port 0 --scenario ./", ("cannot be read", "Is a directory")),
    ("serve --port 0 --host 0.0.0.0", ("0.0.0.0 is not a loopback address", "--allow-remote")),
    ("serve --port 0 --host example.org", ("example.org", "--allow-remote")),
    ("serve --port 0 --host localhost.example.org", ("localhost.example.org", "--allow-remote")),
    ("serve --port 0 --host 192.0.2.1 --allow-remote", ("192.0.2.1", "Cannot assign requested address")),
    ("serve --port 0 --host a..b --allow-remote", ("a..b",)),
    ("scenarios chek", ("chek", "check")),
    ("scenarios check", ("FILES",)),
    ("sign", ("QUERY",)),
    ("sign a=b c=d", ("c=d",)),
    ("sign a=b --secret s --private-key-file f", ("secret", "private key", "not by both")),
    ("sign a=b --private-key-file nowhere.pem", ("nowhere.pem", "No such file")),
    ("sign a=b --private-key-file .", ("cannot be read", "directory")),
    ("curl sapi/v1/portfolio/pmLoan", ("'sapi/v1/portfolio/pmLoan'", "slash")),
    ("curl /papi/v1/ping startTime", ("'startTime'", "NAME=VALUE")),
    ("curl /x --url ftp://127.0.0.1", ("ftp://127.0.0.1", "http://")),
    ("curl /x --url 127.0.0.1:8090", ("127.0.0.1:8090", "http://")),
    ("curl /x --url http://", ("http://",)),
    ("curl /x --url http://[::1", ("http://[::1",)),
    ("curl /x --url http://127.0.0.1:port", ("http://127.0.0.1:port",)),
    ("curl /x --url http://a..b", ("http://a..b",)),
]


@pytest.mark.parametrize(("command", "named"), ROWS, ids=[command for command, _ in ROWS])
def test_a_mistake_is_one_sentence(command: str, named: tuple[str, ...]) -> None:
    """Each command is refused in a sentence that names what was wrong and what would be right."""
    sentence = refused(*command.split(), folder=HERE)
    assert [word for word in named if word not in sentence] == []


def test_url_with_a_space_is_a_mistake() -> None:
    """A URL that no host can have is told of, and not thrown."""
    assert "http://exa mple" in refused("curl", "/x", "--url", "http://exa mple")


def test_taken_port_is_told_at_once() -> None:
    """A port that somebody else listens on is named, with the reason."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = refused("serve", "--port", str(port))
    assert sentence == f"cannot listen on 127.0.0.1 port {port}: Address already in use"


def test_dead_port_is_told_of() -> None:
    """A server that is not there is named without the query."""
    with socket.create_server(("127.0.0.1", 0)) as alive:
        url = f"http://127.0.0.1:{alive.getsockname()[1]}"
    sentence = refused("curl", "/sapi/v1/portfolio/pmLoan", "timestamp=1", "--url", url)
    assert url in sentence
    assert "Connection refused" in sentence
    assert "signature" not in sentence


def test_wrong_file_does_not_start(tmp_path: Path) -> None:
    """A file that is wrong keeps the server from starting; its key files are looked at too."""
    file = tmp_path / "wrong.toml"
    file.write_text('title = "Wrong"\n[clok]\n')
    assert refused("serve", "--port", "0", "--scenario", str(file)) == (
        f"{file}: object contains unknown field `clok` (did you mean 'clock'?)"
    )
    (tmp_path / "key.pem").write_text("-----BEGIN PUBLIC KEY-----\nbm8=\n-----END PUBLIC KEY-----\n")
    file.write_text(
        f'title = "Wrong"\n[[accounts]]\nuid = 1\nkeys = [{{ type = "RSA", api_key = "{"k" * 64}", '
        'public_key_file = "key.pem" }]\n'
    )
    assert refused("serve", "--port", "0", "--scenario", str(file)) == (
        f"{file}: at accounts[0].keys[0]: expected the PEM of an RSA public key, got no public key in PEM"
    )


def test_check_tells_of_every_file(tmp_path: Path) -> None:
    """`scenarios check` goes on after a wrong file, says which are right on stdout, and ends with 2."""
    right, wrong, missing = (tmp_path / name for name in ("right.toml", "wrong.toml", "missing.toml"))
    right.write_text('title = "All is well"\n')
    wrong.write_text('title = ""\n')
    told = mockex("scenarios", "check", str(wrong), str(right), str(missing))
    assert told.stdout == f"{right}: All is well\n"
    assert told.stderr.splitlines() == [
        f"mockex: {wrong}: at title: expected `str` of length >= 1",
        f"mockex: {missing}: cannot be read: No such file or directory",
    ]
    assert told.returncode == 2
    told = mockex("scenarios", "check", str(right))
    assert (told.stdout, told.stderr, told.returncode) == (f"{right}: All is well\n", "", 0)


def refused_in_600_mb(file: str) -> str:
    """Check a file in an address space that is plenty for mockex; gives the sentence."""
    told = subprocess.run(
        ["bash", "-c", 'ulimit -v 600000; exec "$0" -m mockex scenarios check "$1"', sys.executable, file],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env=environment(),
        check=False,
    )
    assert told.stderr.startswith(f"mockex: {file}: "), told.stderr[-300:]
    assert told.returncode == 2
    return told.stderr.removeprefix(f"mockex: {file}: ").rstrip("\n")


def test_huge_number_is_refused_without_being_written_out(tmp_path: Path) -> None:
    """A number of a billion digits costs neither a second nor the memory that it would fill."""
    file = tmp_path / "huge.toml"
    file.write_text(
        'title = "Huge"\n[[accounts]]\nuid = 1\n[[accounts.records]]\nstartTime = 1\nendTime = 2\n'
        'details = [{ asset = "ETH", negativeBalance = 1e999999999, negativeMaxThreshold = 0 }]\n'
    )
    assert refused_in_600_mb(str(file)).startswith("at accounts[0].records[0].details[0]: expected")


def test_file_without_an_end_is_not_read_to_it() -> None:
    """A device says that its size is 0; no more than the limit is read from it."""
    assert refused_in_600_mb("/dev/zero") == "larger than 16 MiB"
