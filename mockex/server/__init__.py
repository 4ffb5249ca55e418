"""The thin aiohttp shell: sockets in, requests to the core, replies out."""
