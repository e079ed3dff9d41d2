"""The bootstrap, sought and judged as Lambda does, in Lambda's words."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

import pytest

from emulator.running.stage import function, zipped
from onezip.emulator.running import foreign
from onezip.emulator.running.artifact import unpacked
from onezip.emulator.running.bootstrap import Refused, seek
from onezip.emulator.running.program import program_for
from onezip.emulator.running.sandbox import Isolation, places
from onezip.errors import ToolMissing
from onezip.model.function import Architecture

X86, ARM = Architecture.X86_64, Architecture.ARM64


def elf(machine: int = 62, interpreter: str = "", kind: int = 2) -> bytes:
    """A little program for Linux: headers only."""
    loader = interpreter.encode() + b"\0" if interpreter else b""
    segments = struct.pack("<IIQQQQQQ", 3, 4, 120, 0, 0, len(loader), len(loader), 1) if loader else b""
    header = b"\x7fELF\2\1\1" + bytes(9)
    header += struct.pack(
        "<HHIQQQIHHHHHH", kind, machine, 1, 0, 64, 0, 0, 64, 56, 1 if loader else 0, 64, 0, 0
    )  # fmt: skip
    return header + segments + loader


LOADER = "/lib64/ld-linux-x86-64.so.2"
DENIED = "fork/exec /var/task/bootstrap: permission denied"
FORMAT = "fork/exec /var/task/bootstrap: exec format error"
NO_LOADER = "fork/exec /var/task/bootstrap: no such file or directory"
MISSING = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"


@pytest.mark.skipif(os.name == "nt", reason="Lambda's paths and modes")
@pytest.mark.parametrize(
    ("files", "mode", "words"),
    [
        ({"bootstrap": elf()}, 0o755, ""),
        ({"bootstrap": elf(interpreter=LOADER)}, 0o755, ""),
        ({"bootstrap": elf(interpreter=LOADER, kind=3)}, 0o755, ""),
        ({"bootstrap": "#!/bin/sh\necho"}, 0o755, ""),
        ({"bootstrap": "#! /bin/sh -e\necho"}, 0o755, ""),
        ({"bootstrap": elf(), "other": "x"}, 0o705, ""),
        ({"app": elf()}, 0o755, MISSING),
        ({"bootstrap/x": elf()}, 0o755, MISSING),
        ({"Bootstrap": elf()}, 0o755, MISSING),
        ({"bootstrap": elf()}, 0o644, DENIED),
        ({"bootstrap": elf()}, 0o754, DENIED),
        ({"bootstrap": elf(machine=183)}, 0o755, FORMAT),
        ({"bootstrap": elf(kind=1)}, 0o755, FORMAT),
        ({"bootstrap": b"\x7fELF broken"}, 0o755, FORMAT),
        ({"bootstrap": "echo no shebang"}, 0o755, FORMAT),
        ({"bootstrap": b"\xef\xbb\xbf#!/bin/sh"}, 0o755, FORMAT),
        ({"bootstrap": b"MZ\x90\0"}, 0o755, FORMAT),
        ({"bootstrap": b"\xcf\xfa\xed\xfe"}, 0o755, FORMAT),
        ({"bootstrap": b""}, 0o755, FORMAT),
        ({"bootstrap": "#!\necho"}, 0o755, FORMAT),
        ({"bootstrap": "#!/bin/sh\r\necho"}, 0o755, NO_LOADER),
        ({"bootstrap": elf(interpreter="/lib/ld-musl-x86_64.so.1")}, 0o755, NO_LOADER),
        ({"bootstrap": elf(interpreter="/nix/store/x/ld.so")}, 0o755, NO_LOADER),
        ({"bootstrap": elf(interpreter="/var/task/ld.so"), "ld.so": "x"}, 0o755, ""),
        ({"bootstrap": elf(interpreter="/var/task/ld.so")}, 0o755, NO_LOADER),
    ],
)
def test_words(tmp_path: Path, files: dict[str, bytes | str], mode: int, words: str) -> None:
    artifact = unpacked(zipped(tmp_path / "f.zip", files, {"bootstrap": mode}), str(tmp_path / "cache"))
    there = places(Isolation.BUBBLEWRAP, artifact.folder)
    if words:
        with pytest.raises(Refused) as refused:
            seek(artifact.folder, artifact.manifest, "", X86, there)
        assert str(refused.value) == words
    else:
        assert seek(artifact.folder, artifact.manifest, "", X86, there).path == "/var/task/bootstrap"
    artifact.close()


@pytest.mark.skipif(os.name == "nt", reason="Lambda's paths and modes")
def test_a_layer_brings_it(tmp_path: Path) -> None:
    artifact = unpacked(zipped(tmp_path / "f.zip", {"app": "x"}), str(tmp_path / "cache"))
    layer = tmp_path / "layer"
    layer.mkdir()
    (layer / "bootstrap").write_text("#!/bin/sh\n")
    inside = places(Isolation.BUBBLEWRAP, artifact.folder, "", str(layer))
    with pytest.raises(Refused, match=r"fork/exec /opt/bootstrap: permission denied"):
        seek(artifact.folder, artifact.manifest, str(layer), X86, inside)
    (layer / "bootstrap").chmod(0o755)
    assert seek(artifact.folder, artifact.manifest, str(layer), X86, inside).path == "/opt/bootstrap"
    plain = places(Isolation.PLAIN, artifact.folder, "", str(layer))
    assert seek(artifact.folder, artifact.manifest, str(layer), X86, plain).path == str(layer / "bootstrap")
    artifact.close()


@pytest.mark.skipif(sys.platform != "linux" or foreign.machine() != "x86_64", reason="for x86_64 Linux")
def test_what_this_machine_lacks(tmp_path: Path) -> None:
    missing = "/lib/ld-linux-aarch64.so.1"
    files = {"bootstrap": elf(machine=183, interpreter=missing)}
    artifact = unpacked(zipped(tmp_path / "f.zip", files), str(tmp_path / "cache"))
    with pytest.raises(ToolMissing) as caught:
        program_for(function(architecture=ARM), artifact, Isolation.PLAIN, str(tmp_path / "cache"))
    assert caught.value.code in {"run.architecture", "run.loader"}
    assert "arm64" in caught.value.message or missing in caught.value.message
    artifact.close()
