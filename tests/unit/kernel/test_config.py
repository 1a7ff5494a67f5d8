"""What a kernel is to have, and what the tree has made of it."""

from __future__ import annotations

import pytest

from specgen.kernel.config import HARMLESS, Config, excused, items
from specgen.language.source import SpecError


@pytest.mark.parametrize("machine", ["uml", "qemu"])
def test_what_tests_depend_on_is_asked_for(machine):
    asked = items(Config.of(machine).text)
    for name in ("KASAN", "KASAN_GENERIC", "BLK_DEV_UBLK", "IO_URING", "FRAME_POINTER", "SLUB_RCU_DEBUG", "KALLSYMS"):
        assert asked[name] == "y"


def test_a_configuration_as_asked_is_taken():
    config = Config("uml", 'CONFIG_A=y\nCONFIG_B=n\nCONFIG_C="x y"\n')
    config.check('# a comment\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C="x y"\nCONFIG_MORE=y\n', "6.1.8")
    config.check('CONFIG_A=y\nCONFIG_C="x y"\n', "6.1.8")


def test_all_that_is_otherwise_is_told():
    config = Config("uml", "CONFIG_KASAN=y\nCONFIG_A=y\nCONFIG_B=n\nCONFIG_GOOD=y\n")
    with pytest.raises(SpecError) as caught:
        config.check("# CONFIG_KASAN is not set\nCONFIG_B=y\nCONFIG_GOOD=y\n", "6.1.8")
    (found,) = caught.value.diagnostics
    assert found.code == "SG1006"
    assert [note.message for note in found.notes] == [
        "KASAN is n, asked for is y",
        "A is unknown, asked for is y",
        "B is y, asked for is n",
    ]


def test_what_old_kernels_have_not_is_harmless_there_only():
    config = Config("uml", "CONFIG_SLUB_RCU_DEBUG=y\n")
    config.check("", "6.1.192")
    config.check("", "6.11.0-rc1")
    for version in ("6.12.117", "6.17.0"):
        with pytest.raises(SpecError):
            config.check("", version)


def test_every_excuse_is_for_something_that_is_asked_for():
    asked = {*items(Config.of("uml").text), *items(Config.of("qemu").text)}
    for excuse in HARMLESS:
        assert excuse.item in asked
        assert excuse.why
        assert not excused(excuse.item, excuse.until)
        assert excused(excuse.item, excuse.since)
