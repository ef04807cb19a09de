"""`notify.team`: what it refuses when a draft is saved, and who is told by which way."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.workflows.actions.standing import NAMES, Standing, a_shop
from workflows.actions.notify_team import NOTIFY_TEAM
from workflows.catalog.shelf import ActionFailedError

TEXTS = {"subject": "Order {{ order.number }}", "body": "Look at {{ parcel.tracking_number }}."}


@pytest.mark.parametrize(
    ("with_", "paths"),
    [
        ({"to": {"role": "shipping_manager"}, **TEXTS}, []),
        ({"to": {"member": "mia@shop.example"}, "channels": ["email"], **TEXTS}, []),
        ({"to": {"roles": ["owner", "admin"]}, **TEXTS}, []),
        ({}, ["with.to", "with.subject", "with.body"]),
        ({"to": {"role": "boss"}, "cc": "x", **TEXTS}, ["with.cc", "with.to.role"]),
        ({"to": {"role": "owner", "member": "mia@shop.example"}, **TEXTS}, ["with.to"]),
        ({"to": "all", **TEXTS}, ["with.to"]),
        ({"to": {"member": "eve@elsewhere.example"}, **TEXTS}, ["with.to.member"]),
        ({"to": {"member": ["mia@shop.example"]}, **TEXTS}, ["with.to.member"]),
        ({"to": {"roles": ["owner", "boss", 3]}, **TEXTS}, ["with.to.roles[1]", "with.to.roles[2]"]),
        ({"to": {"roles": []}, **TEXTS}, ["with.to.roles"]),
        ({"to": {"role": "owner"}, **TEXTS, "channels": []}, ["with.channels"]),
        ({"to": {"role": "owner"}, **TEXTS, "channels": ["sms", "email"]}, ["with.channels[0]"]),
        ({"to": {"role": "owner"}, "subject": "{{ nonsense }}", "body": ""}, ["with.subject", "with.body"]),
    ],
)
def test_everything_wrong_is_said_when_it_is_saved(with_: Mapping[str, object], paths: list[str]) -> None:
    problems = NOTIFY_TEAM.problems(with_, "with", NAMES)

    assert [problem.path for problem in problems] == paths


def test_a_member_is_told_in_the_app_and_by_e_mail() -> None:
    moment = Standing(with_={"to": {"role": "shipping_manager"}, **TEXTS})

    outcome = NOTIFY_TEAM.do(moment)

    told = [(row.kind, row.to, row.status, row.subject, row.content) for _, row in moment.rows]
    assert told == [
        ("notification", "mia@shop.example", "sent", "Order 1001", {"text": "Look at 1Z1."}),
        ("email", "mia@shop.example", "queued", "Order 1001", {"text": "Look at 1Z1."}),
    ]
    assert moment.rows[0][1].member_id == moment.shop.member_ids["mia@shop.example"]
    assert (outcome.state, outcome.words) == ("done", "told mia@shop.example")


@pytest.mark.parametrize(
    ("to", "people"),
    [
        ({"member": "otto@shop.example"}, ["otto@shop.example"]),
        ({"roles": ["shipping_manager", "owner"]}, ["mia@shop.example", "olga@shop.example", "otto@shop.example"]),
        ({"roles": ["owner", "admin"]}, ["olga@shop.example", "otto@shop.example"]),
    ],
)
def test_everybody_is_told_once(to: Mapping[str, object], people: list[str]) -> None:
    moment = Standing(with_={"to": to, "channels": ["email"], **TEXTS})

    NOTIFY_TEAM.do(moment)

    assert [row.to for _, row in moment.rows] == people


def test_a_role_that_nobody_has_goes_to_the_owners_and_says_so() -> None:
    moment = Standing(with_={"to": {"role": "builder"}, "channels": ["in_app"], **TEXTS})

    outcome = NOTIFY_TEAM.do(moment)

    assert [(row.to, row.content["text"]) for _, row in moment.rows] == [
        ("olga@shop.example", "Look at 1Z1.\n\nNobody has the role Builder, so this went to the owners."),
        ("otto@shop.example", "Look at 1Z1.\n\nNobody has the role Builder, so this went to the owners."),
    ]
    assert outcome.result["remark"] == "Nobody has the role Builder, so this went to the owners."


@pytest.mark.parametrize(
    ("to", "members", "words"),
    [
        ({"role": "admin"}, {"mia@shop.example": "viewer"}, "nobody to tell"),
        ({"member": "mia@shop.example"}, {"olga@shop.example": "owner"}, "not a member any more"),
    ],
)
def test_when_nobody_can_be_told_it_fails_in_words(
    to: Mapping[str, object], members: Mapping[str, str], words: str
) -> None:
    moment = Standing(with_={"to": to, **TEXTS}, shop=replace(a_shop(), members=members))

    with pytest.raises(ActionFailedError, match=words):
        NOTIFY_TEAM.do(moment)
