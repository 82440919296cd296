"""What the portal is told from outside."""

from dataclasses import fields
from pathlib import Path

import pytest

from portal.settings import PREFIX, ROOT, BadSettings, Bucket, Settings

DOCUMENTED = (ROOT / "docs" / "settings.md").read_text()


def read(folder: Path, **given: str) -> Settings:
    return Settings.from_environment(
        {f"{PREFIX}INSTANCE_PATH": str(folder)} | {PREFIX + name: value for name, value in given.items()}
    )


@pytest.mark.parametrize("name", [setting.name for setting in fields(Settings) if setting.name != "testing"])
def test_every_setting_is_explained(name):
    assert f"`{PREFIX}{name.upper()}`" in DOCUMENTED


def test_secrets_are_made_once_and_for_the_owner_alone(tmp_path):
    folder = tmp_path / "instance"

    first, second = read(folder), read(folder)

    assert first.secret_key == second.secret_key
    assert first.secret_key != first.password_pepper
    for file in folder.glob("*.txt"):
        assert file.stat().st_mode & 0o077 == 0


def test_no_secret_is_shown(tmp_path):
    secrets = {
        "SECRET_KEY": "s" * 32,
        "PASSWORD_PEPPER": "p" * 32,
        "MAIL_PASSWORD": "m" * 32,
        "S3_SECRET_KEY": "a" * 32,
    }
    settings = read(tmp_path, **secrets)

    assert not any(letter * 32 in repr(settings) for letter in "spma")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BASE_URL", "portal.example", "must be like https://portal.example"),
        ("BASE_URL", "https://portal.example/films", "without a path"),
        ("BASE_URL", "http://portal.example", "needs https"),
        ("TIME_ZONE", "Middle-earth", "must be a zone such as Europe/Berlin"),
        ("BCRYPT_COST", "9", "must be from 10 to 16"),
        ("BCRYPT_COST", "much", "must be a whole number"),
        ("SECRET_KEY", "short", "fewer than 32 characters"),
        ("INVITATION_CODE", "perhaps", "must be true or false"),
        ("BIND", "8000", "must be an address and a port"),
        ("BIND", "127.0.0.1:99999", "must be an address and a port"),
        ("WEB_THREADS", "0", "must be 1 or more"),
        ("FFMPEG", "/usr/bin/ffmpeg", "set both or neither"),
        ("BIND", "unix:portal.sock", "must be like unix:/run/portal/portal.sock"),
        ("BIND", "unix:/run/portal/portal.sock", "TRUSTED_PROXIES must be 1 or more"),
        ("MEDIA_STORE", "s3://films", "S3_SECRET_KEY are needed"),
        ("MEDIA_STORE", "https://films.example", "must be a folder, or like s3://"),
        ("MEDIA_STORE", "s3://Films", "must be a folder, or like s3://"),
        ("MEDIA_STORE", "s3://films/../other", "must be a folder, or like s3://"),
        ("MEDIA_STORE", "s3://films?endpoint=https://s3.example/path", "must be a folder, or like s3://"),
        ("MEDIA_STORE", "s3://films?endpoint=https://key:secret@s3.example", "must be a folder, or like s3://"),
        ("MEDIA_STORE", "s3://films?region=north", "must be a folder, or like s3://"),
        ("SEND_FILES", "apache", "must be portal or nginx"),
        ("SEND_FILES", "nginx", "TRUSTED_PROXIES must be 1 or more"),
        ("MAIL_DEFAULT_SENDER", "nobody", "must be a mail address"),
        ("COLOUR", "green", "No such setting: PORTAL_COLOUR."),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(tmp_path, name, value, sentence):
    with pytest.raises(BadSettings, match=sentence):
        read(tmp_path, **{name: value})


def test_all_faults_are_told_at_once(tmp_path):
    with pytest.raises(BadSettings) as faults:
        read(tmp_path, TIME_ZONE="Middle-earth", BCRYPT_COST="3", MAIL_USE_TLS="true", MAIL_USE_SSL="yes")

    assert len(str(faults.value).splitlines()) == 3


def test_on_this_machine_the_address_follows_from_the_port(tmp_path):
    assert read(tmp_path, BIND="127.0.0.1:8080").base_url == "http://127.0.0.1:8080"
    assert read(tmp_path, BIND="0.0.0.0:8080").base_url == "http://127.0.0.1:8000"
    assert read(tmp_path, BIND="127.0.0.1:8080", BASE_URL="https://portal.example").base_url == "https://portal.example"


def test_a_bucket_is_named_with_its_folder_and_where_it_answers(tmp_path):
    told = {"S3_ACCESS_KEY": "portal", "S3_SECRET_KEY": "a" * 32, "S3_REGION": "eu-central-1"}

    here = read(tmp_path, MEDIA_STORE="s3://films/portal?endpoint=http://127.0.0.1:9000", **told).media_bucket
    of_amazon = read(tmp_path, MEDIA_STORE="s3://films", **told).media_bucket

    assert here == Bucket("films", "portal", "http://127.0.0.1:9000", "eu-central-1")
    assert of_amazon == Bucket("films", "", "https://s3.eu-central-1.amazonaws.com", "eu-central-1")
    assert read(tmp_path).media_bucket is None
