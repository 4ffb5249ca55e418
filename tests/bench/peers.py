"""The files that peers are configured by: each is told the same answer at the same path."""

from collections.abc import Callable
from pathlib import Path

from msgspec import json

from tests.bench.workload import BODY, PATH

TEXT = BODY.decode()
JSON_TYPE = {"Content-Type": "application/json"}


def wiremock(_port: int) -> object:
    """Write a stub of WireMock."""
    return {
        "request": {"method": "GET", "urlPath": PATH},
        "response": {"status": 200, "body": TEXT, "headers": JSON_TYPE},
    }


def openapi(_port: int) -> object:
    """Write a description with an example, for Prism."""
    content = {"application/json": {"example": json.decode(BODY)}}
    get = {"responses": {"200": {"description": "the records", "content": content}}}
    return {"openapi": "3.0.3", "info": {"title": "records", "version": "1"}, "paths": {PATH: {"get": get}}}


def imposters(port: int) -> object:
    """Write an imposter of mountebank."""
    answer = {"is": {"statusCode": 200, "headers": JSON_TYPE, "body": TEXT}}
    stub = {"predicates": [{"equals": {"method": "GET", "path": PATH}}], "responses": [answer]}
    return {"imposters": [{"port": port, "protocol": "http", "host": "127.0.0.1", "stubs": [stub]}]}


def mockoon(port: int) -> object:
    """Write an environment of Mockoon."""
    response = {
        "uuid": "00000000-0000-4000-8000-000000000003",
        "statusCode": 200,
        "headers": [{"key": "Content-Type", "value": "application/json"}],
        "body": TEXT,
        "bodyType": "INLINE",
        "disableTemplating": False,
        "default": True,
        "rules": [],
    }
    route = {
        "uuid": "00000000-0000-4000-8000-000000000002",
        "type": "http",
        "method": "get",
        "endpoint": PATH.lstrip("/"),
        "responses": [response],
    }
    return {
        "uuid": "00000000-0000-4000-8000-000000000001",
        "lastMigration": 33,
        "name": "records",
        "hostname": "127.0.0.1",
        "port": port,
        "routes": [route],
        "rootChildren": [{"type": "route", "uuid": route["uuid"]}],
    }


def json_server(_port: int) -> object:
    """Write a database of json-server."""
    return {"records": json.decode(BODY)}


def json_server_routes(_port: int) -> object:
    """Write the way to it, whatever the query says."""
    return {f"{PATH}*": "/records"}


FILES: dict[str, Callable[[int], object]] = {
    "mappings/records.json": wiremock,
    "openapi.json": openapi,
    "imposters.json": imposters,
    "mockoon.json": mockoon,
    "db.json": json_server,
    "routes.json": json_server_routes,
}

NGINX = """\
worker_processes 1;
pid nginx.pid;
error_log stderr error;
daemon off;
events {{}}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path .; proxy_temp_path .; fastcgi_temp_path .; uwsgi_temp_path .; scgi_temp_path .;
  server {{
    listen 127.0.0.1:{port};
    location = {path} {{ default_type application/json; alias {folder}/body.json; }}
  }}
}}
"""


def configured(folder: Path, port: int) -> None:
    """Write into a folder whatever a server may want to read."""
    (folder / "body.json").write_bytes(BODY)
    for name, make in FILES.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(json.encode(make(port)))
    (folder / "nginx.conf").write_text(NGINX.format(port=port, path=PATH, folder=folder), encoding="utf-8")
