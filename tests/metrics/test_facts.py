"""Key facts are found as whole words, and so are facts that the source does not hold."""

import pytest

from textgym.metrics.facts import fact_recall, hallucination

FACTS = ("Bixford", "12 May", "14,000", "3-1")


@pytest.mark.parametrize(
    "reply, share",
    [
        ("On 12 May 14,000 people saw Bixford win 3-1.", 1.0),
        ("BIXFORD, 12 may: 14000; 3\N{EN DASH}1", 1.0),
        ("Bixford won.", 0.25),
        ("May 12, in Bixfords, 114,000, 13-1", 0.0),
        ("14,000,000 and 3 to 1", 0.0),
        ("", 0.0),
        ("\ud800 Bixford \udfff", 0.25),
    ],
)
def test_known_shares(reply, share):
    assert fact_recall(reply, FACTS) == share


def test_a_fact_at_the_very_end_counts():
    assert fact_recall("they won 3-1", ["3-1"]) == 1.0


@pytest.mark.parametrize("facts", [[], ["Bixford", "-"]])
def test_facts_without_words_are_errors(facts):
    with pytest.raises(ValueError, match="fact"):
        fact_recall("Bixford", facts)


SOURCE = 'Storm Vaix hit Bixford on Monday. "I saw 1,200 houses," said a man on a bus.'


@pytest.mark.parametrize(
    "reply, share",
    [
        ("Storm Vaix hit Bixford on Monday", 0.0),
        ("Storm VAIX hit BIXFORD, 1200 houses", 0.0),
        ("It hit Bixford and Oxmere", 1 / 2),
        (
            "Oxmere lost 1,200 houses. Bixford lost 3.",
            1 / 2,
        ),  # 1200 and 3; first words of sentences do not count
        ("It hit Oxmere, Oxmere and Bixford", 1 / 2),  # each word once
        ("And I saw 12 houses", 1.0),  # "I" is no name, and 12 does not stand in 1,200
        ("a bus hit a tram", 1 / 2),
        ("bus drivers saw it", 0.0),
        ("Nobody saw it", 0.0),
        ("", 0.0),
        ("it was \ud800 Oxmere", 1.0),
    ],
)
def test_known_shares_of_invented_facts(reply, share):
    assert hallucination(reply, SOURCE, nouns={"bus", "tram"}) == share


def test_other_nouns_are_no_facts():
    assert hallucination("a bus hit a tram", SOURCE) == 0.0
