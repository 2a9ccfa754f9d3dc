"""The units of `schedule systemd` under a live systemd: what is granted works, and what is refused could not have.

Each case is a kind of path that settings can name. The container runs the unit of every case, also of a refused one;
a run works if it ends with status 0 and the inventory and all reports are at the paths of the settings.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.docs import material
from tests.schedule import live

#: Phones respond there in the container, which has a loopback interface of its own.
SUBNET, PHONES = "127.29.77.0/30", "127.29.77.1-127.29.77.2"
STATE = "/var/lib/phonescan"
SECRET = '[[credentials]]\nname = "campus"\ncommunity = "file:{}"\n'
VENDOR = "fingerprints/vendors/htek.toml"


def case(
    name: str,
    words: str = "",
    *,
    db: str | None = "",
    report: str = "",
    path: str = "",
    more: str = "",
    scan: str = "",
    config: str = "",
    **rest: Any,
) -> tuple[str, dict[str, Any]]:
    """A case: settings with one scan, and `words` of the refusal (empty: it works).

    `path` is where the report is if that is not the text of the setting; `db` None is an inventory without a setting.
    """
    place = f"{STATE}/{name}.sqlite" if db == "" else db
    text = f'[inventory]\ndb = "{place}"\n' if place else ""
    text += f'{more}\n[[scan]]\nname = "{name}"\ntargets = ["{PHONES}"]\ndiscover = ["sip"]\n'
    text += f'pace = "fast"\ncron = "0 2 * * *"\n{scan}\n'
    if report:
        text += f'[[scan.reports]]\nkind = "inventory"\nformat = "csv"\npath = "{report}"\n'
    config = config or f"/etc/phonescan-{name}/phonescan.toml"
    found = rest.pop("found", None) or str(Path(config).parent / (place or f"{STATE}/phonescan.sqlite"))
    reports = [path or report] if report else []
    return name, {"words": words, "config": config, "settings": text, "db": found, "reports": reports, **rest}


def quick_start() -> tuple[str, dict[str, Any]]:
    """The settings of the quick start, on the page's own paths, with phones that exist in the container."""
    page = material.DOCS / "quick-start.md"
    text = next(block.text for block in material.blocks("toml", page=page) if "[[scan]]" in block.text)
    text = text.replace('targets = ["10.1.2.0/24", "10.1.3.0/24"]', f'targets = ["{PHONES}"]\ndiscover = ["sip"]')
    return "nightly", {
        "words": "",
        "config": "/etc/phonescan/phonescan.toml",
        "settings": text,
        "db": f"{STATE}/phonescan.sqlite",
        "reports": [f"{STATE}/reports/nightly-2*.html", f"{STATE}/reports/inventory.csv"],
        "prepare": "echo 'PHONESCAN_MAIL=\"json://127.0.0.1:9\"' > /etc/phonescan/phonescan.env",
    }


CASES: dict[str, dict[str, Any]] = dict(
    [
        quick_start(),
        # -- what works
        case(
            "closed-folder",
            more=SECRET.format("key") + '[fingerprints]\nfolders = ["more"]\n',
            report=f"{STATE}/closed-{{name}}-{{date}}.csv",
            path=f"{STATE}/closed-closed-folder-2*.csv",
            scan='exclude = ["@not.txt"]\nmessage = "mail.txt"\nnotify = ["file:url"]\n',
            prepare="cd /etc/phonescan-closed-folder; echo public > key; echo json://127.0.0.1:9 > url;"
            " echo hello > mail.txt; echo 127.29.77.9 > not.txt; mkdir more more/vendors;"
            f" cp /opt/phonescan/code/{VENDOR} more/vendors/x.toml;"
            " chmod 600 key url mail.txt not.txt; chmod 700 .",
            reads=["/etc/phonescan-closed-folder/mail.txt"],
        ),
        case(
            "new-state",
            db="/var/lib/phones-a/a.sqlite",
            report="/var/cache/phones-a/{date}/a.csv",
            path="/var/cache/phones-a/2*/a.csv",
        ),
        case(
            "state-of-root",
            db="/var/lib/phones-b/b.sqlite",
            report="/var/lib/phones-b/reports/{name}.csv",
            path="/var/lib/phones-b/reports/state-of-root.csv",
            prepare="mkdir -p /var/lib/phones-b/reports; touch /var/lib/phones-b/b.sqlite /var/lib/phones-b/reports/x",
        ),
        case(
            "group-folder",
            report="/srv/group/new/x.csv",
            prepare="groupadd readers; install -d -g readers -m 2775 /srv/group",
        ),
        case(
            "open-folder",
            report="/srv/open/ {time} x.csv",
            path="/srv/open/ * x.csv",
            prepare="install -d -m 777 /srv/open",
        ),
        case("with-db-option", db="/etc/other.sqlite", db_option=True, found=f"{STATE}/given.sqlite"),
        case(
            "linked",
            config="/etc/linked.toml",
            report="/srv/link/x.csv",
            prepare="mv /etc/linked.toml /srv/linked.toml; ln -s /srv/linked.toml /etc/linked.toml;"
            f" ln -s {STATE} /srv/link",
        ),
        case(
            "own-user",
            user="netops",
            db="/srv/netops/own.sqlite",
            report="/srv/netops/x.csv",
            prepare="useradd --system netops; install -d -o netops -m 750 /srv/netops",
        ),
        case(
            "own-user-state",
            user="netops2",
            db="/var/lib/netops/own.sqlite",
            report="/var/lib/netops/x.csv",
            prepare="useradd --system netops2; useradd --system -G netops2 nagios2",
            after="runuser -u nagios2 -- /opt/phonescan/bin/phonescan check --db /var/lib/netops/own.sqlite",
        ),
        # -- what does not
        case("report-in-tmp", "PrivateTmp", report="/tmp/x.csv"),
        case(
            "report-in-var-tmp",
            "PrivateTmp",
            report="/var/tmp/phones/x.csv",
            prepare="install -d -m 777 /var/tmp/phones",
        ),
        case("report-in-home", "ProtectHome", report="/home/admin/x.csv", prepare="install -d -m 777 /home/admin"),
        case("report-in-root", "ProtectHome", report="/root/x.csv"),
        case("report-in-shm", "empty after a restart", report="/dev/shm/x.csv", path="/dev/shm/after-a-restart"),
        case("report-in-run", "empty after a restart", report="/run/x.csv"),
        case("report-in-dev", "PrivateDevices", report="/dev/x.csv"),
        case(
            "report-beside-settings",
            "cannot be written",
            report="x.csv",
            path="/etc/phonescan-report-beside-settings/x.csv",
        ),
        case("report-in-no-folder", "does not exist", report="/srv/absent/x.csv"),
        case(
            "report-in-closed-folder",
            "root:root 0755",
            report="/srv/closed/x.csv",
            prepare="install -d -m 755 /srv/closed",
        ),
        case(
            "report-on-read-only",
            "read-only file system",
            report="/srv/ro/x.csv",
            prepare="mkdir /srv/ro; mount -t tmpfs -o ro,mode=777 none /srv/ro",
        ),
        case(
            "report-in-linked-home",
            "ProtectHome",
            report="/srv/to-home/x.csv",
            prepare="install -d -m 777 /home/linked; ln -s /home/linked /srv/to-home",
        ),
        case(
            "report-with-blank", "blanks", report="/srv/with blank/x.csv", prepare="install -d -m 777 '/srv/with blank'"
        ),
        case(
            "report-that-is-a-link",
            "ProtectHome",
            report="/srv/open-b/x.csv",
            prepare="install -d -m 777 /home/b /srv/open-b; touch /home/b/x.csv; ln -s /home/b/x.csv /srv/open-b/x.csv",
            path="/home/b/[a-w]*.csv",
        ),
        case("report-with-percent", "blanks", report="/srv/100%/x.csv", prepare="install -d -m 777 /srv/100%"),
        case("report-of-tilde", "~/x.csv", report="~/x.csv", path="/root/x.csv"),
        case("db-in-home", "ProtectHome", db="/home/admin2/x.sqlite", prepare="install -d -m 777 /home/admin2"),
        case("db-in-var-lib", "/var/lib (root:root 0755)", db="/var/lib/x.sqlite"),
        case(
            "db-of-another",
            "/var/lib/other",
            db="/var/lib/other/x.sqlite",
            prepare="mkdir /var/lib/other; touch /var/lib/other/theirs",
        ),
        case("db-relative", "cannot be written", db="x.sqlite"),
        case(
            "db-file-of-root",
            "file.sqlite (root:",
            user="netops4",
            db="/srv/netops4/file.sqlite",
            prepare="useradd --system netops4; install -d -o netops4 /srv/netops4; touch /srv/netops4/file.sqlite",
        ),
        case(
            "db-of-no-fixed-user",
            "create the user phonescan",
            db="/srv/group2/x.sqlite",
            prepare="groupadd readers2; install -d -g readers2 -m 2775 /srv/group2",
        ),
        case("report-is-a-folder", "is a folder", report=f"{STATE}/sub", prepare=f"mkdir -p {STATE}/sub"),
        case(
            "listed",
            user="netops5",
            db="/srv/netops5/x.sqlite",
            prepare="useradd --system netops5; install -d -m 700 /srv/netops5; setfacl -m u:netops5:rwx /srv/netops5",
        ),
        case(
            "db-in-environment",
            "PHONESCAN_DB",
            prepare="echo PHONESCAN_DB=/srv/e.sqlite > /etc/phonescan-db-in-environment/phonescan.env",
        ),
        case(
            "own-user-without-rights",
            "user netops3",
            user="netops3",
            db="/srv/netops3/x.sqlite",
            prepare="useradd --system netops3; install -d -m 755 /srv/netops3",
        ),
        case("secret-missing", "is not a file", more=SECRET.format("/etc/absent.key")),
        case("secret-in-root", "ProtectHome", more=SECRET.format("/root/secret"), prepare="echo x > /root/secret"),
        case(
            "fingerprints-in-home",
            "ProtectHome",
            more='[fingerprints]\nfolders = ["/home/f"]\n',
            prepare="mkdir -p /home/f/vendors",
        ),
        case(
            "fingerprints-unreadable",
            "chmod -R a+rX",
            more='[fingerprints]\nfolders = ["/srv/f"]\n',
            prepare="install -d -m 700 /srv/f /srv/f/vendors",
        ),
        case(
            "template-in-tmp",
            "PrivateTmp",
            scan='message = "/tmp/mail.txt"\n',
            prepare="echo hello > /tmp/mail.txt",
            reads=["/tmp/mail.txt"],
        ),
        case(
            "targets-in-home",
            "ProtectHome",
            scan='exclude = ["@/home/t.txt"]\n',
            prepare="mkdir -p /home; echo 127.29.77.9 > /home/t.txt",
        ),
        case("settings-in-home", "ProtectHome", config="/home/s/phonescan.toml"),
        case(
            "program-in-root",
            "install phonescan below /opt",
            program="/root/bin/phonescan",
            prepare="mkdir -p /root/bin; cp /opt/phonescan/bin/phonescan /root/bin",
        ),
        case(
            "program-unreadable",
            "chmod -R a+rX",
            program="/srv/bin/phonescan",
            prepare="install -d -m 700 /srv/bin; cp /opt/phonescan/bin/phonescan /srv/bin",
        ),
    ]
)


def test_a_unit_works_exactly_where_its_paths_are_not_refused(results: dict[str, dict[str, Any]]) -> None:
    wrong = {}
    for name, found in results.items():
        works = found["status"] == "0" and found["devices"] == 2 and all(found["reports"].values())
        works = works and found["after"][0] == 0
        if works != (not found["reason"]) or CASES[name]["words"] not in found["reason"]:
            wrong[name] = found
    assert len(results) == len(CASES)
    assert wrong == {}, "\n\n".join(f"{name}: {one['reason']}\n{one}" for name, one in wrong.items())


def test_a_refusal_names_the_line_of_the_path(results: dict[str, dict[str, Any]]) -> None:
    lines = {}
    for name, found in results.items():
        text = CASES[name]["settings"].splitlines()
        if found["reason"] and "line" in found["reason"] and ".env" not in found["reason"]:
            number = int(found["reason"].partition(", line ")[2].partition(":")[0])
            lines[name] = text[number - 1]
    assert len(lines) > 15
    for name, line in lines.items():
        assert line.split(" = ")[0] in ("db", "path", "community", "folders", "message", "exclude"), name


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What became of each case, of one boot of the container."""
    return live.run(tmp_path_factory.mktemp("live"), CASES, SUBNET)


pytestmark = [pytest.mark.root, pytest.mark.daemon("systemd-nspawn", "sqlite3", "setfacl"), pytest.mark.slow]
