"""Scenario files that cannot be read at all, and the key files that they name: one sentence each, and no secret."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from mockex import scenarios
from mockex.errors import ScenarioError
from mockex.scenarios import MAX_FILE_BYTES

FIXTURES = Path(__file__).parents[2] / "fixtures" / "keys"
RSA = (FIXTURES / "documented-rsa.public.pem").read_text()
ED25519 = (FIXTURES / "documented-ed25519.public.pem").read_text()
SECRET = "a-secret-that-must-not-show"
AT = "at accounts[0].keys[0]"


def said_of(file: Path) -> str:
    """Give what is said of a file, without its name, which must come first."""
    with pytest.raises(ScenarioError) as told:
        scenarios.read(str(file))
    said = str(told.value)
    assert said.startswith(f"{file}: ")
    assert "\n" not in said
    assert SECRET not in said
    return said.removeprefix(f"{file}: ")


def said_of_key(folder: Path, type_: str, about: str) -> str:
    """Give what is said of a scenario with one key."""
    file = folder / "key.toml"
    file.write_text(
        'title = "One key"\n[[accounts]]\nuid = 1\n[[accounts.keys]]\n'
        f'type = "{type_}"\napi_key = "{"k" * 64}"\n{about}\n'
    )
    return said_of(file)


def test_file_that_is_not_there(tmp_path: Path) -> None:
    """A file, or a folder on the way to it, that is not there."""
    assert said_of(tmp_path / "nowhere.toml") == "cannot be read: No such file or directory"
    assert said_of(tmp_path / "no" / "where.toml") == "cannot be read: No such file or directory"
    assert said_of(tmp_path / ("x" * 300 + ".toml")) == "cannot be read: File name too long"
    (tmp_path / "file").touch()
    assert said_of(tmp_path / "file" / "x.toml") == "cannot be read: Not a directory"


def test_folder_and_loop(tmp_path: Path) -> None:
    """A folder that is called like a file, and a link that leads to itself."""
    assert said_of(tmp_path) == "cannot be read: Is a directory"
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)
    assert said_of(loop) == "cannot be read: Too many levels of symbolic links"


def test_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    """Latin-1, UTF-16 and half a letter."""
    file = tmp_path / "wrong.toml"
    for text in ('title = "é"'.encode("latin-1"), 'title = "x"'.encode("utf-16"), 'title = "é'.encode()[:-1]):
        file.write_bytes(text)
        assert said_of(file) == "is not UTF-8 text"
    file.write_bytes('title = "x"'.encode("utf-8-sig"))
    assert said_of(file).startswith("is not TOML: ")
    file.write_bytes(b'title = "\x00"')
    assert said_of(file).startswith("is not TOML: ")


def test_file_that_is_too_large(tmp_path: Path) -> None:
    """One byte more than the limit is not even read."""
    file = tmp_path / "large.toml"
    with file.open("wb") as hole:
        hole.truncate(MAX_FILE_BYTES + 1)
    assert said_of(file) == "larger than 16 MiB"


@pytest.mark.parametrize("type_", ["RSA", "Ed25519"])
def test_public_half_is_given_once(type_: str, tmp_path: Path) -> None:
    """Both of `public_key` and `public_key_file`, or neither, is a mistake."""
    expected = f"{AT}: expected either `public_key` or `public_key_file`"
    assert said_of_key(tmp_path, type_, "") == expected
    assert said_of_key(tmp_path, type_, 'private_key = "x"') == expected
    assert said_of_key(tmp_path, type_, 'public_key = "x"\npublic_key_file = "y"') == expected


@pytest.mark.parametrize("half", ["public_key_file", "private_key_file"])
def test_key_file_that_cannot_be_read(half: str, tmp_path: Path) -> None:
    """A key file that is not there, is a folder, or can have no such name, is told by its name and its place."""
    other = f"public_key = '''{RSA}'''\n" if half == "private_key_file" else ""
    (tmp_path / "folder").mkdir()
    for name in ("nowhere.pem", "folder", "folder/x" + "x" * 300, "nul\\u0000", "../nowhere/key.pem", ""):
        said = said_of_key(tmp_path, "RSA", f'{other}{half} = "{name}"')
        assert said.startswith(f"{AT}.{half}: "), name


def test_key_file_that_is_no_key(tmp_path: Path) -> None:
    """What is no ASCII cannot be read as PEM; what is, but no PEM, is no key; and nothing of it is shown."""
    (tmp_path / "latin.pem").write_bytes(f"{SECRET} é".encode("latin-1"))
    (tmp_path / "text.pem").write_text(SECRET)
    assert said_of_key(tmp_path, "RSA", 'public_key_file = "latin.pem"').startswith(f"{AT}.public_key_file: ")
    no_key = "expected the PEM of an RSA public key, got no public key in PEM"
    assert said_of_key(tmp_path, "RSA", 'public_key_file = "text.pem"') == f"{AT}: {no_key}"
    assert said_of_key(tmp_path, "RSA", f'public_key = "{SECRET} é"') == f"{AT}: {no_key}"


def private_pem() -> str:
    """Make a private key, where a public one is wanted."""
    key = ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: ec.EllipticCurvePublicKey | dsa.DSAPublicKey) -> str:
    """Write a public key in PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_key_of_another_type_than_declared(tmp_path: Path) -> None:
    """An RSA key declared Ed25519, and the reverse; an EC key, a truncated key and a private key declared anything."""
    elliptic = public_pem(ec.generate_private_key(ec.SECP256R1()).public_key())
    for type_, pem, got in [
        ("Ed25519", RSA, "RSA"),
        ("RSA", ED25519, "Ed25519"),
        ("RSA", elliptic, "another type"),
        ("Ed25519", elliptic, "another type"),
        ("RSA", RSA.replace("A", "B", 40), "no public key in PEM"),
        ("RSA", "\n".join(RSA.splitlines()[:3]), "no public key in PEM"),
        ("Ed25519", private_pem(), "no public key in PEM"),
    ]:
        said = said_of_key(tmp_path, type_, f"public_key = '''{pem}'''")
        article = "an RSA" if type_ == "RSA" else "an Ed25519"
        assert said == f"{AT}: expected the PEM of {article} public key, got {got}"
        (tmp_path / "public.pem").write_text(pem)
        assert said_of_key(tmp_path, type_, 'public_key_file = "public.pem"') == said


def test_private_half_that_does_not_fit(tmp_path: Path) -> None:
    """A private key that is none, or not of its public half, is refused: handed to tests, it would not sign."""
    other = rsa.generate_private_key(65_537, 2_048)
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for private_key in (SECRET, pem, private_pem()):
        said = said_of_key(tmp_path, "RSA", f"public_key = '''{RSA}'''\nprivate_key = '''{private_key}'''")
        assert said.startswith(AT)
    (tmp_path / "private.pem").write_text(pem)
    assert said_of_key(tmp_path, "RSA", f"public_key = '''{RSA}'''\nprivate_key_file = 'private.pem'").startswith(AT)


def test_secrets_are_not_quoted(tmp_path: Path) -> None:
    """A mistake beside a secret, or in it, is told without it."""
    for about in (
        f'secret = "{SECRET}"\nsecrets = 1',
        f'secret = ["{SECRET}"]',
        f'secret = "{SECRET}\n',
        f'secret = "{SECRET}" x',
        f"secret = {SECRET}",
        f'secret = "{SECRET}"\npermissions = "{SECRET}"',
    ):
        assert said_of_key(tmp_path, "HMAC", about)
