"""A world's faults, over HTTP."""

from typing import Any

from msgspec import to_builtins

from mockex import scenarios
from mockex.core.faults import Armed, Fault
from mockex.errors import MockexError
from mockex.server.control.asking import Asked, NotThereError, Route


def told(armed: Armed) -> dict[str, Any]:
    """Tell a fault with its counters."""
    declared = {name: value for name, value in to_builtins(armed.fault).items() if value is not None}
    return declared | {"name": armed.name, "met": armed.met, "struck": armed.struck}


def list_faults(asked: Asked) -> list[dict[str, Any]]:
    """List a world's faults in the order in which they are tried."""
    return [told(armed) for armed in asked.world.faults.values()]


def declare(asked: Asked) -> dict[str, Any]:
    """Declare a fault."""
    if mistake := scenarios.fault_mistake(asked.body):
        raise MockexError(mistake)
    return told(asked.world.arm(asked.body))


def end(asked: Asked) -> dict[str, str]:
    """End a fault."""
    name = asked.path["fault"]
    if asked.world.faults.pop(name, None) is None:
        raise NotThereError(f"the world {asked.world.name!r} has no fault {name!r}")
    return {"deleted": name}


def end_all(asked: Asked) -> dict[str, int]:
    """End every fault."""
    count = len(asked.world.faults)
    asked.world.faults.clear()
    return {"deleted": count}


FAULTS = "/worlds/{world}/faults"
ROUTES = (
    Route("GET", FAULTS, "List a world's faults, and how often each struck", list_faults),
    Route("POST", FAULTS, "Declare a fault", declare, Fault, status=201),
    Route("DELETE", FAULTS, "End all faults", end_all),
    Route("DELETE", f"{FAULTS}/{{fault}}", "End a fault", end),
)
