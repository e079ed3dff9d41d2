"""What Python's own library has on Linux, by version: a table, for the Python that checks is another.  [pure]

Made by `tests/lint/stdlib_table.py` from `sys.stdlib_module_names` of each Python found; a test compares it
with those of the machine. 3.14 is from CPython's `Python/stdlib_module_names.h` and docs.python.org, "What's
New in Python 3.14".
"""

from __future__ import annotations

from functools import cache

_ALWAYS = """
    __future__ _abc _ast _asyncio _bisect _blake2 _bz2 _codecs _codecs_cn _codecs_hk _codecs_iso2022
    _codecs_jp _codecs_kr _codecs_tw _collections _collections_abc _compat_pickle _contextvars _csv
    _ctypes _curses _curses_panel _datetime _decimal _elementtree _frozen_importlib
    _frozen_importlib_external _functools _hashlib _heapq _imp _io _json _locale _lsprof _lzma _markupbase
    _md5 _multibytecodec _multiprocessing _opcode _operator _osx_support _pickle _posixshmem
    _posixsubprocess _py_abc _pydecimal _pyio _queue _random _sha1 _sha3 _signal _sitebuiltins _socket
    _sqlite3 _sre _ssl _stat _statistics _string _strptime _struct _symtable _thread _threading_local
    _tkinter _tracemalloc _uuid _warnings _weakref _weakrefset abc argparse array ast asyncio atexit
    base64 bdb binascii bisect builtins bz2 cProfile calendar cmath cmd code codecs codeop collections
    colorsys compileall concurrent configparser contextlib contextvars copy copyreg csv ctypes curses
    dataclasses datetime dbm decimal difflib dis doctest email encodings ensurepip enum errno faulthandler
    fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob
    grp gzip hashlib heapq hmac html http idlelib imaplib importlib inspect io ipaddress itertools json
    keyword linecache locale logging lzma mailbox marshal math mimetypes mmap modulefinder multiprocessing
    netrc ntpath nturl2path numbers opcode operator optparse os pathlib pdb pickle pickletools pkgutil
    platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc
    pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy sched secrets
    select selectors shelve shlex shutil signal site smtplib socket socketserver sqlite3 sre_compile
    sre_constants sre_parse ssl stat statistics string stringprep struct subprocess symtable sys sysconfig
    syslog tabnanny tarfile tempfile termios textwrap threading time timeit tkinter token tokenize trace
    traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uuid venv
    warnings wave weakref webbrowser wsgiref xml xmlrpc zipapp zipfile zipimport zlib
"""
"""What all versions of the table have."""

_FIRST = {
    (3, 8): "_bootlocale _compression _dummy_thread _sha256 _sha512 aifc asynchat asyncore audioop binhex cgi"
    " cgitb chunk crypt distutils dummy_threading formatter imghdr imp lib2to3 mailcap nis nntplib"
    " ossaudiodev parser pipes smtpd sndhdr spwd sunau symbol telnetlib uu xdrlib",
    (3, 9): "_aix_support _bootsubprocess _peg_parser _zoneinfo graphlib zoneinfo",
    (3, 11): "_tokenize _typing tomllib",
    (3, 12): "_pydatetime _pylong _sha2",
    (3, 13): "_android_support _colorize _interpchannels _interpqueues _interpreters _ios_support"
    " _opcode_metadata _pyrepl _suggestions _sysconfig",
    (3, 14): "_ast_unparse _hmac _py_warnings _remote_debugging _types _zstd annotationlib compression",
}
"""Modules by the version that has them first."""

_GONE = {
    (3, 9): "_dummy_thread dummy_threading",
    (3, 10): "_bootlocale _peg_parser formatter parser symbol",
    (3, 11): "binhex",
    (3, 12): "_bootsubprocess _sha256 _sha512 asynchat asyncore distutils imp smtpd",
    (3, 13): "aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap nis nntplib ossaudiodev pipes sndhdr"
    " spwd sunau telnetlib uu xdrlib",
    (3, 14): "_compression",
}
"""Modules by the version that no longer has them."""

OLDEST, NEWEST = min(_FIRST), max(_FIRST)
"""The versions that the table is of."""


@cache
def library(version: tuple[int, int]) -> frozenset[str]:
    """The top-level modules of a version's library; for one outside of the table, the nearest version's."""
    version = min(max(version, OLDEST), NEWEST)
    names = set(_ALWAYS.split())
    for since, first in _FIRST.items():
        if since <= version:
            names |= set(first.split())
    for since, gone in _GONE.items():
        if since <= version:
            names -= set(gone.split())
    return frozenset(names)
