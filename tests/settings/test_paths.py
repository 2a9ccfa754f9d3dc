"""Every key of the settings either names a path that `paths` lists, or is known to name none."""

from __future__ import annotations

from pathlib import Path

from scanner import settings
from scanner.settings import paths
from scanner.settings.paths import PathUse
from scanner.settings.records import MEANING

#: Keys that contain no path: numbers, words, patterns, addresses, and tables of them.
WITHOUT = {
    "inventory": {"retention", "missing_after"},
    "network": {"pace", "rate", "retries", "timeout", "interfaces", "ports.http", "ports.sip", "ports.snmp"}
    | {"allow_public"},
    "credentials": {"name", "targets", "user", "auth", "priv"},
    "site": {"name", "subnets"},
    "policy": {"primary", "fallback", "stale_after_days", "match", "STATUS", "use", "versions", "rule"},
    "policy.NAME": {"extends", "KEY"},
    "policy.rule": {"catalog", "manufacturer", "model", "site", "line", "newer_up_to", "versions", "STATUS"},
    "exception": {"match", "accept", "owner", "reason", "expires"},
    "policy.CATALOG": {"match", "STATUS"},
    "scan": {"name", "site", "discover", "cron", "timezone", "window", "pace", "retention", "attach_limit"}
    | {"from_routers"},
    "passive": {"targets"},
    "map": {"name", "columns"},
    "watch": {"done", "format", "map", "site", "every"},
    "router": {"name", "address", "targets"},
    "web": {"url", "edit"},
    "netbox": {"url", "timeout", "inventory"},
    "registrar": {"name", "kind", "host", "port", "tls", "user", "profiles", "path", "timeout", "site"},
}

ALL = """
[inventory]
db = "p/db"

[[credentials]]
name = "a"
community = "file:p/community"

[[credentials]]
name = "b"
user = "u"
auth_key = "file:p/auth_key"
priv_key = "file:p/priv_key"

[fingerprints]
folders = ["p/folders"]
recog = "p/recog"

[netbox]
token = "file:p/token"

[[registrar]]
name = "pbx"
kind = "asterisk"
host = "pbx.example"
secret = "file:p/secret"
ca = "p/ca"

[[watch]]
folder = "p/folder"

[[watch]]
folder = "p/marked"
done = "mark"

[[scan]]
name = "other"

[[scan]]
name = "nightly"
targets = ["@p/targets", "10.0.0.0/8", "netbox:site=hq,role=voice"]
exclude = ["p/exclude", "host.example"]
switches = ["@p/switches"]
reports = [{ kind = "inventory", format = "csv", path = "p/reports" }]
notify = ["file:p/notify", "env:MAIL", "mailto://file:p@example.org"]
message = "p/message"
"""


def test_every_key_with_a_path_is_listed(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p/exclude").write_text("10.0.0.1")
    (tmp_path / "phonescan.toml").write_text(ALL)
    found = settings.load(tmp_path / "phonescan.toml")
    scan = found.sections.scan[1]
    named = [*paths.shared(found), *paths.of_scan(found, scan), *paths.of_watch(found, 0)]
    keys = {(one.key.partition(".")[0].partition("[")[0], one.path.name) for one in named}
    expected = {(section, key) for section, key, _ in MEANING if key not in WITHOUT.get(section, ())}
    assert keys == expected
    assert all(one.path == tmp_path / "p" / one.path.name for one in named)
    uses = {one.path.name: one.use for one in named}
    assert [name for name in uses if uses[name] is PathUse.SECRET] == [
        "community", "auth_key", "priv_key", "secret", "token", "notify",
    ]  # fmt: skip
    assert (uses["db"], uses["reports"], uses["targets"]) == (PathUse.INVENTORY, PathUse.REPORT, PathUse.READ)
    watched = {one.path.name: one.use for one in paths.of_watch(found, 1)}
    assert uses["folder"] is PathUse.MOVE
    assert watched == {"db": PathUse.INVENTORY, **dict.fromkeys(("folders", "recog", "marked"), PathUse.READ)}
    assert list(paths.variables(found, scan)) == [("scan[1].notify", "MAIL")]
