"""Makes so many calls to the core, for who counts instructions: COUNT."""

import sys

from tests.bench.inside.calls import all_handled, exchange_of, ordinary

if __name__ == "__main__":
    all_handled(exchange_of(), ordinary()[: int(sys.argv[1])])()
