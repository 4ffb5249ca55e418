"""A world's faults, over HTTP."""

from typing import Any

from msgspec import to_builtins

from mockex import scenarios
from mockex.core.faults import Armed, Fault
from mockex.errors import MockexError
from mockex.mistakes import nearest
from mockex.server.control.asking import Asked, NotThereError, Route


def told(armed: Armed) -> dict[str, Any]:
    """Tell a fault with its counters."""
    declared = {name: value for name, value in to_builtins(armed.fault).items() if value is not None}
    return declared | {"name": armed.name, "met": armed.met, "struck": armed.struck}


def list_faults(asked: Asked) -> list[dict[str, Any]]:
    """List a world's faults in the order in which they are tried."""
    world = asked.world
    world.now_ms(asked.real_ms)
    return [told(armed) for armed in world.faults.values()]


def declare(asked: Asked) -> dict[str, Any]:
    """Declare a fault."""
    asked.world.now_ms(asked.real_ms)
    if mistake := scenarios.fault_mistake(asked.body):
        raise MockexError(mistake)
    return told(asked.world.arm(asked.body))


def end(asked: Asked) -> dict[str, str]:
    """End a fault; `fN` that was minted for it comes never again."""
    world, name = asked.world, asked.path["fault"]
    world.now_ms(asked.real_ms)
    if world.faults.pop(name, None) is None:
        raise NotThereError(f"the world {world.name!r} has no fault {name!r}{nearest(name, world.faults)}")
    return {"deleted": name}


def end_all(asked: Asked) -> dict[str, int]:
    """End every fault."""
    world = asked.world
    world.now_ms(asked.real_ms)
    count = len(world.faults)
    world.faults.clear()
    return {"deleted": count}


FAULTS = "/worlds/{world}/faults"
ROUTES = (
    Route("GET", FAULTS, "List a world's faults, and how often each struck", list_faults),
    Route("POST", FAULTS, "Declare a fault", declare, Fault, status=201),
    Route("DELETE", FAULTS, "End all faults", end_all),
    Route("DELETE", f"{FAULTS}/{{fault}}", "End a fault", end),
)
