"""Everything the portal is told from outside, read once at start (docs/settings.md lists each)."""

import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values

PREFIX = "PORTAL_"
UNIX = "unix:"
ROOT = Path(__file__).resolve().parent.parent


_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_BUCKET_FOLDER = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


class BadSettings(ValueError):
    """One or more settings cannot be used; the message has one sentence a fault."""


@dataclass(frozen=True)
class Bucket:
    """A bucket of a store that speaks S3, and the folder in it that is the portal's; "" for the whole bucket."""

    name: str
    folder: str
    endpoint: str  # where the store answers, without a path
    region: str


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one portal. Defaults are safe for production and fit to be public, or absent."""

    instance_path: Path
    secret_key: str = field(repr=False)
    password_pepper: str = field(repr=False)
    base_url: str = "http://127.0.0.1:8000"
    site_name: str = "Guest portal"
    time_zone: str = "Europe/Berlin"
    sqlalchemy_database_uri: str = ""  # empty: SQLite in the instance folder
    redis_url: str = ""  # empty: jobs in a SQLite file of the instance folder
    media_store: str = ""  # a folder, or s3://bucket/folder?endpoint=…; empty: the folder media in the instance folder
    incoming_folder: str = ""  # empty: beside what is kept, or in the instance folder where that is on S3
    s3_access_key: str = ""
    s3_secret_key: str = field(default="", repr=False)
    s3_region: str = "us-east-1"
    send_files: str = "portal"  # who sends the bytes of films: "portal", or "nginx" in front of it
    mail_server: str = ""  # empty: letters are written to the folder letters in the instance folder
    mail_port: int = 25
    mail_use_tls: bool = False
    mail_use_ssl: bool = False
    mail_username: str = ""
    mail_password: str = field(default="", repr=False)
    mail_default_sender: str = "portal@localhost"
    mail_timeout: int = 15
    bcrypt_cost: int = 12
    invitation_code: bool = True
    trusted_proxies: int = 0  # how many proxies in front set X-Forwarded-For and -Proto
    first_admin: str = "admin@portal.example"  # whom the first start makes; the way in is printed, not mailed
    bind: str = "127.0.0.1:8000"
    web_processes: int = 2
    web_threads: int = 32
    largest_upload_bytes: int = 20 * 1024**3
    free_disk_floor_bytes: int = 1024**3
    guest_idle_minutes: int = 120
    guest_signed_in_hours: int = 24
    staff_idle_minutes: int = 30
    staff_signed_in_hours: int = 12
    ffmpeg: str = ""  # empty: the system's, else the one that came with the packages
    ffprobe: str = ""
    testing: bool = False

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise BadSettings("\n".join(faults))

    def _faults(self) -> Iterator[str]:
        url = urlsplit(self.base_url)
        if url.scheme not in ("http", "https") or not url.hostname or url.path not in ("", "/") or url.query:
            yield f"{PREFIX}BASE_URL is “{self.base_url}”; it must be like https://portal.example, without a path."
        if url.scheme == "http" and url.hostname not in ("127.0.0.1", "localhost", "::1"):
            yield f"{PREFIX}BASE_URL is “{self.base_url}”; anything but this machine itself needs https."
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            yield f"{PREFIX}TIME_ZONE is “{self.time_zone}”; it must be a zone such as Europe/Berlin."
        if not 4 <= self.bcrypt_cost <= 16 or (self.bcrypt_cost < 10 and not self.testing):
            yield f"{PREFIX}BCRYPT_COST is {self.bcrypt_cost}; it must be from 10 to 16."
        if len(self.secret_key) < 32:
            yield f"{PREFIX}SECRET_KEY has fewer than 32 characters."
        if len(self.password_pepper) < 32:
            yield f"{PREFIX}PASSWORD_PEPPER has fewer than 32 characters."
        if parseaddr(self.mail_default_sender)[1].count("@") != 1:
            yield f"{PREFIX}MAIL_DEFAULT_SENDER is “{self.mail_default_sender}”; it must be a mail address."
        if self.mail_use_tls and self.mail_use_ssl:
            yield f"{PREFIX}MAIL_USE_TLS and {PREFIX}MAIL_USE_SSL are both on; choose one."
        yield from self._faults_of_serving()

    def _faults_of_serving(self) -> Iterator[str]:
        host, _, port = self.bind.rpartition(":")
        if self.bind.startswith(UNIX):
            yield from self._faults_of_socket(self.bind.removeprefix(UNIX))
        elif not host or not port.isdecimal() or int(port) > 65535:
            yield f"{PREFIX}BIND is “{self.bind}”; it must be an address and a port, such as 127.0.0.1:8000."
        if self.web_processes < 1 or self.web_threads < 1:
            yield f"{PREFIX}WEB_PROCESSES and {PREFIX}WEB_THREADS must be 1 or more."
        if bool(self.ffmpeg) != bool(self.ffprobe):
            yield f"{PREFIX}FFMPEG and {PREFIX}FFPROBE belong together; set both or neither."
        if self.send_files not in ("portal", "nginx"):
            yield f"{PREFIX}SEND_FILES is “{self.send_files}”; it must be portal or nginx."
        if self.send_files == "nginx" and not self.trusted_proxies:
            yield f"{PREFIX}SEND_FILES is nginx; then {PREFIX}TRUSTED_PROXIES must be 1 or more."
        yield from self._faults_of_media_store()

    def _faults_of_socket(self, path: str) -> Iterator[str]:
        if not path.startswith("/") or len(path) > 100:  # the system takes 107 bytes
            yield f"{PREFIX}BIND is “{self.bind}”; it must be like unix:/run/portal/portal.sock, not much longer."
        if not self.trusted_proxies:
            yield f"{PREFIX}BIND is a socket; then {PREFIX}TRUSTED_PROXIES must be 1 or more: a proxy tells who asks."

    def _faults_of_media_store(self) -> Iterator[str]:
        if "://" not in self.media_store:
            return
        try:
            bucket = self.media_bucket
        except ValueError:
            bucket = None
        if bucket is None:
            yield (
                f"{PREFIX}MEDIA_STORE is “{self.media_store}”; "
                "it must be a folder, or like s3://bucket/folder?endpoint=https://s3.example."
            )
        elif not self.s3_access_key or not self.s3_secret_key:
            yield f"{PREFIX}MEDIA_STORE is on S3; then {PREFIX}S3_ACCESS_KEY and {PREFIX}S3_SECRET_KEY are needed."

    @classmethod
    def from_environment(cls, environment: dict[str, str] | None = None) -> Self:
        """Read `PORTAL_…` from a `.env` file and the environment (which wins).

        Secrets that are not given are made on first start and kept in the instance folder, readable by the owner alone.
        Raises `BadSettings`.
        """
        if environment is None:
            from_file = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value is not None}
            environment = from_file | dict(os.environ)
        given = {
            name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX)
        }
        known = {setting.name: setting for setting in fields(cls) if setting.name != "testing"}
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise BadSettings(f"No such setting: {', '.join(PREFIX + name.upper() for name in unknown)}.")
        values: dict[str, Any] = {name: _read(name, known[name].type, text) for name, text in given.items()}
        folder = Path(values.pop("instance_path", ROOT / "instance")).absolute()
        for secret in ("secret_key", "password_pepper"):
            if secret not in values:
                values[secret] = _kept_secret(folder / f"{secret}.txt")
        if "base_url" not in values and str(values.get("bind", "")).startswith(("127.0.0.1:", "localhost:")):
            values["base_url"] = f"http://{values['bind']}"  # on this machine alone the one follows from the other
        return cls(instance_path=folder, **values)

    @classmethod
    def for_tests(cls, instance_path: Path, database_uri: str = "", **overrides: Any) -> Self:
        """Settings of a throw-away portal: cheap hashing, letters to a folder."""
        values: dict[str, Any] = {
            "instance_path": instance_path,
            "sqlalchemy_database_uri": database_uri,
            "secret_key": "tests-" * 8,
            "password_pepper": "pepper-" * 8,
            "bcrypt_cost": 4,
            "base_url": "http://localhost",
            "site_name": "Aldermere University",
            "free_disk_floor_bytes": 0,
            "testing": True,
        }
        return cls(**(values | overrides))

    @property
    def database_uri(self) -> str:
        return self.sqlalchemy_database_uri or f"sqlite:///{self.instance_path / 'portal.sqlite'}"

    @property
    def media_folder(self) -> Path:
        """Where recordings are kept when that is a folder."""
        return Path(self.media_store) if self.media_store else self.instance_path / "media"

    @property
    def media_bucket(self) -> Bucket | None:
        """Where recordings are kept when that is a store that speaks S3; None: it is a folder. Else `ValueError`."""
        return _bucket(self.media_store, self.s3_region) if "://" in self.media_store else None

    @property
    def own_incoming_folder(self) -> Path | None:
        """The folder for what is on its way in, if one is named."""
        return Path(self.incoming_folder) if self.incoming_folder else None

    @property
    def letters_folder(self) -> Path:
        return self.instance_path / "letters"

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the portal by https; then cookies are Secure and HSTS is sent."""
        return self.base_url.startswith("https:")


def _bucket(text: str, region: str) -> Bucket:
    """What `s3://bucket/folder?endpoint=https://s3.example` names; the endpoint of AWS where none is named."""
    url = urlsplit(text)
    folder = url.path.strip("/")
    asked = dict(parse_qsl(url.query, strict_parsing=True)) if url.query else {}
    endpoint = asked.pop("endpoint", f"https://s3.{region}.amazonaws.com").rstrip("/")
    there = urlsplit(endpoint)
    plain = there.scheme in ("http", "https") and there.hostname and f"{there.scheme}://{there.netloc}" == endpoint
    named = _BUCKET_NAME.fullmatch(url.netloc) and (not folder or _BUCKET_FOLDER.fullmatch(folder))
    if url.scheme != "s3" or url.fragment or asked or "@" in there.netloc or not plain or not named:
        raise ValueError(text)
    return Bucket(url.netloc, folder, endpoint, region)


def _read(name: str, kind: object, text: str) -> Any:
    setting = PREFIX + name.upper()
    if kind is bool:
        if text.lower() in ("true", "1", "yes", "on"):
            return True
        if text.lower() in ("false", "0", "no", "off", ""):
            return False
        raise BadSettings(f"{setting} is “{text}”; it must be true or false.")
    if kind is int:
        try:
            return int(text)
        except ValueError:
            raise BadSettings(f"{setting} is “{text}”; it must be a whole number.") from None
    return text


def _kept_secret(file: Path) -> str:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as new:
            new.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return file.read_text(encoding="ascii").strip()
