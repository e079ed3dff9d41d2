"""GitLab CI: build what is locked, check, and deploy by an ID token.

Who deploys is told by CI/CD variables, not by the file: AWS_ROLE_ARN and AWS_DEFAULT_REGION.
"""

from __future__ import annotations

from collections.abc import Iterable

from onezip.deployer.export import mark
from onezip.deployer.export.facts import Options, Shipment
from onezip.deployer.export.shell import deploy_lines


def export(shipment: Shipment, options: Options) -> str:  # noqa: ARG001 - the jobs have no options
    """The jobs, to be included by a .gitlab-ci.yml or to be one."""
    folder = shipment.to_root
    below = "" if folder == "." else f"{folder}/"
    enter = [f"cd {folder}"] if below else []
    config = f" --config {shipment.config}" if shipment.config else ""
    extra = "[go]" if any(each.language == "go" for each in shipment.functions) else ""
    return "\n".join([
        f"# {mark.head('gitlab')}",
        "# The deploy job waits for the CI/CD variables AWS_ROLE_ARN and AWS_DEFAULT_REGION.",
        "onezip:build:",
        "  stage: build",
        "  image: python:3.13",
        "  variables:",
        "    ONEZIP_HOME: $CI_PROJECT_DIR/.onezip",
        "  cache:",
        "    key:",
        f"      files: [{below}onezip.lock]",
        "      prefix: onezip",
        "    paths: [.onezip]",
        "  script:",
        *_lines(
            [
                f"python -m pip install --only-binary deflate 'onezip{extra}=={shipment.version}'",
                *enter,
                f"onezip build --locked --output {shipment.zips}{config}",
                f"onezip check --output {shipment.zips} --sarif onezip.sarif{config}",
                f"onezip export summary --output -{config}",
            ]
        ),
        "  artifacts:",
        "    when: always",
        f"    paths: [{below}{shipment.zips}, {below}onezip.sarif]",
        "",
        "onezip:deploy:",
        "  stage: deploy",
        "  image: python:3.13",
        "  needs: ['onezip:build']",
        "  rules:",
        "    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $AWS_ROLE_ARN",
        "  resource_group: onezip",
        "  id_tokens:",
        "    ONEZIP_AWS_TOKEN:",
        "      aud: sts.amazonaws.com",
        "  script:",
        *_lines(
            [
                "python -m pip install awscli",
                'AWS_WEB_IDENTITY_TOKEN_FILE="$(mktemp)"',
                "export AWS_WEB_IDENTITY_TOKEN_FILE",
                "printf '%s' \"$ONEZIP_AWS_TOKEN\" > \"$AWS_WEB_IDENTITY_TOKEN_FILE\"",
            ]
        ),
        "    - |",
        "      bash <<'SCRIPT'",
        *(f"      {line}" for line in deploy_lines(shipment, f"{below}{shipment.zips}")),
        "      SCRIPT",
        "",
    ])  # fmt: skip


def _lines(lines: Iterable[str]) -> list[str]:
    """Lines of a script, each in a block of its own, so that nothing in them is YAML."""
    return [part for line in lines for part in ("    - |", f"      {line}")]
