"""What Lambda's systems have: interpreters and libraries. Data with marks, no facts for ever.  [pure]

AL2023's are those of the packages in its images for Lambda (package list in
amazonlinux/amazon-linux-2023#585, names of libraries after Fedora's packages); AL2's are those that are known
to be there, since its environment on Lambda is smaller than its image (lambci/docker-lambda#318,
brefphp/bref#558). Names that are in no list may be there all the same.
"""

from __future__ import annotations

from onezip.model.function import Architecture, Runtime

LOADERS = {
    Architecture.X86_64: frozenset({"/lib64/ld-linux-x86-64.so.2", "/usr/lib64/ld-linux-x86-64.so.2"}),
    Architecture.ARM64: frozenset({
        "/lib/ld-linux-aarch64.so.1", "/lib64/ld-linux-aarch64.so.1",
        "/usr/lib/ld-linux-aarch64.so.1", "/usr/lib64/ld-linux-aarch64.so.1",
    }),
}  # fmt: skip
"""glibc's loader (System V ABI, processor supplements), and where /lib and /lib64, which are links, lead."""

_GLIBC = (
    "libc.so.6 libm.so.6 libpthread.so.0 libdl.so.2 librt.so.1 libutil.so.1 libresolv.so.2 libanl.so.1"
    " libBrokenLocale.so.1 libmvec.so.1 libthread_db.so.1 libnss_files.so.2 libnss_dns.so.2"
    " ld-linux-x86-64.so.2 ld-linux-aarch64.so.1"
)
_ALWAYS = f"{_GLIBC} libgcc_s.so.1 libstdc++.so.6 libz.so.1"

LIBRARIES = {
    "al1": frozenset(f"{_ALWAYS} libnsl.so.1 libcrypt.so.1 libcrypto.so.10 libssl.so.10".split()),
    "al2": frozenset(
        f"{_ALWAYS} libcrypto.so.10 libssl.so.10 libbz2.so.1 liblzma.so.5 libexpat.so.1 libffi.so.6"
        " libselinux.so.1 libpcre.so.1 libcap.so.2 libattr.so.1 libacl.so.1 libtinfo.so.6 libreadline.so.6"
        " libkrb5.so.3 libk5crypto.so.3 libkrb5support.so.0 libgssapi_krb5.so.2 libcom_err.so.2"
        " libkeyutils.so.1 libgmp.so.10 libsqlite3.so.0 libnss3.so libnspr4.so".split()
    ),
    "al2023": frozenset(
        f"{_ALWAYS} libcrypto.so.3 libssl.so.3 libacl.so.1 libarchive.so.13 libassuan.so.0 libattr.so.1"
        " libaudit.so.1 libblkid.so.1 libbz2.so.1 libcap.so.2 libcap-ng.so.0 libcom_err.so.2 libcurl.so.4"
        " libffi.so.8 libgcrypt.so.20 libgio-2.0.so.0 libglib-2.0.so.0 libgmodule-2.0.so.0 libgmp.so.10"
        " libgobject-2.0.so.0 libgpg-error.so.0 libgpgme.so.11 libgssapi_krb5.so.2 libgthread-2.0.so.0"
        " libhistory.so.8 libidn2.so.0 libjson-c.so.5 libk5crypto.so.3 libkeyutils.so.1 libkrb5.so.3"
        " libkrb5support.so.0 liblua-5.4.so liblz4.so.1 liblzma.so.5 libmagic.so.1 libmount.so.1"
        " libmpfr.so.6 libncurses.so.6 libncursesw.so.6 libnghttp2.so.14 libnpth.so.0 libp11-kit.so.0"
        " libpcre2-8.so.0 libpopt.so.0 libpsl.so.5 libreadline.so.8 libselinux.so.1 libsepol.so.2"
        " libsmartcols.so.1 libsqlite3.so.0 libtasn1.so.6 libtinfo.so.6 libunistring.so.2 libuuid.so.1"
        " libverto.so.1 libxml2.so.2 libyaml-0.so.2 libzstd.so.1".split()
    ),
}
"""Libraries by the system of a runtime."""

LIBSTDCXX = {"al2": (3, 4, 24), "al2023": (3, 4, 33)}
"""The newest GLIBCXX version: AL2 has libstdc++ of GCC 7.3, AL2023 of GCC 14.2 since April 2025
(docker-library/official-images#18759)."""

_SHELLS = ("/bin/sh", "/bin/bash", "/usr/bin/sh", "/usr/bin/bash", "/bin/env", "/usr/bin/env")
_AWK = ("/bin/awk", "/usr/bin/awk", "/bin/gawk", "/usr/bin/gawk")
INTERPRETERS = {
    "al1": frozenset({*_SHELLS, *_AWK, "/usr/bin/python", "/usr/bin/python2.7"}),
    "al2": frozenset({*_SHELLS, *_AWK}),
    "al2023": frozenset({*_SHELLS, *_AWK}),
}
"""Interpreters of scripts that an OS-only runtime has. AL2's image has a Python 2.7 for its package manager;
whether Lambda has it too is not known, so it does not count. AL2023 has no Python."""


def libraries(runtime: Runtime) -> frozenset[str] | None:
    """The libraries of a runtime's system, None where nobody knows."""
    return LIBRARIES.get(runtime.os)


def interpreters(runtime: Runtime) -> frozenset[str] | None:
    """The interpreters of a runtime's system, None where nobody knows."""
    return INTERPRETERS.get(runtime.os)


def programs(paths: frozenset[str]) -> frozenset[str]:
    """What `/usr/bin/env` finds among interpreters: their base names."""
    return frozenset(path.rpartition("/")[2] for path in paths)
