"""The image that the Dockerfile builds, in containers with other privileges: its first command, settings, and pages."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.deploy.container import IMAGE, ROOT, Engine, build, engine

pytestmark = [
    pytest.mark.root,
    pytest.mark.network,
    pytest.mark.slow,
    pytest.mark.daemon("buildah", "podman", "runc", "dpkg-query", "apt-cache"),
    pytest.mark.timeout(600),
]
SHIPPED = yaml.safe_load((ROOT / "docs/deploy/compose.yaml").read_text(encoding="utf-8"))["services"]
SUMMARY = "scan 1: 96 devices: 30 certified, "
SETTINGS = '[[scan]]\nname = "nightly"\ntargets = ["10.1.0.0/24"]\ncron = "0 2 * * *"\n'
#: The privileges that the compose file sets.
HARDENED = ("--cap-drop=ALL", "--read-only", "--tmpfs=/tmp:size=64m,mode=1777,noexec,nosuid,nodev")
#: A command of the image as user 10001, from whom setuid has taken what the engine gave beyond the bounding set.
AS_USER = "import os, sys; os.setgid(10001); os.setuid(10001); os.execvp('phonescan', ['phonescan', *sys.argv[1:]])"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine(tmp_path_factory.mktemp("image")) as found:
        build(found)
        yield found


def test_the_first_command_needs_no_settings_and_no_privilege(image: Engine) -> None:
    done = image.run("demo")
    assert done.returncode == 0, done.stderr
    assert SUMMARY in done.stderr


def raw_sockets(done: subprocess.CompletedProcess[str]) -> str:
    """The state of the raw sockets in the output of `doctor --format json`."""
    return str({check["name"]: check["state"] for check in json.loads(done.stdout)}["raw sockets"])


@pytest.mark.parametrize(
    ("privileges", "state"),
    [
        ((), "note"),
        (("--cap-add=NET_RAW",), "ok"),
        ((*HARDENED, "--cap-add=NET_RAW"), "ok"),
        (HARDENED, "note"),
    ],
    ids=["none named", "raw sockets", "the scheduler of compose.yaml", "the pages of compose.yaml"],
)
def test_raw_sockets_are_used_where_the_container_may_have_them(
    image: Engine, privileges: tuple[str, ...], state: str
) -> None:
    assert raw_sockets(image.run("doctor", "--format", "json", options=privileges)) == state


def test_a_user_to_whom_the_engine_gives_no_capability_has_that_of_the_interpreter(image: Engine) -> None:
    # podman gives it to the user, Docker does not
    as_root = ["--user=0", "--cap-add=NET_RAW", "--entrypoint=/opt/phonescan/bin/python"]
    assert raw_sockets(image.run("-c", AS_USER, "doctor", "--format", "json", options=as_root)) == "ok"


def test_the_image_has_no_program_that_changes_the_user_and_nothing_of_the_checkout(image: Engine) -> None:
    script = (
        "id -un; find / -xdev -perm /6000 -type f; ls -d /src /.git 2>/dev/null; stat -c '%U %G %A' /data; ls -A /data"
    )
    done = image.run("-c", script, options=["--entrypoint=/bin/sh"])
    assert done.stdout.splitlines() == ["phonescan", "phonescan phonescan drwxr-x---"]


@pytest.mark.parametrize(
    ("settings", "mode", "words"),
    [
        (SETTINGS, 0o755, ""),
        (SETTINGS.replace("0 2 * * *", "never"), 0o755, "cron = 'never'"),
        (SETTINGS + '[inventory]\ndb = "/etc/passwd"\n', 0o755, "/etc/passwd is damaged"),
        (SETTINGS, 0o700, "phonescan.toml"),
    ],
    ids=["right", "a wrong cron line", "a damaged inventory", "a folder of another user"],
)
def test_the_health_check_fails_where_settings_or_inventory_cannot_be_read(
    image: Engine, tmp_path: Path, settings: str, mode: int, words: str
) -> None:
    health = json.loads(image.podman("image", "inspect", IMAGE).stdout)[0]["Healthcheck"]
    assert health["Test"] == ["CMD", "phonescan-healthy"]
    (tmp_path / "phonescan.toml").write_text(settings)
    tmp_path.chmod(mode)
    mounted = ["--entrypoint=phonescan-healthy", f"--volume={tmp_path}:/etc/phonescan:ro"]
    done = image.run(options=mounted)
    assert (done.returncode == 0) == (words == ""), done.stderr
    assert words in done.stderr


def test_the_pages_respond_as_the_compose_file_starts_and_checks_them(image: Engine) -> None:
    service = SHIPPED["serve"]
    kind, *probe = service["healthcheck"]["test"]
    assert kind == "CMD"
    script = 'phonescan demo --db /data/phonescan.sqlite >/dev/null; exec phonescan "$@"'
    options = [*image.own(), *HARDENED, "--name=pages", "--volume=/data", "--entrypoint=/bin/sh"]
    started = image.podman("run", "--detach", *options, IMAGE, "-c", script, "sh", *service["command"])
    assert started.returncode == 0, started.stderr
    end = time.monotonic() + 90
    while (done := image.podman("exec", "pages", *probe)).returncode and time.monotonic() < end:
        time.sleep(0.5)
    assert done.returncode == 0, image.podman("logs", "pages").stderr
    assert SUMMARY in image.podman("logs", "pages").stderr
    image.podman("stop", "--time=20", "pages")
    state = json.loads(image.podman("container", "inspect", "pages").stdout)[0]["State"]
    assert state["ExitCode"] == 0
