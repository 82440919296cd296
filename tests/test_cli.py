"""The portal's own commands."""

from flask import Flask

from tests import factories


def test_first_admin_prints_a_fresh_link_until_somebody_is_set_up(app: Flask):
    command = app.test_cli_runner()

    printed = command.invoke(args=["first-admin"])
    assert printed.exit_code == 0
    assert "admin@portal.example chooses a password here" in printed.output
    assert "http://localhost/password/reset/" in printed.output

    factories.an_admin()
    refused = command.invoke(args=["first-admin"])
    assert refused.exit_code == 1
    assert "An admin is set up already" in refused.output
