"""Words for every claim and every setting: a new one cannot reach a page as a name of the code."""

from dataclasses import fields

import pytest

from eautorec.study import record
from eautorec.study.claims import CLAIMS
from eautorec.study.protocol import Protocol
from eautorec_book import wording
from eautorec_book.records import study

TURNED = [
    (option.name, value)
    for option in fields(Protocol)
    for value in option.metadata["values"]
    if value != option.default
]


def test_every_claim_has_its_words():
    assert list(wording.CLAIMS) == list(CLAIMS)


def test_every_setting_has_its_words_and_no_other_has():
    assert list(wording.SETTINGS) == TURNED


@pytest.mark.parametrize(("name", "value"), TURNED)
def test_a_setting_is_short_and_names_its_open_choice(name, value):
    told = wording.setting(name, value)
    assert told.startswith("A") and len(told) <= 31
    assert "_" not in told


def test_words_differ():
    told = [wording.setting(*one) for one in TURNED]
    assert len(set(told)) == len(told)
    assert len(set(wording.CLAIMS.values())) == len(wording.CLAIMS)


def test_a_threshold_is_told_with_its_value():
    assert wording.setting("theta", 0.5) == "theta = 0.5"


def test_claims_stand_under_their_verdicts():
    found = [("C1", "contradicted"), ("C3", "supported"), ("C5", "contradicted")]
    assert wording.by_verdict(found) == "supported: C3; contradicted: C1, C5"
    assert wording.by_verdict([]) == ""


def test_no_part_of_a_claim_keeps_the_words_of_the_code():
    told = record.tests_of_claims(record.of_figures(study()))["statistic"].map(wording.statistic)
    assert not told.str.contains("that, less|fewest less| - ").any()
