"""The projects are no part of this run: each has its own rootdir and configuration."""

collect_ignore_glob = ["*_client", "official_sdk"]
