"""Which spellings of a log's address are taken for one; all others are nowhere."""

import pytest

from registry.api.headers import _misspelt

LOG = "/log/xinyong.wuhu.example/credit"


@pytest.mark.parametrize(
    "path",
    [
        f"{LOG}/checkpoint",
        f"{LOG}/tile/0/x001/067.p/3",
        f"{LOG}/tile/entries/000",
        f"{LOG}/proof/0",
        f"{LOG}/proof/120",
        "/search/",
        "/",
    ],
)
def test_the_one_spelling_passes(path):
    assert not _misspelt(path)


@pytest.mark.parametrize(
    "path",
    [
        f"{LOG}/checkpoint/",
        f"{LOG}//checkpoint",
        f"{LOG}/tile/0//000",
        f"{LOG}/proof/01",
        f"{LOG}/proof/+1",
        f"{LOG}/proof/1_0",
        f"{LOG}/proof/ 1",
        f"{LOG}/proof/３",
        f"{LOG}/proof/1\n",
    ],
)
def test_every_other_spelling_is_nowhere(path):
    assert _misspelt(path)
