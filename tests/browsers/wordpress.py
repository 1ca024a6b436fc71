"""A real WordPress over a real MariaDB, both Debian's, with our plugin in it: made in a folder, gone with the run.

`with wordpress(folder, shop) as site:` gives its origin, which the shop must allow, and a page for each view, once by
shortcode and once by block. Nothing of the machine's own WordPress or MariaDB is touched, nothing listens but PHP's
server on the loopback; WordPress may not call out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.parentage import die_with_parent
from demo.plan import free_port

SOURCE = Path("/usr/share/wordpress")
PLUGIN = Path(__file__).resolve().parents[2] / "integrations" / "wordpress" / "witryna-frames"
VIEWS = ("domain-search", "domain-order", "user-login", "user-register", "user-panel")
PASSWORD = "wordpress-password"
_SECONDS = 60.0

_CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:%(socket)s'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HOME', '%(origin)s'); define('WP_SITEURL', '%(origin)s');
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', true); define('WP_DEBUG_DISPLAY', false); define('WP_DEBUG_LOG', '%(log)s');
%(keys)s
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""

_INSTALL = """<?php
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = parse_url($argv[1], PHP_URL_HOST);
require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Blog', 'admin', 'admin@blog.example', true, '', $argv[2], 'en_US');
"""

_FILL = """<?php
$_SERVER['HTTP_HOST'] = parse_url($argv[1], PHP_URL_HOST);
require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/plugin.php';
$problem = activate_plugin('witryna-frames/witryna-frames.php');
if (is_wp_error($problem)) { fwrite(STDERR, $problem->get_error_message()); exit(1); }
update_option('witryna_frames_shop', $argv[2]);
$made = array();
foreach (json_decode($argv[3], true) as $name => $content) {
    $page = array('post_type' => 'page', 'post_status' => 'publish', 'post_title' => $name);
    $made[$name] = '/?page_id=' . wp_insert_post($page + array('post_content' => wp_slash($content)));
}
echo json_encode($made);
"""


@dataclass(frozen=True)
class Blog:
    """`origin` is what the shop must allow; `pages`: "user-login" (shortcode) and "block user-login" -> path."""

    origin: str
    pages: Mapping[str, str]
    root: Path
    log: Path

    def php(self, code: str, *arguments: str) -> str:
        """What PHP code prints that runs inside this WordPress, for what only it can say."""
        script = self.root / "run.php"
        start = "$_SERVER['HTTP_HOST'] = 'localhost'; require __DIR__ . '/wp-load.php';"
        script.write_text(f"<?php {start}\n{code}", encoding="utf-8")
        return _run(["php", str(script), *arguments])


@contextmanager
def wordpress(
    folder: Path, shop: str, pages: Mapping[str, str] | None = None, label: str = "wordpress"
) -> Iterator[Blog]:
    """WordPress at `http://<label>.localhost:<port>` with the plugin set to `shop`; more `pages`: title -> content."""
    missing = [name for name in ("mariadbd", "mariadb-install-db", "php") if not _which(name)]
    if missing or not SOURCE.is_dir():
        raise RuntimeError(f"Debian's wordpress, php and mariadb-server are needed: {', '.join(missing) or SOURCE}")
    origin = f"http://{label}.localhost:{free_port()}"
    with _mariadb(folder) as socket:
        root = _files(folder, origin, socket)
        _script(root, _INSTALL, origin, PASSWORD)
        made = _script(root, _FILL, origin, shop, json.dumps(_contents() | dict(pages or {})))
        with _php(root, origin):
            yield Blog(origin, json.loads(made.splitlines()[-1]), root, folder / "wordpress.log")


def _contents() -> dict[str, str]:
    codes = {view: f'[witryna view="{view}" lang="pl"]' for view in VIEWS}
    return codes | {f"block {view}": f'<!-- wp:witryna/{view} {{"lang":"pl","theme":"light"}} /-->' for view in VIEWS}


@contextmanager
def _mariadb(folder: Path) -> Iterator[Path]:
    data, socket = folder / "mariadb", folder / "db.sock"
    who = ["--user=root"] if os.getuid() == 0 else []
    binaries = [_which("mariadb-install-db"), f"--datadir={data}", "--auth-root-authentication-method=normal"]
    _run([*binaries, "--skip-test-db", *who], MARIADB_HOME=str(folder))
    options = [f"--datadir={data}", f"--socket={socket}", "--skip-networking", "--skip-log-bin", *who]
    fast = ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--innodb-use-native-aio=0"]
    server = _start([_which("mariadbd"), "--no-defaults", *options, *fast], folder / "mariadb.log")
    try:
        _wait(lambda: _asked(socket, "CREATE DATABASE wordpress CHARACTER SET utf8mb4"), server, folder / "mariadb.log")
        yield socket
    finally:
        _end(server)


def _asked(socket: Path, statement: str) -> bool:
    command = ["mariadb", "--no-defaults", "-u", "root", "-S", str(socket), "-e", statement]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _files(folder: Path, origin: str, socket: Path) -> Path:
    """A copy: WordPress looks for its settings beside its own files, wherever a link may lead."""
    root = folder / "site"
    shutil.copytree(SOURCE, root, ignore=shutil.ignore_patterns("wp-config.php"), ignore_dangling_symlinks=True)
    shutil.copytree(PLUGIN, root / "wp-content" / "plugins" / PLUGIN.name)
    kinds = ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE")
    names = [f"{kind}_{end}" for kind in kinds for end in ("KEY", "SALT")]
    keys = "".join(f"define('{name}', '{os.urandom(24).hex()}');" for name in names)
    facts = {"socket": socket, "origin": origin, "log": folder / "wordpress.log", "keys": keys}
    (root / "wp-config.php").write_text(_CONFIG % facts, encoding="utf-8")
    return root


def _script(root: Path, code: str, *arguments: str) -> str:
    script = root / "once.php"
    script.write_text(code, encoding="utf-8")
    try:
        return _run(["php", str(script), *arguments])
    finally:
        script.unlink()


@contextmanager
def _php(root: Path, origin: str) -> Iterator[None]:
    port = origin.rsplit(":", maxsplit=1)[1]
    log = root.parent / "php.log"
    server = _start(["php", "-S", f"127.0.0.1:{port}", "-t", str(root)], log, PHP_CLI_SERVER_WORKERS="4")
    try:
        _wait(lambda: "Development Server" in log.read_text(encoding="utf-8", errors="replace"), server, log)
        yield
    finally:
        _end(server)


# --- programs ----------------------------------------------------------------------------------------------------


def _which(name: str) -> str:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") or ""


def _run(command: list[str], **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_SECONDS, env=os.environ | environment
    )
    if done.returncode:
        raise RuntimeError(
            f"{Path(command[0]).name} ended with {done.returncode}: {(done.stderr or done.stdout)[-2000:]}"
        )
    return done.stdout


def _start(command: list[str], log: Path, **environment: str) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=os.environ | environment,
            start_new_session=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509  no threads are started before it
        )


def _wait(ready: object, server: subprocess.Popen[bytes], log: Path) -> None:
    assert callable(ready)
    deadline = time.monotonic() + _SECONDS
    while not ready():
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"does not start:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
        time.sleep(0.1)


def _end(server: subprocess.Popen[bytes]) -> None:
    """The program and those that it started, by their group."""
    if server.poll() is None:
        os.killpg(server.pid, 15)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, 9)
        server.wait()
