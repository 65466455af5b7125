"""Key facts are found as whole words."""

import pytest

from textgym.metrics.facts import fact_recall

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
