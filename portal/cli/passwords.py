"""`flask passwords …`: resetting passwords from the console."""

import json
from typing import Any

import click

from portal.basics import addresses
from portal.basics.clock import now
from portal.basics.roles import Role
from portal.domain import bulk_resets, people
from portal.domain.bulk_resets import Choice, Trial
from portal.domain.people_listing import PeopleWanted
from portal.storage.db import transaction
from portal.storage.models import ResetRun


@click.group("passwords")
def passwords() -> None:
    """Passwords of accounts. Nobody ever sees or chooses another's."""


@passwords.command("reset")
@click.option("--person", "persons", multiple=True, metavar="ADDRESS", help="Of this account, also of staff.")
@click.option("--event", default="", metavar="KEY", help="Of all guests of this event: its key, or its whole title.")
@click.option("--sponsor", default="", metavar="ADDRESS", help="Of all guests whom this sponsor answers for.")
@click.option("--not-seen-days", type=click.IntRange(1, 3650), metavar="N", help="Of guests not seen for N days.")
@click.option("--never-signed-in", is_flag=True, help="Of guests who never signed in.")
@click.option("--nothing-shared", is_flag=True, help="Of guests with nothing shared now.")
@click.option("--all-guests", is_flag=True, help="Of all guests.")
@click.option("--why", default="", metavar="WORDS", help="Kept in the audit trail, and told in the letters.")
@click.option("--mail-way-in", is_flag=True, help="Mail each a link to choose a new password.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--json", "as_json", is_flag=True, help="Answer for programs.")
def reset(*, mail_way_in: bool, why: str, dry_run: bool, as_json: bool, **asked: Any) -> None:
    """Stop passwords at once, and end every sign-in, media included.

    Say for whom; what is said together holds together. Given twice, the second finds nobody left. Leaves with 1 when
    nobody is found.
    """
    choice = _choice(**asked)
    found = bulk_resets.trial(choice, by=None, at=now(), most=0)
    if not found.found.ids:
        raise click.ClickException(f"Nobody is found: {choice.words}.")
    if dry_run:
        _tell_trial(choice, found, mail_way_in=mail_way_in, as_json=as_json)
        return
    with transaction():
        run = bulk_resets.press(
            choice,
            by=None,
            words=choice.words,
            mails_way_in=mail_way_in,
            why=why[:300],
            stamp=None,
            form_key=None,
            at=now(),
        )
    _tell_run(run, as_json=as_json)


def _choice(
    *,
    persons: tuple[str, ...],
    event: str,
    sponsor: str,
    not_seen_days: int | None,
    never_signed_in: bool,
    nothing_shared: bool,
    all_guests: bool,
) -> Choice:
    narrowed = any((event, sponsor, not_seen_days, never_signed_in, nothing_shared))
    if bool(persons) + narrowed + all_guests != 1:
        raise click.UsageError("Say whose: --person, or --event, --sponsor and the like, or --all-guests alone.")
    if persons:
        return Choice(tuple(_key_of(address) for address in persons))
    if event and bulk_resets.event_called(event, by=None) is None:
        raise click.ClickException(f"There is no one event “{event}”. Give its key, or its whole title.")
    wanted = PeopleWanted(
        role=Role.GUEST,
        event=event,
        sponsor=_address(sponsor) if sponsor else "",
        not_seen_days=not_seen_days,
        never_signed_in=never_signed_in,
        has_nothing=nothing_shared,
    )
    return Choice(wanted=wanted)


def _key_of(address: str) -> str:
    user = people.find_by_address(_address(address))
    if user is None:
        raise click.ClickException(f"Nobody here has the address {address}.")
    return user.key


def _address(text: str) -> str:
    try:
        return addresses.normalise(text)
    except addresses.NotAnAddress as fault:
        raise click.ClickException(f"{text}: {fault}") from None


def _tell_trial(choice: Choice, tried: Trial, *, mail_way_in: bool, as_json: bool) -> None:
    whom, people = bulk_resets.words_of(choice, by=None), list(bulk_resets.everybody(choice, at=now()))
    if as_json:
        facts = {
            "dry_run": True,
            "whom": whom,
            "passwords": tried.people,
            "sign_ins": tried.sign_ins,
            "signed_in": tried.signed_in,
            "watching": tried.watching,
            "left": tried.left,
            "mails_way_in": mail_way_in,
            "people": [{"address": each.address, "name": each.name} for each in people],
        }
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    stop, end = _many(tried.people, "password"), _many(tried.sign_ins, "sign-in")
    click.echo(f"{whom}: would stop {stop}, would end {end}.")
    click.echo(f"Watching at this moment: {tried.watching:,}. Left as before: {_left(tried.left)}.")
    for each in people:
        click.echo(f"  {each.address}  {each.name}")


def _tell_run(run: ResetRun, *, as_json: bool) -> None:
    outcome = bulk_resets.counted(run)
    if as_json:
        facts = {"dry_run": False, "whom": run.words, "run": run.key, "sign_ins": run.sign_ins_ended, **outcome}
        click.echo(json.dumps({**facts, "mails_way_in": run.mails_way_in}, ensure_ascii=False))
        return
    stopped, ended = _many(outcome["passwords"], "password"), _many(run.sign_ins_ended, "sign-in")
    click.echo(f"{run.words}: stopped {stopped}, ended {ended}.")
    click.echo(f"Left as before: {_left(outcome['left'])}. Letters on their way: {outcome['letters']:,}.")


def _many(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _left(left: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {why.replace('-', ' ')}" for why, number in left.items()) or "nobody"
