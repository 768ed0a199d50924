"""How files that are left out are counted and described."""

import pytest

from orangecontrib.transferlearning.sources.left_out import describe_left_out, kind_of_file


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.json", ".json"),
        ("a.JSON", ".json"),
        ("a.nii.gz", ".gz"),
        ("a.png.crdownload", ".crdownload"),
        ("~$a.png", "~$..."),
        ("README", "without a known suffix"),
        ("2017. a long name of a file", "without a known suffix"),
        ("a.\x1b[31m", "without a known suffix"),
    ],
)
def test_file_is_counted_by_its_suffix(name, expected):
    assert kind_of_file(name) == expected


def test_counts_are_described_from_the_most_on():
    assert describe_left_out({}) == ""
    assert describe_left_out({".crdownload": 1, ".json": 3000, "@eaDir/": 3}) == "3,000 .json, 3 @eaDir/, 1 .crdownload"
    many = {f".{number}": 10 - number for number in range(10)}
    assert describe_left_out(many) == "10 .0, 9 .1, 8 .2, 7 .3, 6 .4, 5 .5, 4 .6, 3 .7, 3 others"
    assert describe_left_out(dict.fromkeys("abcdefghi", 1)).endswith("1 h, 1 other")
