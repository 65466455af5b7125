import pytest

from textgym.data.aclsum import ASPECTS, aclsum_source
from textgym.data.base import SPLITS
from textgym.errors import MissingExtra


def test_without_the_package_the_error_names_the_extra(monkeypatch):
    monkeypatch.setattr("textgym.data.installed.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="'aclsum' holds this data"):
        aclsum_source.__wrapped__()


@pytest.mark.data
class TestInstalledPapers:
    @pytest.fixture(autouse=True)
    def _installed(self):
        pytest.importorskip("sienna")
        pytest.importorskip("aclsum")

    def test_the_splits_are_the_authors_with_three_aspects_for_each_paper(self):
        assert [len(aclsum_source().records(split)) for split in SPLITS] == [300, 150, 300]
        assert {r.fields["aspect"] for r in aclsum_source().records("test")} == set(ASPECTS)

    def test_source_and_summary_agree_with_the_package_s_own_reader(self):
        import aclsum

        sources, summaries = aclsum.ACLSum("val").to_parallel_corpus("outcome", False)
        records = [r for r in aclsum_source().records("validation") if r.fields["aspect"] == "outcome"]
        assert [r.fields["source"] for r in records] == sources
        assert [r.fields["summary"] for r in records] == summaries

    def test_no_paper_is_in_two_splits(self):
        groups = [{r.group for r in aclsum_source().records(split)} for split in SPLITS]
        assert [len(g) for g in groups] == [100, 50, 100]
        assert len(set.union(*groups)) == 250
