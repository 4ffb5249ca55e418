"""A mistake in a scenario file is told in one sentence: file, path in it, what was expected, and the nearest word."""

from pathlib import Path

import pytest

from mockex import scenarios
from mockex.errors import ScenarioError

KEY = "k" * 64
HEAD = 'title = "Wrong"\n'
ACCOUNT = HEAD + "[[accounts]]\nuid = 1\n"
AN_HMAC_KEY = f'[[accounts.keys]]\ntype = "HMAC"\napi_key = "{KEY}"\nsecret = "s"\n'


def detail(balance: str, threshold: str = "0") -> str:
    """Write an account with one record whose numbers are these."""
    return (
        ACCOUNT + "[[accounts.records]]\nstartTime = 1\nendTime = 2\n"
        f'details = [{{ asset = "ETH", negativeBalance = {balance}, negativeMaxThreshold = {threshold} }}]\n'
    )


RECORD = "at accounts[0].records[0].details[0]"
NO_BALANCE = f"{RECORD}: expected `negativeBalance` to be a number of at most 60 digits, not below 0"

ROWS: list[tuple[str, str, str]] = [
    # what is wrong, the file, and what must be said of it
    ("no TOML", "title = \n", "is not TOML: Invalid value (at line 1, column 9)"),
    ("a string without its end", 'title = "x\n', "is not TOML: Illegal character '\\n' (at line 1, column 11)"),
    ("a name twice", HEAD + HEAD, "is not TOML: Cannot overwrite a value (at line 2, column 16)"),
    ("nothing", "", "object missing required field `title`"),
    ("an empty title", 'title = ""\n', "at title: expected `str` of length >= 1"),
    ("a title of 121 letters", f'title = "{"x" * 121}"\n', "at title: expected `str` of length <= 120"),
    ("a title that is a date", "title = 2026-01-01\n", "at title: expected `str`, got `date`"),
    ("an unknown name", HEAD + "sead = 1\n", "object contains unknown field `sead` (did you mean 'seed'?)"),
    ("a name of nowhere", HEAD + "xyzzy = 1\n", "object contains unknown field `xyzzy`"),
    (
        "an unknown name of an account",
        ACCOUNT + "lone = {}\n",
        "at accounts[0]: object contains unknown field `lone` (did you mean 'loan'?)",
    ),
    (
        "an unknown name of a loan",
        ACCOUNT + 'loan = { amuont = "1" }\n',
        "at accounts[0].loan: object contains unknown field `amuont` (did you mean 'amount'?)",
    ),
    (
        "an unknown name of a record",
        ACCOUNT + "[[accounts.records]]\nstart_time = 1\n",
        "at accounts[0].records[0]: object contains unknown field `start_time` (did you mean 'startTime'?)",
    ),
    (
        "an unknown name of a key",
        ACCOUNT + AN_HMAC_KEY + 'allowed_ip = ["127.0.0.1"]\n',
        "at accounts[0].keys[0]: object contains unknown field `allowed_ip` (did you mean 'allowed_ips'?)",
    ),
    (
        "an unknown name of what is generated",
        ACCOUNT + "generate = { record = 3 }\n",
        "at accounts[0].generate: object contains unknown field `record` (did you mean 'records'?)",
    ),
    (
        "an unknown limit",
        HEAD + "[limits]\nsapi_weight = 1\n",
        "at limits: object contains unknown field `sapi_weight` (did you mean 'sapi_weight_per_ip'?)",
    ),
    ("a limit below 0", HEAD + "[limits]\nfirst_ban_s = -1\n", "at limits: expected `first_ban_s` to be at least 0"),
    (
        "bans that do not grow",
        HEAD + "[limits]\nfirst_ban_s = 3\nlongest_ban_s = 2\n",
        "at limits: expected 1 <= `first_ban_s` <= `longest_ban_s`",
    ),
    ("a seed with a point", HEAD + "seed = 1.0\n", "at seed: expected `int`, got `decimal`"),
    ("a seed that is a word", HEAD + 'seed = "1"\n', "at seed: expected `int`, got `str`"),
    ("a seed that is true", HEAD + "seed = true\n", "at seed: expected `int`, got `bool`"),
    ("a seed below 0", HEAD + "seed = -1\n", "at seed: expected `int` >= 0"),
    ("a seed of 64 bits", HEAD + f"seed = {1 << 63}\n", "at seed: expected `int` <= 9223372036854775807"),
    ("a uid of 0", HEAD + "[[accounts]]\nuid = 0\n", "at accounts[0].uid: expected `int` >= 1"),
    ("an account without uid", HEAD + "[[accounts]]\n", "at accounts[0]: object missing required field `uid`"),
    ("one account, not a list", HEAD + "[accounts]\nuid = 1\n", "at accounts: expected `array`, got `object`"),
    ("a uid twice", ACCOUNT + "[[accounts]]\nuid = 1\n", "expected every `uid` once, got `1` twice"),
    ("an API key twice", ACCOUNT + AN_HMAC_KEY * 2, f"expected every `api_key` once, got `{KEY}` twice"),
    (
        "an API key of two accounts",
        ACCOUNT + AN_HMAC_KEY + "[[accounts]]\nuid = 2\n" + AN_HMAC_KEY,
        f"expected every `api_key` once, got `{KEY}` twice",
    ),
    (
        "a wrong choice",
        HEAD + '[behaviour]\nno_loan = "refused"\n',
        "at behaviour.no_loan: invalid enum value 'refused' (did you mean 'refuse'?)",
    ),
    (
        "a wrong permission",
        ACCOUNT + AN_HMAC_KEY + 'permissions = ["enableReading", "enableTrading"]\n',
        "at accounts[0].keys[0].permissions[1]: invalid enum value 'enableTrading' (did you mean 'enableReading'?)",
    ),
    (
        "a wrong type of key",
        ACCOUNT + AN_HMAC_KEY.replace("HMAC", "Rsa"),
        "at accounts[0].keys[0].type: invalid value 'Rsa' (did you mean 'RSA'?)",
    ),
    (
        "a wrong type of key to generate",
        ACCOUNT + 'generate = { keys = ["HMAC", "ED25519"] }\n',
        "at accounts[0].generate.keys[1]: invalid enum value 'ED25519' (did you mean 'Ed25519'?)",
    ),
    (
        "a key without type",
        ACCOUNT + f'[[accounts.keys]]\napi_key = "{KEY}"\n',
        "at accounts[0].keys[0]: object missing required field `type`",
    ),
    (
        "a key without secret",
        ACCOUNT + f'[[accounts.keys]]\ntype = "HMAC"\napi_key = "{KEY}"\n',
        "at accounts[0].keys[0]: object missing required field `secret`",
    ),
    (
        "an empty secret",
        ACCOUNT + AN_HMAC_KEY.replace('"s"', '""'),
        "at accounts[0].keys[0].secret: expected `str` of length >= 1",
    ),
    ("a number as a word", detail('"18"'), f"{RECORD}.negativeBalance: expected `int | decimal`, got `str`"),
    ("a number that is true", detail("true"), f"{RECORD}.negativeBalance: expected `int | decimal`, got `bool`"),
    ("a balance below 0", detail("-18"), NO_BALANCE),
    ("a balance just below 0", detail("-1e-8"), NO_BALANCE),
    ("a balance of nan", detail("nan"), NO_BALANCE),
    ("a balance of inf", detail("inf"), NO_BALANCE),
    ("a balance of 61 digits", detail("1" * 61), NO_BALANCE),
    ("a balance of 61 digits, written short", detail("1e60"), NO_BALANCE),
    ("a balance of 60 decimals", detail("1e-60"), NO_BALANCE),
    ("a balance of 5,000 digits", detail("1" * 5_000), "is not TOML: Exceeds the limit (4300 digits)"),
    ("a threshold below 0", detail("1", "-0.5"), NO_BALANCE.replace("negativeBalance", "negativeMaxThreshold")),
    ("a threshold of nan", detail("1", "nan"), NO_BALANCE.replace("negativeBalance", "negativeMaxThreshold")),
    (
        "an amount that is a number",
        ACCOUNT + "loan = { amount = 579.45 }\n",
        "at accounts[0].loan.amount: expected `str`, got `decimal`",
    ),
    (
        "an amount below 0",
        ACCOUNT + 'loan = { amount = "-1" }\n',
        "at accounts[0].loan.amount: expected `str` matching regex",
    ),
    (
        "an amount with a line break",
        ACCOUNT + 'loan = { amount = "1\\n" }\n',
        "at accounts[0].loan.amount: expected `str` matching regex",
    ),
    (
        "a record before 1970",
        detail("1").replace("startTime = 1", "startTime = -1"),
        "at accounts[0].records[0].startTime: expected `int` >= 0",
    ),
    (
        "a clock that stands still and runs",
        HEAD + "[clock]\nfrozen_at = 0\nrate = 2\n",
        "at clock: expected either `frozen_at`, or `offset_ms` and `rate`, not both",
    ),
    (
        "a clock that stands still and is late",
        HEAD + "[clock]\nfrozen_at = 0\noffset_ms = -1\n",
        "at clock: expected either `frozen_at`, or `offset_ms` and `rate`, not both",
    ),
    ("a clock that runs backwards", HEAD + "[clock]\nrate = -1\n", "at clock.rate: expected `float` >= 0.0"),
    ("a clock that runs at nan", HEAD + "[clock]\nrate = nan\n", "at clock.rate: expected `float` >= 0.0"),
    ("a clock that runs at inf", HEAD + "[clock]\nrate = inf\n", "at clock.rate: expected `float` <= 86400.0"),
    (
        "a moment without its zone",
        HEAD + "[clock]\nfrozen_at = 2026-01-01T00:00:00\n",
        "at clock.frozen_at: expected `datetime` with a timezone component",
    ),
    (
        "a moment that is a day",
        HEAD + "[clock]\nfrozen_at = 2026-01-01\n",
        "at clock.frozen_at: expected `int | datetime | null`, got `date`",
    ),
    (
        "a moment after 9999",
        HEAD + "[clock]\nfrozen_at = 253402300800000\n",
        "at clock.frozen_at: expected `int` <= 253402300799999",
    ),
    (
        "records of no time",
        ACCOUNT + "generate = { records = 1 }\n",
        "at accounts[0].generate: expected `since` <= `until`, because `records` are to be generated between them",
    ),
    (
        "records without an end",
        HEAD + "[generate.each]\nrecords = 1\nsince = 0\n",
        "at generate.each: expected `since` <= `until`, because `records` are to be generated between them",
    ),
    (
        "records from late to early",
        ACCOUNT + "generate = { records = 1, since = 2, until = 1970-01-01T00:00:00.001Z }\n",
        "at accounts[0].generate: expected `since` <= `until`, because `records` are to be generated between them",
    ),
    (
        "more records than there is room for",
        ACCOUNT + "generate = { records = 1000001, since = 0, until = 1 }\n",
        "at accounts[0].generate.records: expected `int` <= 1000000",
    ),
    ("arrays in arrays", HEAD + f"accounts = {'[' * 40}{']' * 40}\n", "at accounts[0]: expected `object`, got `array`"),
    ("arrays without end", HEAD + f"accounts = {'[' * 100_000}\n", "is not TOML: maximum recursion depth exceeded"),
]


@pytest.mark.parametrize(("text", "said"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_mistake_is_explained(text: str, said: str, tmp_path: Path) -> None:
    """Each is told of in one line that begins with the file and goes on with where and what."""
    file = tmp_path / "wrong.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as told:
        scenarios.read(str(file))
    assert str(told.value).startswith(f"{file}: {said}")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "api_key", ["k" * 63, "k" * 65, "k" * 63 + "-", "k" * 63 + "é", "", "k" * 63 + "\\n", KEY + "\\n"]
)
def test_api_key_is_64_letters_and_digits(api_key: str, tmp_path: Path) -> None:
    """One letter less or more, or anything but letters and digits, is no API key; a line break behind it neither."""
    file = tmp_path / "wrong.toml"
    file.write_text(ACCOUNT + AN_HMAC_KEY.replace(KEY, api_key), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"at accounts\[0\]\.keys\[0\]\.api_key: expected `str`"):
        scenarios.read(str(file))


def test_unknown_name_cannot_break_the_line(tmp_path: Path) -> None:
    """A name that would write on the terminal is shown harmless, and one that looks like a path leads nowhere."""
    file = tmp_path / "wrong.toml"
    for name in ("a\\nmockex: all is well", "\\u001B[2J", "a` - at `$.accounts[7].loan"):
        file.write_text(ACCOUNT + f'"{name}" = 1\n', encoding="utf-8")
        with pytest.raises(ScenarioError) as told:
            scenarios.read(str(file))
        assert str(told.value).isprintable(), str(told.value)


def test_scenario_of_no_name_is_explained() -> None:
    """A name that is none is told with the nearest one and with all there are; only a path is taken for a file."""
    with pytest.raises(ScenarioError) as told:
        scenarios.read("rate_storm")
    assert str(told.value).startswith("no scenario is called 'rate_storm' (did you mean 'rate-storm'?); there are ")
    assert str(told.value).endswith(", ".join(scenarios.names()))
    with pytest.raises(ScenarioError, match=r"^no scenario is called 'xyzzy'; there are"):
        scenarios.read("xyzzy")


def test_good_file_is_not_refused(tmp_path: Path) -> None:
    """What the rows above have in common is right, so that each is refused for its own mistake."""
    file = tmp_path / "right.toml"
    edge = "1" * 60
    for text in (HEAD, ACCOUNT, ACCOUNT + AN_HMAC_KEY, detail("18"), detail("0", "0.5"), detail(edge), detail("0e9")):
        file.write_text(text, encoding="utf-8")
        assert scenarios.read(str(file)).title == "Wrong"
