import base64
import random
from pathlib import Path

import pytest

from lint.cases import KEY_ID, PEM, TOKEN
from lint.made import HANDLER, File, Files, codes, of, one, python
from onezip.archive.rules.shapes import shapes
from onezip.errors import Severity

CODE, FILE = "check.secret", "check.secret-file"

SECRET = "Qm8vT2x/Lr5kYw1ZaN7dJh3uFe9PcGb+sX4oKi6R"
# In parts, so that no scanner takes this file for one with secrets.
SHAPES = {
    "an AWS access key id": f"id = '{KEY_ID}'",
    "an AWS secret access key": f"aws_secret_access_key = {SECRET}",
    "a private key": PEM,
    "a GitHub token": TOKEN,
    "a GitLab token": "glpat" + "-x7Kq2VbN9sLw4TzR8mYc",
    "a Slack token": "xoxb" + "-123456789012-1234567890123-x7Kq2VbN9sLw4TzR8mYc1HdJ",
    "a Slack webhook": "https://hooks.slack" + ".com/services/T0ABCDE12/B0ABCDE12/x7Kq2VbN9sLw4TzR8mYc1HdJ",
    "a Stripe live key": "sk_live" + "_x7Kq2VbN9sLw4TzR8mYc1HdJ",
    "an npm token": "npm" + "_x7Kq2VbN9sLw4TzR8mYc1HdJ6pGfE3aUo5iB",
    "a PyPI token": "pypi-AgE" + "IcHlwaS5vcmcCJGx7Kq2VbN9sLw4TzR8mYc1HdJ6pGfE3aUo5iBx7Kq2VbN9sLw4TzR8mYc1",
    "a registry's token": "//registry.test/:_authToken=x7Kq2VbN9sLw4TzR8mYc",
    "a password in an address": "postgres://app:x7Kq2VbN9sLw4TzR8mYc@db.internal.test/x",
}


@pytest.mark.parametrize("kind", SHAPES)
def test_each_shape(kind: str, tmp_path: Path) -> None:
    text = f"first line\n{SHAPES[kind]}\n"
    found = one(python(tmp_path / "a.zip", {"settings.txt": text.encode()}), CODE)
    assert f"'settings.txt', line 2: what looks like {kind}" in found.message
    half = kind == "an AWS access key id"
    assert found.severity is (Severity.WARNING if half else Severity.ERROR)


@pytest.mark.parametrize("kind", SHAPES)
def test_no_secret_is_ever_shown(kind: str, tmp_path: Path) -> None:
    report = python(tmp_path / "a.zip", {"settings.txt": SHAPES[kind].encode()})
    words = "".join(f"{each.message}{each.prevents}{each.fix}{each.entry}" for each in report.findings)
    secret = SHAPES[kind]
    for length in range(5, len(secret) + 1):
        for at in range(len(secret) - length + 1):
            piece = secret[at : at + length]
            assert not any(letter.isdigit() for letter in piece) or piece not in words


@pytest.mark.parametrize("kind", sorted(set(SHAPES) - {"a private key", "a password in an address"}))
def test_each_shape_stands_alone(kind: str) -> None:
    text = SHAPES[kind]
    assert [shape.kind for shape in shapes(text.encode())] == [kind]
    assert not [shape for shape in shapes(f"{text[:-12]}".encode()) if kind == shape.kind]


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY",
        "aws_secret_access_key = os.environ['AWS_SECRET_ACCESS_KEY']",
        "secretAccessKey: ${AWS_SECRET_ACCESS_KEY_OF_THE_DEPLOYER_USER_X}",
        "AKIA" + "AAAAAAAAAAAAAAAA",
        "xAKIA" + "Q3EGVZ7XJW5TNRMD",
        "ghp_" + "x" * 36,
        "ghp_" + "ab3C" * 9,
        "ghp_" + "x7Kq2VbN9sLw4TzR8mYc1HdJ6pGfzzzzzzzz",
        "-----BEGIN PRIVATE KEY-----",
        "key.startswith('-----BEGIN RSA PRIVATE KEY-----') and key.endswith('-----END RSA PRIVATE KEY-----')",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\n"
        + "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAx7Kq2VbN9sLw4TzR8mYc\n" * 3,
        "-----BEGIN CERTIFICATE-----\n"
        + "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAx7Kq2VbN9sLw4TzR8mYc\n" * 3,
        "//registry.example.com/:_authToken=${NPM_TOKEN}",
        "https://user:password@example.test/",
        "sk_test" + "_x7Kq2VbN9sLw4TzR8mYc1HdJ",
    ],
)
def test_examples_are_passed_over(text: str) -> None:
    assert not list(shapes(text.encode()))


@pytest.mark.parametrize(
    "text",
    [
        PEM.replace("\n", "\r\n"),
        '{"private_key": "' + PEM.replace("\n", "\\n") + '"}',
        "key = ('" + "'\n       '".join(line + "\\n" for line in PEM.splitlines()) + "')",
        PEM.replace("PRIVATE", "OPENSSH PRIVATE"),
    ],
)
def test_keys_may_be_written_in_many_ways(text: str) -> None:
    assert [shape.kind for shape in shapes(text.encode())] == ["a private key"]


def test_a_passphrase_makes_a_key_milder(tmp_path: Path) -> None:
    locked = PEM.replace("KEY-----\nMC", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A\n\nMC")
    found = one(python(tmp_path / "a.zip", {"x.pem": locked.encode()}), CODE)
    assert found.severity is Severity.WARNING
    assert "with a passphrase" in found.message


def test_random_base64_is_no_secret() -> None:
    generator = random.Random(7)
    data = base64.encodebytes(generator.randbytes(3 << 20))
    assert not list(shapes(data))
    assert not list(shapes(data.replace(b"\n", b"")))


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("settings.py", Severity.ERROR),
        ("tests/keys.py", Severity.NOTE),
        ("pkg/Crypto/SelfTest/keys.py", Severity.NOTE),
        ("jwt/keys.py", Severity.WARNING),
        ("yaml_like/keys.py", Severity.WARNING),
        ("jwt_of_ours/keys.py", Severity.ERROR),
        ("certifi/cacert.pem", None),
        ("botocore/data/iam/2010-05-08/examples-1.json", None),
    ],
)
def test_whose_the_file_is(name: str, severity: Severity | None, tmp_path: Path) -> None:
    files = {
        name: PEM.encode(),
        "jwt-2.0.dist-info/METADATA": b"",
        "other-1.dist-info/METADATA": b"",
        "other-1.dist-info/top_level.txt": b"yaml_like\n",
    }
    found = of(python(tmp_path / "a.zip", files), CODE)
    assert [each.severity for each in found] == ([severity] if severity else [])


def test_one_kind_is_told_once(tmp_path: Path) -> None:
    long = (
        "github_pat_"
        + "x7Kq2VbN9sLw4TzR8mYc1H_dJ6pGfE3aUo5iBx7Kq2VbN9sLw4TzR8mYc1HdJ6pGfE3aUo5iBQ8vT2xLr5kYw1"[:82]
    )
    assert [shape.kind for shape in shapes(long.encode())] == ["a GitHub token"]
    text = f"{TOKEN}\n{long}\n{TOKEN}\n"
    assert len(of(python(tmp_path / "a.zip", {"x.txt": text.encode()}), CODE)) == 1


def test_a_pair_is_told_once(tmp_path: Path) -> None:
    text = f"aws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"
    assert len(of(python(tmp_path / "a.zip", {"aws.ini": text.encode()}), CODE)) == 1


def test_programs_and_the_far_end_of_texts_are_not_read(tmp_path: Path) -> None:
    files = {"x.bin": b"\0" + PEM.encode(), "long.txt": b"line\n" * 300_000 + PEM.encode()}
    assert not codes(python(tmp_path / "a.zip", files))


@pytest.mark.parametrize(
    ("name", "data", "bad"),
    [
        (".env", b"SECRET_KEY=abc\n", True),
        ("config/.env.production", b"export DB_PASSWORD='x'\n", True),
        (".env", b"DEBUG=1\n# PASSWORD=x\nTOKEN=\nKEY=$OTHER\n", False),
        (".env.sample", b"SECRET_KEY=abc\n", False),
        (".aws/credentials", b"[default]\n", True),
        ("credentials", b"[default]\naws_secret_access_key = x\n", True),
        ("credentials", b"a list of titles\n", False),
        (".netrc", b"machine x login y password z\n", True),
        (".npmrc", b"registry=https://registry.test\n", False),
        (".npmrc", b"_auth=x\n", True),
        (".pypirc", b"[pypi]\npassword = x\n", True),
        (".git-credentials", b"", True),
        (".docker/config.json", b'{"auths": {"x": {"auth": "y"}}}', True),
        ("id_rsa", b"", True),
        ("id_rsa.pub", b"ssh-rsa x\n", False),
        ("certs/server.p12", b"\0", True),
        ("terraform.tfstate", b'{"resources": []}', True),
        ("terraform.tfstate.backup", b'{"resources": []}', True),
        ("x.tfstates", b'{"resources": []}', False),
        ("kubeconfig", b"users:\n- token: x\n", True),
    ],
)
def test_names_of_files(name: str, data: bytes, bad: bool, tmp_path: Path) -> None:
    found = of(python(tmp_path / "a.zip", {name: data}), FILE)
    assert [each.severity for each in found] == ([Severity.ERROR] if bad else [])


def test_content_tells_more_than_a_name(tmp_path: Path) -> None:
    files: Files = {"id_rsa": PEM.encode(), "tests/.env": b"API_KEY=x\n", "app.py": File(HANDLER)}
    report = python(tmp_path / "a.zip", files)
    assert [each.entry for each in of(report, CODE)] == ["id_rsa"]
    assert [(each.entry, each.severity) for each in of(report, FILE)] == [("tests/.env", Severity.NOTE)]
