"""What a client is made with: where to ask, with which key, and a clock of its own that no test has to wait for."""

from mockex.core.account import KeyType
from mockex.signer import Signer
from mockex.testing.world import LiveWorld


class EndlessError(BaseException):
    """A client waits without end; no Exception, so that no retry catches it."""


class Target:
    """A world as its client sees it. Stands in for the module `time` in a client: `patch("my_client.time", target)`.

    `time()` is the client's own clock, which need not be right; `sleep` and `asleep` move the world's clock on
    instead of waiting. `recv_window_ms` None leaves it to the client; `ca_file` is whom to trust where the URL is
    https://.
    """

    def __init__(
        self,
        world: LiveWorld,
        signer: Signer,
        patience_s: float,
        *,
        key_type: KeyType = "HMAC",
        recv_window_ms: int | None = None,
        ca_file: str | None = None,
    ) -> None:
        self.url = world.url
        self.signer = signer
        self.api_key = signer.api_key
        self.secret = signer.secret
        self.private_key = signer.private_key
        self.key_type = key_type
        self.recv_window_ms = recv_window_ms
        self.ca_file = ca_file
        self.ahead_ms = 0
        self.slept_s = 0.0
        self._clock = world.clock
        self._patience_s = patience_s

    def time(self) -> float:
        """Give the client's time in seconds since 1970 UTC."""
        return (self._clock.now_ms + self.ahead_ms) / 1_000

    def sleep(self, seconds: float) -> None:
        """Wait, by the world's clock alone. Raises EndlessError where one call waits for too long altogether."""
        self.slept_s += max(seconds, 0)
        if self.slept_s > self._patience_s:
            raise EndlessError(f"one call has waited {self.slept_s:g} s, and waits on")
        self._clock.sleep(max(seconds, 0))

    async def asleep(self, seconds: float) -> None:
        """Wait as `sleep` does, where `asyncio.sleep` would."""
        self.sleep(seconds)
