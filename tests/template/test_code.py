"""Whose a function is, where its code lies and how it is built."""

from __future__ import annotations

import pytest

from onezip.errors import ProjectError
from template.driver import HEAD, describe, one, project
from template.single import FILES, GO, foreign, metadata, refusal, table


@pytest.mark.parametrize(
    ("runtime", "method", "files", "language", "source"),
    [
        ("provided.al2023", "go1.x", ["a/x"], "go", "a"),
        ("provided.al2", "go1.x", ["a/x"], "go", "a"),
        ("go1.x", "go1.x", ["a/x"], "go", "a"),
        ("go1.x", None, ["a/main.go"], "go", "a"),
        ("provided", None, ["a/main.go"], "go", "a"),
        ("provided.al2023", None, ["a/main.go", "a/bootstrap", "a/Makefile"], "go", "a"),
        ("provided.al2023", None, ["a/main_test.go", "a/bootstrap"], "prebuilt", "a/bootstrap"),
        ("provided.al2023", None, ["a/bootstrap", "a/Makefile"], "prebuilt", "a/bootstrap"),
        ("provided.al2023", None, ["a/bootstrap/x", "a/Makefile"], "command", "a"),
        ("provided.al2023", None, ["a/GNUmakefile"], "command", "a"),
        ("provided.al2023", None, ["a/go.mod", "a/cmd/main.go"], "go", "a"),
        ("provided.al2023", None, ["a"], "prebuilt", "a"),
        ("provided.al2023", "provided.al2023", ["a/Makefile"], "command", "a"),
        ("provided.al2023", "provided", ["a/main.go"], "go", "a"),
        ("provided.al2023", "makefile", ["a/main.go"], "command", "a"),
        ("python3.13", "makefile", ["a/app.py"], "command", "a"),
        ("python3.13", None, ["a/app.py"], "python", "a"),
        ("python3.13", "python3.12", ["a/app.py"], "python", "a"),
        ("python3.13", "python-uv", ["a/app.py"], "python", "a"),
        ("python3.13", "provided.al2023", ["a/app.py"], "python", "a"),
        ("erlang27", None, ["a/app.py"], None, "a"),
    ],
)
def test_language(
    runtime: str, method: str | None, files: list[str], language: str | None, source: str
) -> None:
    more = metadata(f"{{BuildMethod: {method}}}") if method else ""
    found = table(f"Runtime: {runtime}, CodeUri: a, Handler: x.y", files, more=more)
    assert (found.get("language"), found["source"]) == (language, source)


@pytest.mark.parametrize("kind", ["AWS::Serverless::Function", "AWS::Lambda::Function"])
def test_makefiles_are_flagged(kind: str) -> None:
    code = "CodeUri" if "Serverless" in kind else "Code"
    text = one(f"Runtime: provided.al2, {code}: a", kind=kind, more=metadata("{BuildMethod: makefile}"))
    found = describe(text, ["a/Makefile"]).functions["F"]
    assert found.makefile
    assert found.table["command"] == {"run": ["make", "build-F"]}
    assert not describe(one(GO), FILES).functions["F"].makefile


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("Cargo.toml", "Rust"),
        ("Package.swift", "Swift"),
        ("build.zig", "Zig"),
        ("CMakeLists.txt", "C or C++"),
    ],
)
def test_other_languages_are_not_ours(name: str, language: str) -> None:
    reason = f"a {language} project ({name}) without BuildMethod: makefile"
    assert foreign(GO, [f"a/{name}"]) == reason


@pytest.mark.parametrize(
    ("method", "hint"),
    [
        ("makefil", "did you mean 'makefile'?"),
        ("go1", "did you mean 'go1.x'?"),
        ("rust-cargo-lambda", "did you mean 'rust-cargolambda'?"),
        ("Makefile", "did you mean 'makefile'?"),
        ("cobol", "known here: go1.x, makefile, python-uv, python3.13, provided.al2023"),
    ],
)
def test_an_unknown_method(method: str, hint: str) -> None:
    assert refusal(GO, more=metadata(f"{{BuildMethod: {method}}}")) == (
        f"template.yaml:6 template.build-method F: unknown BuildMethod {method!r} ({hint})"
    )


@pytest.mark.parametrize(
    ("properties", "more"),
    [
        ("Runtime: nodejs24.x, CodeUri: !Ref Nobody", ""),
        ("Runtime: java21, MemorySize: big", ""),
        ("Runtime: ruby3.4, CodeUri: nowhere", ""),
        ("Runtime: dotnet8", metadata("{BuildMethod: !Ref Nobody}")),
        ("CodeUri: a", metadata("{BuildMethod: nodejs24.x}")),
        ("CodeUri: a", metadata("{BuildMethod: dotnet7}")),
        ("CodeUri: a", metadata("{BuildMethod: java21}")),
        ("CodeUri: a", metadata("{BuildMethod: rust-cargolambda}")),
        ("CodeUri: a", metadata("{BuildMethod: esbuild}")),
    ],
)
def test_what_others_build_is_never_a_mistake(properties: str, more: str) -> None:
    assert foreign(properties, more=more).endswith("is not built by onezip")


@pytest.mark.parametrize(
    ("kind", "code", "reason"),
    [
        ("Serverless", "InlineCode: x", "inline code"),
        ("Serverless", "InlineCode: x, CodeUri: a", "inline code"),
        ("Serverless", "InlineCode: ''", "inline code"),
        ("Serverless", "InlineCode: !Sub '${AWS::Region}'", "inline code"),
        ("Serverless", "CodeUri: s3://b/k", "its code is in S3"),
        ("Serverless", "CodeUri: S3://b/k?versionId=v", "its code is in S3"),
        ("Serverless", "CodeUri: {Bucket: b, Key: k, Version: v}", "its code is in S3"),
        ("Serverless", "CodeUri: {Bucket: !Ref Nobody, Key: !GetAtt X.Y}", "its code is in S3"),
        ("Serverless", "CodeUri: !Sub 's3://${B}/${K}'", "its code is in S3"),
        ("Serverless", "CodeUri: !Sub ['s3://${B}/${K}', {K: x}]", "its code is in S3"),
        ("Serverless", "CodeUri: !Join ['/', ['s3://b', !Ref K]]", "its code is in S3"),
        ("Serverless", "CodeUri: 's3://{{resolve:ssm:x}}/k'", "its code is in S3"),
        ("Serverless", "CodeUri: !Sub '${B}/x.zip'", "a ready package, ${B}/x.zip"),
        ("Serverless", "CodeUri: https://x/y.zip", "its code is at https://x/y.zip"),
        ("Serverless", "CodeUri: a/b.ZIP", "a ready package, a/b.ZIP"),
        ("Serverless", "CodeUri: a/b.jar", "a ready package, a/b.jar"),
        ("Serverless", "PackageType: Image, CodeUri: a", "a container image"),
        ("Serverless", "ImageUri: !Ref Nobody", "a container image"),
        ("Serverless", "PackageType: Zip, InlineCode: x", "inline code"),
        ("Lambda", "Code: {ZipFile: x}", "inline code"),
        ("Lambda", "Code: {ZipFile: !Sub '${X}'}", "inline code"),
        ("Lambda", "Code: {S3Bucket: b, S3Key: k}", "its code is in S3"),
        ("Lambda", "Code: {S3Bucket: !Ref B, S3Key: k, S3ObjectStorageMode: REFERENCE}", "its code is in S3"),
        ("Lambda", "Code: {ImageUri: x}, PackageType: Image", "a container image"),
        ("Lambda", "Code: x.zip", "a ready package, x.zip"),
    ],
)
def test_code_that_is_elsewhere(kind: str, code: str, reason: str) -> None:
    assert foreign(f"Runtime: python3.13, {code}", kind=f"AWS::{kind}::Function") == reason


@pytest.mark.parametrize("value", ["true", "True", "'true'"])
def test_skip_build(value: str) -> None:
    assert foreign(GO, more=metadata(f"{{SkipBuild: {value}}}")) == "Metadata.SkipBuild says that it is ready"
    assert table(GO, more=metadata("{SkipBuild: false}"))["language"] == "go"


SERVERLESS, LAMBDA = "AWS::Serverless::Function", "AWS::Lambda::Function"
NO_CODE = "F: no CodeUri: where is its code? (add CodeUri: FOLDER, relative to the template)"
NOTHING = (
    "F: nothing in b says how to build it: no .go file, no bootstrap, no Makefile"
    " (add Metadata: {BuildMethod: go1.x}, or put the program there as bootstrap)"
)


@pytest.mark.parametrize(
    ("kind", "code", "line", "wanted"),
    [
        (SERVERLESS, "", 3, NO_CODE),
        (SERVERLESS, "CodeUri:", 5, NO_CODE),
        (LAMBDA, "", 3, NO_CODE.replace("CodeUri", "Code")),
        (LAMBDA, "Code: {}", 5, "F: Code {} says nowhere (write Code: FOLDER)"),
        (SERVERLESS, "CodeUri: [a]", 5, 'F: CodeUri must be text, not ["a"]'),
        (SERVERLESS, "CodeUri: c", 5, "F: CodeUri c does not exist"),
        (SERVERLESS, "CodeUri: ./x/../c", 5, "F: CodeUri ./x/../c does not exist"),
        (SERVERLESS, "CodeUri: a/main.go", 5, "F: a/main.go is a file; its folder is needed (write a)"),
        (SERVERLESS, "CodeUri: app.txt", 5, "F: app.txt is a file; its folder is needed (write .)"),
    ],
)  # fmt: skip
def test_code_that_is_not_there(kind: str, code: str, line: int, wanted: str) -> None:
    found = refusal(f"Runtime: python3.13, {code}", [*FILES, "app.txt"], kind=kind)
    place, _, rest = found.partition(" ")
    assert (place, rest.partition(" ")[2]) == (f"template.yaml:{line}", wanted)


def test_nothing_says_how_to_build_it() -> None:
    found = refusal("Runtime: provided.al2023, CodeUri: b")
    assert found == f"template.yaml:5 template.build-method {NOTHING}"


def test_a_runtime_is_required() -> None:
    found = refusal("CodeUri: a")
    wanted = "F: no Runtime (add Runtime: provided.al2023 or python3.13)"
    assert found == f"template.yaml:3 project.required {wanted}"


def test_inline_code_that_may_not_be_there() -> None:
    head = HEAD + "Conditions: {C: !Equals [!Ref 'AWS::Region', x]}\n"
    inline = "InlineCode: !If [C, x, !Ref 'AWS::NoValue']"
    assert "InlineCode is !If" in refusal(f"{GO}, {inline}", head=head)
    assert foreign(f"Runtime: python3.13, {inline}", head=head) == "inline code"


def test_paths_of_this_machine_inside_the_project() -> None:
    for root in ("/home/me/shop", "/home/me/shop/", "C:\\shop", "C:/shop"):
        text = one(f"Runtime: provided.al2023, CodeUri: {root.replace(chr(92), '/').rstrip('/')}/a/")
        assert describe(text, FILES, root=root).functions["F"].table["source"] == "a"
    text = one("Runtime: provided.al2023, CodeUri: /home/me/shop")
    assert describe(text, ["main.go"], root="/home/me/shop").functions["F"].table["source"] == "."
    with pytest.raises(ProjectError) as caught:
        describe(one("Runtime: provided.al2023, CodeUri: /home/me/shopping"), root="/home/me/shop")
    assert "'/home/me/shopping' is not a path that every machine has" in caught.value.message


@pytest.mark.parametrize("path", ["lib/app.py", "./lib/app.py", "app.py"])
def test_a_single_module_is_packed_alone(path: str) -> None:
    described = describe(
        one(f"Runtime: python3.13, CodeUri: {path}, Handler: app.handler"), ["lib/app.py", "app.py"]
    )
    found = described.functions["F"].table
    assert (found["source"], found["include"]) == ("lib" if "lib" in path else ".", ["/app.py"])
    assert described.notes == ("F: only app.py is packed",)
    assert project(described, []).functions["F"].patterns.include == ("/app.py",)


def test_a_ready_program_keeps_what_lies_beside_it() -> None:
    files = ["a/bootstrap", "a/run.sh", "a/lib/x.so", "a/lib/y.so", "a/.git/config"]
    assert table(GO, files)["files"] == {"a/lib": "lib", "a/run.sh": "run.sh"}
    assert "files" not in table(GO, ["a/bootstrap"])
    assert table("Runtime: provided.al2023, CodeUri: .", ["bootstrap", "x"])["files"] == {"x": "x"}
