"""Adapters of published clients, as they are published: each speaks the protocol of docs/adapter-protocol.md."""
