"""Requirements files as text: what is read, what is refused, what is warned about. No tool, no network."""

from __future__ import annotations

import pytest

from builder.python_driver import HELLO, PLAIN, function, read, reading
from onezip.builder.languages import python
from onezip.builder.languages.python_lines import logical_lines
from onezip.builder.languages.python_requirements import read_requirements
from onezip.builder.languages.python_wanted import Requirements, absolute
from onezip.errors import ProjectError, Severity
from onezip.model.build import Component, Facts

ROOT = "/work/shop"
HASH = "sha256:" + "a" * 64
WHEEL = "https://h.test/x-1-py3-none-any.whl"


def found(text: str, more: dict[str, str] | None = None) -> Requirements:
    files = {f"{ROOT}/src/requirements.txt": text}
    files |= {f"{ROOT}/{name}": content for name, content in (more or {}).items()}
    return read_requirements(ROOT, ["src/requirements.txt"], [], reading(files))


def mistakes(text: str, more: dict[str, str] | None = None) -> list[tuple[str, str, str, str]]:
    with pytest.raises(ProjectError) as caught:
        found(text, more)
    return [(d.code, str(d.place), d.message, d.hint) for d in caught.value.diagnostics()]


def facts_of(text: str, **more: str) -> Facts:
    files = {
        f"{ROOT}/requirements.txt": text,
        **{f"{ROOT}/{name}": content for name, content in more.items()},
    }
    return python.facts(ROOT, function(), "", reading(files))


@pytest.mark.parametrize(
    ("line", "name", "pinned"),
    [
        ("idna==3.10", "idna", True),
        ("idna == 3.10", "idna", True),
        ("idna===3.10", "idna", True),
        ("idna==3.10+local.1", "idna", True),
        ("Zope.Interface_x==7.1", "zope-interface-x", True),
        ("requests[socks,use_chardet_on_py3]==2.32.3", "requests", True),
        ("idna==3.10,!=3.9", "idna", True),
        ("idna", "idna", False),
        ("idna==3.*", "idna", False),
        ("idna>=3", "idna", False),
        ("idna~=3.10", "idna", False),
        ("idna (>=3)", "idna", False),
        ("requests [socks]", "requests", False),
    ],
)
def test_a_requirement_is_pinned_or_not(line: str, name: str, pinned: bool) -> None:
    [requirement] = found(line).wanted
    assert (requirement.name, requirement.pinned) == (name, pinned)


def test_hashes_markers_comments_and_continued_lines() -> None:
    files = found(
        f"# top\nidna==3.10 ; python_version > '3' \\\n    --hash={HASH} \\\n    --hash sha256:0b # why\n"
        "\nsix==1.17.0 #x\n"
    )
    first, second = files.wanted
    assert first.hashes == ("sha256:0b", HASH)
    assert first.marker == "python_version > '3'"
    assert (first.place, second.place) == ("src/requirements.txt:2", "src/requirements.txt:6")
    assert not files.hashed


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\\\nb\n", [(1, "ab")]),
        ("a \\\n# note\nb\n", [(1, "a"), (3, "b")]),
        ("a\\\n#note\nb\n", [(1, "a"), (3, "b")]),
        ("# note \\\na\n", [(2, "a")]),
        ("a # b\\\nc\n", [(1, "a")]),
        ("\n\n  a  \n", [(3, "a")]),
        ("a\\", [(1, "a")]),
        ("x @ https://h.test/p#egg=x\n", [(1, "x @ https://h.test/p#egg=x")]),
    ],
)
def test_logical_lines_are_those_of_pip(text: str, lines: list[tuple[int, str]]) -> None:
    assert list(logical_lines(text)) == lines


def test_hashed_means_all_of_them() -> None:
    assert found(f"a==1 --hash={HASH}\nb==2 --hash={HASH}\n").hashed
    assert found("--require-hashes\na==1\n").hashed
    assert not found(f"a==1 --hash={HASH}\nb==2\n").hashed
    assert not found(f"a>=1 --hash={HASH}\n").hashed
    assert not found("# nothing\n").hashed


def test_included_files_are_found_beside_the_file_that_names_them() -> None:
    more = {
        "src/more/base.txt": "-r deep/x.txt\nb==2\n-c ../../limits.txt\n",
        "src/more/deep/x.txt": "--requirement=../base.txt\nc==3\n",
        "limits.txt": "d==4\n-r src/more/own.txt\n",
        "src/more/own.txt": "e==5\n",
    }
    files = found("-r 'more/base.txt'\na==1\n", more)
    assert [each.name for each in files.wanted] == ["c", "b", "a"]
    assert [each.name for each in files.constraints] == ["d", "e"]
    names = (
        "src/requirements.txt",
        "src/more/base.txt",
        "src/more/deep/x.txt",
        "limits.txt",
        "src/more/own.txt",
    )
    assert files.files == [f"{ROOT}/{name}" for name in names]


def test_a_file_may_include_itself() -> None:
    assert [each.name for each in found("-r requirements.txt\na==1\n").wanted] == ["a"]


def test_options_that_are_kept_in_order_without_credentials() -> None:
    files = found(
        "-i https://user:secret@index.test/simple\n--extra-index-url=https://more.test/simple\n"
        "--find-links ../wheels\n-f https://files.test/\n--only-binary :all:\n--no-index\n--pre\na==1\n"
    )
    assert files.options == [
        "--index-url https://index.test/simple",
        "--extra-index-url https://more.test/simple",
        "--find-links wheels",
        "--find-links https://files.test/",
        "--only-binary :all:",
        "--no-index",
        "--pre",
    ]
    assert files.folders == [f"{ROOT}/wheels"]
    assert files.indexes[0] == ("--index-url", "https://user:secret@index.test/simple")
    assert "secret" not in files.canonical()


def test_canonical_text_forgets_order_and_comments_only() -> None:
    one = found("b==2\na==1 ; python_version>'3' # c\n").canonical()
    assert one == found("# x\na == 1;python_version>'3'\nb==2\n").canonical()
    assert one != found("b==2\na==1\n").canonical()
    assert one != found("b==2\na==1.0 ; python_version>'3'\n").canonical()


def test_mistakes_come_all_at_once_with_their_places() -> None:
    said = mistakes("-r nope.txt\n--bogus x\nidna=3\n\n\nflask @ git+https://t:k@h.test/f\n")
    assert [(code, place) for code, place, *_ in said] == [
        ("python.requirements", "src/requirements.txt:1"),
        ("python.requirements", "src/requirements.txt:2"),
        ("python.requirements", "src/requirements.txt:3"),
        ("python.sdist", "src/requirements.txt:6"),
    ]
    assert said[0][2] == "src/nope.txt is not there"
    assert said[1][2] == "the option --bogus is not known here"
    assert said[2][2].startswith("idna=3 is not a requirement: ")
    assert "t:k" not in said[3][2]


@pytest.mark.parametrize(
    ("line", "folder", "extras", "name"),
    [
        ("-e .", "src", "", ""),
        ("--editable=./lib", "src/lib", "", ""),
        ("-e lib", "src/lib", "", ""),
        ("./lib", "src/lib", "", ""),
        ("../lib[b,a]", "lib", "a,b", ""),
        ("lib/", "src/lib", "", ""),
        ("My_Lib[x] @ ../lib", "lib", "x", "my-lib"),
        ("lib @ file:../lib", "lib", "", "lib"),
        ("lib@file:lib ; python_version > '3'", "src/lib", "", "lib"),
    ],
)
def test_projects_of_the_repository(line: str, folder: str, extras: str, name: str) -> None:
    files = found(f"a==1\n{line}\n")
    [local] = files.locals
    assert (local.folder, local.extras, local.name, local.place) == (
        folder,
        extras,
        name,
        "src/requirements.txt:2",
    )
    assert files.lines()[1].startswith("{staging}/wheels/0/*.whl" + (f"[{extras}]" if extras else ""))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"{WHEEL}#{HASH.replace(':', '=')}", f"x @ {WHEEL}#{HASH.replace(':', '=')} --hash={HASH}"),
        (f"x[b] @ https://u:p@h.test/x.whl --hash={HASH}", f"x[b] @ https://u:p@h.test/x.whl --hash={HASH}"),
        ("x @ https://h.test/x.whl ; os_name == 'posix'", "x @ https://h.test/x.whl ; os_name == 'posix'"),
        ("w/x-1-py3-none-any.whl", f"x @ file://{ROOT}/src/w/x-1-py3-none-any.whl"),
    ],
)  # fmt: skip
def test_wheels_by_their_place(line: str, said: str) -> None:
    files = found(f"{line}\n")
    assert files.lines() == [said]
    assert files.hashed == ("--hash" in said)
    assert "u:p" not in files.canonical()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("~/lib", "~/lib is not a path that every machine has"),
        ("C:\\lib", "C:\\lib is not a path that every machine has"),
        ("..\\lib", "..\\lib has backslashes"),
        ("x @ file:///tmp/x", "/tmp/x is not a path that every machine has"),
        ("a/b.tar.gz", "a/b.tar.gz is a source archive"),
        ("git+ssh://git@h.test/x", "git+ssh://h.test/x has no name"),
    ],
)
def test_places_that_cannot_be_used(line: str, message: str) -> None:
    [(code, place, said, _)] = mistakes(f"{line}\n")
    assert (code, place, said) == ("python.requirements", "src/requirements.txt:1", message)


@pytest.mark.parametrize(
    "line",
    [
        "x @ git+https://h.test/x", "git+ssh://git@h.test/x#egg=x", "x@https://h.test/x.zip",
        "https://h.test/x-1.tar.gz#egg=x",
    ],
)  # fmt: skip
def test_sources_are_refused_and_allowed_by_name(line: str) -> None:
    [(code, place, message, hint)] = mistakes(f"{line}\n")
    assert (code, place) == ("python.sdist", "src/requirements.txt:1")
    assert message.endswith(" is source, and only wheels are installed")
    assert hint.startswith("name a version with wheels (x==1.2.3); or build its wheel once")
    assert hint.endswith('[functions.NAME.python] allow_sdist = ["x"]')
    files = {f"{ROOT}/src/requirements.txt": f"{line}\n"}
    [one] = read_requirements(ROOT, ["src/requirements.txt"], [], reading(files), allow=["X"]).wanted
    assert one.line.startswith("x @ ")
    assert not one.pinned


def test_a_commit_is_a_pin() -> None:
    text = f"x @ git+https://h.test/x@{'0a' * 20}#subdirectory=y\n"
    files = {f"{ROOT}/src/requirements.txt": text}
    [one] = read_requirements(ROOT, ["src/requirements.txt"], [], reading(files), allow=["x"]).wanted
    assert one.pinned
    assert one.line + "\n" == text


def test_a_constraint_is_a_version() -> None:
    [(_, place, message, _)] = mistakes("-c limits.txt\na==1\n", {"src/limits.txt": "./lib\n"})
    assert (place, message) == (
        "src/limits.txt:1",
        "./lib names a place; a constraint is a version",
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("-r /etc/base.txt", "/etc/base.txt is not a path that every machine has"),
        ("-r https://h.test/r.txt", "https://h.test/r.txt is not a path that every machine has"),
        ("-c C:/base.txt", "C:/base.txt is not a path that every machine has"),
        ("-r ..\\base.txt", "..\\base.txt has backslashes"),
        ("-r ${HERE}/base.txt", "${HERE}/base.txt depends on a variable"),
        ("--find-links ~/wheels", "~/wheels is not a path that every machine has"),
        ("-r", "-r needs a value"),
        ("--index-url", "--index-url needs a value"),
        ("--no-binary :all:", "--no-binary asks for a build from source; only wheels are installed"),
        ("--no-index x", "the option --no-index is not known here"),
        ("-x", "the option -x is not known here"),
        ("a==1 --global-option=x", "--global-option=x is not known here"),
        ("==1", "==1 is not a requirement"),
    ],
)
def test_lines_that_cannot_be_used(line: str, message: str) -> None:
    [(code, place, said, _)] = mistakes(f"a==1\n{line}\n")
    assert (code, place, said) == ("python.requirements", "src/requirements.txt:2", message)


@pytest.mark.parametrize("text", ["i\x00d\x00n\x00a\x00", "idna==3 # \ufffd\n"])
def test_a_file_in_another_encoding(text: str) -> None:
    [(code, place, message, hint)] = mistakes(text)
    assert (code, place) == ("python.requirements", "src/requirements.txt")
    assert (message, hint) == ("src/requirements.txt is not UTF-8 text", "save it again as UTF-8")


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter() -> None:
    assert found("\ufeffa==1 \\\r\n --hash=sha256:0\r\n").canonical() == "a==1 sha256:0\n"


@pytest.mark.parametrize(
    ("root", "path"),
    [
        ("/work/shop", "/work/lib/r.txt"),
        ("C:\\work\\shop", "C:\\work\\lib\\r.txt"),
        ("\\\\h\\s\\shop", "\\\\h\\s\\lib\\r.txt"),
    ],
)
def test_paths_in_the_systems_own_form(root: str, path: str) -> None:
    assert absolute(root, "../lib/r.txt") == path


def test_facts_without_requirements_name_the_file_that_must_stay_away() -> None:
    facts = python.facts(ROOT, function(source="src"), "", reading({}))
    names = ("uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", "pyproject.toml", "Pipfile")
    looked = [f"{ROOT}/src/requirements.txt", *(f"{ROOT}/src/{n}" for n in names)]
    assert facts == Facts(absent=(*looked, *(f"{ROOT}/{n}" for n in names)))
    assert not python.needs_tool(facts)


def test_a_named_file_must_be_there() -> None:
    with pytest.raises(ProjectError, match=r"src/deps\.txt is not there"):
        python.facts(ROOT, function(source="src", requirements="deps.txt"), "", reading({}))


def test_facts_of_the_samples() -> None:
    facts = python.facts(str(HELLO), function(), "", read)
    names = ("requirements.txt", "requirements/base.txt", "constraints.txt")
    assert facts.files == tuple(str(HELLO / name) for name in names)
    assert str(PLAIN / "requirements.txt") in python.facts(str(PLAIN), function(), "", read).absent
    assert python.facts(str(PLAIN), function(requirements="hashed.txt"), "", read).details["hashed"] == "yes"


def test_constraints_of_the_project_file_count_too() -> None:
    files = {f"{ROOT}/src/requirements.txt": "a\n", f"{ROOT}/limits.txt": "a==1\n"}
    facts = python.facts(ROOT, function(source="src", constraints=("../limits.txt",)), "", reading(files))
    assert facts.files == (f"{ROOT}/src/requirements.txt", f"{ROOT}/limits.txt")
    assert python.warnings(function(), facts) == ()


def test_what_is_not_pinned_is_named_with_the_way_out() -> None:
    facts = facts_of("idna==3.10\nrequests>=2\nboto3\nsix ; sys_platform == 'win32'\n")
    [warning] = python.warnings(function("python3.11", "arm64"), facts)
    assert (warning.code, warning.severity, str(warning.place)) == (
        "python.unpinned",
        Severity.WARNING,
        "requirements.txt:2",
    )
    assert warning.message == "requests>=2, boto3 without an exact version: a build on another day may differ"
    assert warning.hint == "`onezip lock` pins them in a file to commit"


def test_what_came_along_unnamed_is_named_too() -> None:
    facts = facts_of("requests==2.32.3\nidna==3.10\n")
    names = ("certifi", "charset-normalizer", "idna", "requests", "six", "typing-extensions", "urllib3")
    components = [
        Component("dependencies", "0", "7 packages"),
        *(Component(f"dependencies/{n}", "0") for n in names),
    ]
    assert python.warnings(function(), facts) == ()
    [warning] = python.warnings(function(), facts, None, components)
    assert warning.message == (
        "certifi, charset-normalizer, six and 2 more brought along by others:"
        " a build on another day may differ"
    )
    hashed = facts_of(f"requests==2.32.3 --hash={HASH}\n")
    assert python.warnings(function(), hashed, None, components) == ()


def test_variables_and_untrusted_hosts_are_told() -> None:
    facts = facts_of("--index-url https://${TOKEN}@index.test/simple\n--trusted-host index.test\na==1\n")
    said = [(w.code, str(w.place), w.message) for w in python.warnings(function(), facts)]
    assert said == [
        ("python.requirements", "requirements.txt:1", "${TOKEN} is used here, but a build does not get it"),
        (
            "python.requirements",
            "requirements.txt:2",
            "--trusted-host index.test is not followed: certificates are always checked",
        ),
    ]
    assert len(python.warnings(function(pass_env=("TOKEN",)), facts)) == 1
